// The browser as the router sees it: the seam at which tests put a scripted browser in the place of a real one.
#pragma once

#include <string_view>

#include "cdp/browser.hpp"

namespace relay {

class BrowserPort {
  public:
    /// Exactly one answer follows at the router, perhaps during the call.
    virtual void submit(const cdp::Request& request) = 0;
    virtual const cdp::TargetInfo* target_of(std::string_view session) const = 0;
    virtual const cdp::TargetInfo* default_page() const = 0;
    virtual cdp::BrowserStatus status() const = 0;

  protected:
    ~BrowserPort() = default;
};

/// The real one.
class BrowserLink final : public BrowserPort {
  public:
    explicit BrowserLink(cdp::Browser& browser) noexcept : browser_{browser} {}
    void submit(const cdp::Request& request) override { browser_.submit(request); }
    const cdp::TargetInfo* target_of(std::string_view session) const override { return browser_.target_of(session); }
    const cdp::TargetInfo* default_page() const override { return browser_.default_page(); }
    cdp::BrowserStatus status() const override { return browser_.status(); }

  private:
    cdp::Browser& browser_;
};

}  // namespace relay
