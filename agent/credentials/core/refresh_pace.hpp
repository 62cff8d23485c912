// When the next token is asked for: ahead of its end, on demand, and after a pause where the last try failed. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "platform/core/result.hpp"
#include "platform/core/time_point.hpp"

namespace credentials {

/// A refresh starts this long before the token runs out, or at a fifth of a shorter life.
inline constexpr std::chrono::seconds refresh_ahead{120};

/// A session in service wants the next token this long before the one in use runs out, or at half of a shorter life.
/// It matters where the life is short, or the last refresh was less than `refresh_least_pause` ago.
inline constexpr std::chrono::seconds session_ahead{60};

/// After a refresh that failed, or brought a token that had run out already, a session wants no other one sooner.
inline constexpr std::chrono::seconds session_retry{30};

/// The first pause after a refresh that failed, doubled up to the greatest; each is drawn at random from its whole
/// range.
inline constexpr std::chrono::seconds refresh_retry_first{5};
inline constexpr std::chrono::seconds refresh_retry_most{300};

/// After a token came the next one is not asked for sooner, unless a session wants it: a clock that is far ahead makes
/// each of them look as if it had run out.
inline constexpr std::chrono::seconds refresh_least_pause{60};

/// A refresh token that was refused is tried again this late: only a change at the server can help.
inline constexpr std::chrono::seconds refresh_refused_pause{3600};

class RefreshPace {
  public:
    using WallTime = std::chrono::sys_seconds;
    using Moment = std::chrono::system_clock::time_point;

    /// Another credential: nothing is known of its refreshes. `at_server`: by the server's clock, as far as it is
    /// known.
    void start_over(WallTime at_server, TimePoint now);
    /// A fresh token came.
    void note_token(WallTime at_server, TimePoint now) {
        taken_at_ = at_server;
        taken_ = now;
    }

    /// A token other than that of this generation is wanted now.
    void want(std::uint64_t generation) { wanted_for_ = generation; }

    /// A session uses the token from now on, or none does any more.
    void set_in_session(bool in_session) noexcept { in_session_ = in_session; }

    /// When the next token is to be asked for. `generation`: of the token in use, which runs out at `expires`.
    TimePoint due(std::uint64_t generation, std::optional<WallTime> expires, Moment at_server, TimePoint now) const;

    /// The last answer still counts: the last try failed, and its pause is not over.
    bool is_pausing(TimePoint now) const { return last_error_ && now < not_before_; }

    /// How a try ended. Tries are counted even where nobody waits for them.
    void note_success(TimePoint now);
    /// `hopeless`: only a change at the server can help. `random` is uniform in [0, 1).
    void note_failure(Error why, bool hopeless, TimePoint now, double random);
    /// The credential went away meanwhile: the failure says nothing of the next one's pauses.
    void note_failure_without_credential(Error why);

    std::uint64_t tries() const noexcept { return tries_; }
    Error last_error() const noexcept { return last_error_; }

  private:
    void note(Error ec);
    TimePoint due_for_session(std::chrono::seconds life, TimePoint over_at) const;

    std::uint64_t tries_ = 0;  // finished ones
    Error last_error_;
    std::uint64_t wanted_for_ = 0;             // 0: none is
    WallTime taken_at_{};                      // when the token came, as far as we knew then
    TimePoint taken_{};                        // the same by the clock that nobody sets
    TimePoint not_before_ = TimePoint::min();  // of the next try
    std::chrono::seconds pause_ = refresh_retry_first;
    bool in_session_ = false;
    TimePoint session_not_before_ = TimePoint::min();  // of the next try for a session
};

}  // namespace credentials
