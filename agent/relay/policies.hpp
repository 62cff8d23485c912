// Which policy judges a command: the machine's, that of the key behind it, or the narrow one for what no key stands
// behind where the owner wants keys. One thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/relay/core/flights.hpp"
#include "agent/relay/core/policy.hpp"
#include "agent/relay/core/route.hpp"
#include "agent/relay/core/trust.hpp"

namespace relay {

class Policies {
  public:
    Policies(const PolicySettings& machine, const TrustSettings& trust);

    const Policy& machine() const noexcept { return machine_; }
    const Trust& trust() const noexcept { return trust_; }
    /// Valid until set_trust().
    const Policy& of(const Held& held, Place place) const;
    /// Likewise. That of a sealed client; `name` is as Held has it.
    const Policy& of_key(std::string_view name) const;

    void set_trust(const TrustSettings& settings);

  private:
    Policy machine_;
    Trust trust_;
    Policy plain_;                                        // of commands without a key, where the owner wants keys
    std::map<std::string, Policy, std::less<>> of_keys_;  // by the key's name
};

}  // namespace relay
