// Where a target stands, and whether it may be read there. Pure: the caller knows which URLs are refused.
#pragma once

#include <cstdint>
#include <string_view>

#include "cdp/core/targets.hpp"

namespace cdp {

/// The owner's judgement on places. Where there is none, nobody refuses any.
class PlaceRules {
  public:
    /// Whether a page at this URL must not be read, nor stand as the default page.
    virtual bool refuses(std::string_view url) const = 0;
    /// Whether it refuses every URL of this origin ("file:///", "chrome://version/").
    virtual bool refuses_origin(std::string_view origin) const { return refuses(origin); }

  protected:
    ~PlaceRules() = default;
};

/// Whether what reads or writes content may be sent to the target. What is not known yet may not be read; a fresh page
/// stands nowhere, and the browser target is no page.
bool may_be_read(const TargetInfo* target, const PlaceRules* rules);

/// What to do about a target that stands at a refused URL.
enum class Removal : std::uint8_t {
    leave,  // it stands where it may, or it is a part of the browser, which nobody is let into
    page,   // a page: navigated away, or closed
    frame,  // a frame with its own process: navigated away
};

Removal removal_of(const TargetInfo& target, const PlaceRules* rules);

}  // namespace cdp
