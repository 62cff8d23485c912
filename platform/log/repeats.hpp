// Which lines are one more of the same: they are counted in place of written, so that a failure which goes on does not
// fill the log. Pure: the time is an argument.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "platform/log/log.hpp"

namespace platform::log {

/// How long the first repeat is held back; each later one twice as long, up to the longest.
inline constexpr std::chrono::seconds first_repeat_window{10};
inline constexpr std::chrono::hours longest_repeat_window{1};
/// How long a line must be silent after its window until it is news again.
inline constexpr std::chrono::minutes repeat_memory{5};
/// Number of different lines that are remembered; the one whose hold ends first makes room.
inline constexpr std::size_t remembered_lines = 64;

class Repeats {
  public:
    using Time = std::chrono::system_clock::time_point;

    /// A line that was held back, and how often.
    struct HeldBack {
        Level level = Level::info;
        std::string text;
        std::size_t times = 0;
    };

    /// What was held back in windows that are over: to be written now, once.
    std::vector<HeldBack> over(Time now);

    /// Everything that was held back, whether its window is over or not. After this, every line is news.
    std::vector<HeldBack> forget();

    /// Whether this line is to be written; else it was counted.
    bool take(Level level, std::string_view text, Time now);

  private:
    struct Line {
        Level level = Level::info;
        std::string text;
        Time until;  // the end of its window
        std::chrono::seconds window{0};
        std::size_t held = 0;
    };
    Line* find(Level level, std::string_view text);

    std::vector<Line> lines_;
};

}  // namespace platform::log
