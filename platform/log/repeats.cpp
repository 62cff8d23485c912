#include "platform/log/repeats.hpp"

#include <algorithm>
#include <utility>

namespace platform::log {

Repeats::Line* Repeats::find(Level level, std::string_view text) {
    const auto found = std::find_if(lines_.begin(), lines_.end(),
                                    [&](const Line& line) { return line.level == level && line.text == text; });
    return found == lines_.end() ? nullptr : &*found;
}

std::vector<Repeats::HeldBack> Repeats::over(Time now) {
    std::vector<HeldBack> held_back;
    for (auto& line : lines_) {
        // A clock that was set back must not hold lines for days.
        if (line.until - now > line.window) line.until = now;
        if (line.held == 0 || now < line.until) continue;
        held_back.push_back({line.level, line.text, std::exchange(line.held, 0)});
    }
    return held_back;
}

std::vector<Repeats::HeldBack> Repeats::forget() {
    std::vector<HeldBack> held_back;
    for (auto& line : std::exchange(lines_, {})) {
        if (line.held > 0) held_back.push_back({line.level, std::move(line.text), line.held});
    }
    return held_back;
}

bool Repeats::take(Level level, std::string_view text, Time now) {
    if (Line* known = find(level, text)) {
        if (now < known->until) {
            ++known->held;
            return false;
        }
        const bool goes_on = now - known->until < repeat_memory;
        const auto doubled = std::min<std::chrono::seconds>(known->window * 2, longest_repeat_window);
        known->window = goes_on ? doubled : first_repeat_window;
        known->until = now + known->window;
        return true;
    }
    Line fresh{level, std::string(text), now + first_repeat_window, first_repeat_window, 0};
    if (lines_.size() < remembered_lines) {
        lines_.push_back(std::move(fresh));
        return true;
    }
    const auto first =
        std::min_element(lines_.begin(), lines_.end(), [](const Line& a, const Line& b) { return a.until < b.until; });
    *first = std::move(fresh);
    return true;
}

}  // namespace platform::log
