#include "cdp/core/waiting.hpp"

#include <algorithm>
#include <utility>

namespace cdp {

void WaitingQueue::add(Kept command) {
    bytes_ += command.bytes();
    counts_.add(command.sender);
    commands_.push_back(std::move(command));
}

std::vector<Kept> WaitingQueue::take(const Wanted& wanted) {
    std::vector<Kept> taken;
    std::deque<Kept> left;
    for (auto& command : commands_) {
        if (wanted(command)) {
            bytes_ -= command.bytes();
            counts_.remove(command.sender);
            taken.push_back(std::move(command));
        } else {
            left.push_back(std::move(command));
        }
    }
    commands_.swap(left);
    return taken;
}

std::optional<TimePoint> WaitingQueue::next(std::optional<Duration> grace) const noexcept {
    std::optional<TimePoint> first;
    for (const auto& command : commands_) {
        const auto due = grace ? std::min(command.deadline, command.arrived + *grace) : command.deadline;
        if (!first || due < *first) first = due;
    }
    return first;
}

}  // namespace cdp
