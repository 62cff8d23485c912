// When to try again: how long the next connection may take to open, and when the next connection, join, HTTP request or
// message comes after a failure. Outlives connections. Pure: time is an argument, random numbers come from the caller.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/realtime/core/failure.hpp"
#include "agent/realtime/core/given_tokens.hpp"
#include "agent/realtime/core/search.hpp"
#include "platform/core/backoff.hpp"
#include "platform/core/time_point.hpp"

namespace realtime {

class Reconnect {
  public:
    struct Pace {
        Duration backoff_base;
        Duration backoff_cap;
        Duration held_after;        // a link that held longer makes the failures before it forgotten
        Duration reconnect_spread;  // the first try after a lost or restarting server falls anywhere in it
        Duration refused_for;       // how long a refused optional channel is left alone
    };
    /// Uniform in [0, 1).
    using Random = std::function<double()>;

    /// The least and the greatest wait before an optional channel is joined again.
    static constexpr Duration optional_least = std::chrono::seconds{30};
    static constexpr Duration optional_most = std::chrono::seconds{300};

    /// What follows a failure.
    struct Next {
        NextTry how = NextTry::wait;
        TimePoint at{};        // of the next try; where a fresh token is asked for and comes, it is at once
        bool lasting = false;  // of an optional channel: left alone until then, or until another token comes
    };

    Reconnect(const Pace& pace, Random random);

    double random() { return random_(); }
    Duration spread(Duration least, Duration most) { return platform::spread(least, most, random_()); }

    // --- connections
    struct Failure {
        bool offline = false;    // the server was never reached
        bool stood = false;      // the connection had been open
        Generation used = 0;     // of the token that the failure speaks of; 0: of none
        Generation present = 0;  // of the token that is there now
    };
    /// How long the next connection may take to open; `whole` is what the owner allows.
    Duration open_within(Duration whole, TimePoint now) const noexcept { return search_.timeout(whole, now); }
    void opened(Duration took) noexcept { search_.found(took); }
    void connection_held(Duration how_long) noexcept;
    Next connection_failed(const Judgement& judgement, const Failure& failure, TimePoint now);

    // --- the device channel
    void device_joined(TimePoint now) noexcept;
    /// It was joined, and the server closed it.
    void device_closed(TimePoint now) noexcept { joins_.held(now - device_joined_at_); }
    Next device_refused(const Judgement& judgement, Generation used, Generation present, TimePoint now);
    /// It is not joined before; kept over connections.
    TimePoint device_not_before() const noexcept { return device_not_before_; }

    // --- optional channels
    struct Refused {
        Generation token = 0;
        TimePoint until{};
        Judgement why;
    };
    Next optional_refused(std::string_view name, const Judgement& judgement, Generation used, Generation present,
                          TimePoint now);
    /// Why that channel is left alone with that token; null: it is not.
    const Refused* refused(std::string_view name, Generation present) const;

    // --- results that are posted over HTTP while the connection is away
    static constexpr Duration post_first = std::chrono::seconds{5};
    static constexpr Duration post_longest = std::chrono::seconds{60};
    /// The tenant's events per second are used up: as long as after such a closure of the connection.
    static constexpr Duration post_limited_least = std::chrono::seconds{30};
    static constexpr Duration post_limited_most = std::chrono::seconds{60};
    /// When the next result may be posted after one that was not taken.
    TimePoint post_failed(TimePoint now) { return now + posts_.next(random_()); }
    TimePoint post_limited(TimePoint now);
    /// That one result was refused; the server may be in trouble besides.
    static TimePoint post_refused(TimePoint now) noexcept { return now + post_first; }
    void posted() noexcept { posts_.held(Duration::zero()); }

    // --- messages that the server could not take
    static constexpr Duration resend_pause = std::chrono::seconds{1};
    static constexpr Duration hurried_resend_pause = std::chrono::milliseconds{100};  // in an orderly stop
    static TimePoint resend_at(TimePoint now, bool hurried) noexcept {
        return now + (hurried ? hurried_resend_pause : resend_pause);
    }

    /// Another token is there: the device channel may be joined at once, and so may what was refused for the old one.
    void another_token();
    /// A fresh token for the device channel came: it is joined at once.
    void fresh_token() noexcept { device_not_before_ = {}; }

  private:
    Duration wait(const Judgement& judgement, platform::Backoff& doubling, bool lost);
    Duration longest_wait(const Judgement& judgement, const Failure& failure, TimePoint now);
    Duration wait_after(const Judgement& judgement, const Failure& failure, TimePoint now);

    Pace pace_;
    Random random_;
    platform::Backoff connections_;
    platform::Backoff joins_;  // of the device channel, on a standing socket
    platform::Backoff posts_;
    Search search_;
    Generation refused_generation_ = 0;    // with which the device channel or a connection was refused last; 0: none
    std::optional<TimePoint> away_since_;  // the first loss of a link after one that held; nothing: there was none
    TimePoint device_not_before_{};
    TimePoint device_joined_at_{};
    std::map<std::string, Refused, std::less<>> refused_;
};

}  // namespace realtime
