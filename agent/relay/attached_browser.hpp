// The browser of the router, and whether another one came.
#pragma once

#include <cstdint>

#include "cdp/browser_port.hpp"

namespace relay {

class AttachedBrowser {
  public:
    /// `port` outlives it.
    explicit AttachedBrowser(cdp::BrowserPort& port) noexcept : port_{port} {}

    cdp::BrowserPort& port() const noexcept { return port_; }

    enum class Change : std::uint8_t {
        none,  // the same one is there as before, or none is as before
        came,
        went,
    };
    /// Since the last look.
    Change look() {
        const bool attached = port_.status().state == cdp::BrowserState::attached;
        if (attached == attached_) return Change::none;
        attached_ = attached;
        return attached ? Change::came : Change::went;
    }

  private:
    cdp::BrowserPort& port_;
    bool attached_ = false;
};

}  // namespace relay
