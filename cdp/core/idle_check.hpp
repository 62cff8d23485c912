// Whether a silent browser is still there: it is asked now and then, and taken for stopped when it misses two checks in
// a row. Pure.
#pragma once

#include <cstdint>

#include "platform/core/time_point.hpp"

namespace cdp {

class IdleCheck {
  public:
    /// A browser that was silent for `every` is asked; zero: never.
    IdleCheck(Duration every, TimePoint now) noexcept : every_{every}, heard_{now} {}

    /// Something came from the browser.
    void heard(TimePoint now) noexcept { heard_ = now; }
    TimePoint last_heard() const noexcept { return heard_; }

    /// When the browser is to be asked; TimePoint::max(): not now, an answer is awaited, or never.
    TimePoint next() const noexcept;
    bool due(TimePoint now) const noexcept { return next() <= now; }

    /// The question was sent; so many bytes had come by then.
    void asked(std::uint64_t bytes_read) noexcept;
    /// Its end: answered, or not in time. True: the browser is taken for stopped. A long message that is still coming
    /// is a sign of life too.
    bool on_end(bool in_time, std::uint64_t bytes_read, TimePoint now) noexcept;
    /// It will have no end: the connection has ended.
    void give_up() noexcept { asking_ = false; }

  private:
    Duration every_;
    TimePoint heard_;
    bool asking_ = false;
    int misses_ = 0;
    std::uint64_t bytes_when_asked_ = 0;
};

}  // namespace cdp
