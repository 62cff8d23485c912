// The first exchange with a browser: its version, a session of our own, the discovery of targets. One that is no Chrome
// may lack some of its commands: the agent says which, and goes on without them.
#pragma once

#include <string>
#include <string_view>

#include "cdp/browser_version.hpp"
#include "cdp/link.hpp"
#include "cdp/settings.hpp"

namespace cdp {

/// Hears how far it has come. Called on the loop.
class FirstExchangeOwner {
  public:
    /// Our own session is there, or the browser has none; targets are not told of yet.
    virtual void before_discovery() = 0;
    /// Commands may be submitted.
    virtual void on_exchanged(const BrowserVersion& version) = 0;

  protected:
    ~FirstExchangeOwner() = default;
};

class FirstExchange {
  public:
    /// All of it outlives it.
    FirstExchange(Link& link, const Settings& settings, FirstExchangeOwner& owner) noexcept
        : link_{link}, settings_{settings}, owner_{owner} {}

    void start();

    static bool is_step(Own what) noexcept {
        return what == Own::version || what == Own::own_session || what == Own::discover;
    }
    /// One of its commands came to its end.
    void on_own(Own what, Fate fate, std::string_view body);

    /// What is wrong with the browser: sentences; empty once commands may be submitted.
    const std::string& problem() const noexcept { return problem_; }

  private:
    void take(Own what, std::string_view body);
    void go_without(Own what, Fate fate, std::string_view body);
    void go_on_after(Own what);

    Link& link_;
    const Settings& settings_;
    FirstExchangeOwner& owner_;
    BrowserVersion version_;
    int refused_ = 0;          // of its commands
    bool any_target_ = false;  // discovery was asked for without a filter
    std::string problem_;
};

/// "Target.getTargets was answered with {…}.": for a command of ours that failed.
std::string as_answered(Own what, Fate fate, std::string_view body);

}  // namespace cdp
