// The pages that the policy lets nobody read, as the browser link asks for them.
#pragma once

#include <string_view>
#include <utility>

#include "agent/relay/core/policy.hpp"
#include "cdp/core/place.hpp"

namespace relay {

class RefusedPages final : public cdp::PlaceRules {
  public:
    explicit RefusedPages(PolicySettings settings) : policy_{std::move(settings)} {}

    bool refuses(std::string_view url) const override { return policy_.refuses_page(url, "page"); }
    bool refuses_origin(std::string_view origin) const override {
        return refuses(origin) && !policy_.allows_scheme_of(origin);
    }

  private:
    Policy policy_;
};

}  // namespace relay
