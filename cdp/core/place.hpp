// Where a target stands, and whether it may be read there. Pure: the caller knows which URLs are refused.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "cdp/core/targets.hpp"

namespace cdp {

/// Says whether a target at this URL must not be read or changed. Empty: all may.
using RefusedUrl = std::function<bool(std::string_view url)>;

/// Whether what reads or writes content may be sent to the target. What is not known yet may not be read; a fresh page
/// stands nowhere, and the browser target is no page.
bool may_be_read(const TargetInfo* target, const RefusedUrl& refused);

/// What to do about a target that stands at a refused URL.
enum class Removal : std::uint8_t {
    leave,  // it stands where it may, or it is a part of the browser, which nobody is let into
    page,   // a page: navigated away, or closed
    frame,  // a frame in a process of its own: navigated away
};

Removal removal_of(const TargetInfo& target, const RefusedUrl& refused);

}  // namespace cdp
