// What the cloud link is doing, in one place: its state with the one setter, the reason it is not joined, and the
// Status that is shown. Outlives connections. Thread rule: the loop's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/credentials/tokens.hpp"
#include "agent/realtime/core/failure.hpp"
#include "agent/realtime/core/lifecycle.hpp"
#include "agent/realtime/settings.hpp"
#include "agent/realtime/status.hpp"
#include "agent/realtime/supervisor.hpp"

namespace realtime {

class LinkStatus {
  public:
    /// Everything handed in by reference outlives it.
    LinkStatus(const Settings& settings, const credentials::Tokens& tokens, Listener& listener);

    State state() const noexcept { return lifecycle_.state(); }
    /// The one setter: logs the change, updates the status, tells the listener.
    void on(Event event);

    /// realtime::judge() for this agent: with or without a key, and how it comes by another token.
    Judgement judge(Signal signal) const;

    /// Why it is not joined, and until when it waits; told with the next on().
    /// `newer_token`: it speaks of a token that was replaced meanwhile. `fresh_token`: another one is asked for first.
    void because(const Judgement& judgement, std::optional<TimePoint> next_try, bool newer_token = false,
                 bool fresh_token = false);

    /// That was asked for, and the login server gave none: where it is its last word, time alone mends nothing.
    void no_fresh_token(const Error& why);

    /// Joined, and yet something is wrong; empty: not any more.
    void warn(std::string warning);

    /// The server does not take what is sent, and says or shows why; empty: that is over, which `news` tells.
    void results_refused(std::string why, std::string_view news = "results are accepted again");

    /// Another part of the status changed.
    void changed() { listener_.on_status(shown_); }

    /// How long the device channel has been joined in all: the clock of the results' time to live.
    Duration joined_time(TimePoint now) const noexcept;

    Status& shown() noexcept { return shown_; }
    const Status& shown() const noexcept { return shown_; }
    Counters& counters() noexcept { return shown_.counters; }

  private:
    /// `next_try`: of the line's end alone; lines that are alike but for it count as repeated.
    void log(const Change& change, const std::string& why, const std::string& next_try = {}) const;

    const Settings& settings_;
    const credentials::Tokens& tokens_;
    Listener& listener_;
    Lifecycle lifecycle_{State::connecting};
    Status shown_;
    Duration joined_before_{};  // joined time of earlier joins
};

}  // namespace realtime
