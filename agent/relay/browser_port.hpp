// The browser as the router sees it: the seam at which tests put a scripted browser in the place of a real one.
#pragma once

#include <string_view>

#include "cdp/browser.hpp"

namespace relay {

class BrowserPort {
  public:
    /// Exactly one answer follows at the router, perhaps during the call.
    virtual void submit(const cdp::Request& request) = 0;
    /// That command's place is wanted: what still comes for it is dropped, as after its deadline.
    virtual void forget(cdp::Ticket) {}
    /// See cdp::Browser.
    virtual void hear_downloads(std::string_view) {}
    virtual void cancel_download(std::string_view) {}
    virtual void close_page_of_download(std::string_view) {}
    virtual const cdp::TargetInfo* target_of(std::string_view session) const = 0;
    virtual const cdp::TargetInfo* default_page() const = 0;
    /// The target of that id, or null where the browser has told of none.
    virtual const cdp::TargetInfo* target(std::string_view) const { return nullptr; }
    virtual cdp::BrowserStatus status() const = 0;

  protected:
    ~BrowserPort() = default;
};

/// The real one.
class BrowserLink final : public BrowserPort {
  public:
    explicit BrowserLink(cdp::Browser& browser) noexcept : browser_{browser} {}
    void submit(const cdp::Request& request) override { browser_.submit(request); }
    void forget(cdp::Ticket ticket) override { browser_.forget(ticket); }
    void hear_downloads(std::string_view params) override { browser_.hear_downloads(params); }
    void cancel_download(std::string_view guid) override { browser_.cancel_download(guid); }
    void close_page_of_download(std::string_view guid) override { browser_.close_page_of_download(guid); }
    const cdp::TargetInfo* target_of(std::string_view session) const override { return browser_.target_of(session); }
    const cdp::TargetInfo* default_page() const override { return browser_.default_page(); }
    const cdp::TargetInfo* target(std::string_view id) const override { return browser_.target(id); }
    cdp::BrowserStatus status() const override { return browser_.status(); }

  private:
    cdp::Browser& browser_;
};

}  // namespace relay
