#include "cdp/core/waiting_queue.hpp"

#include <algorithm>
#include <utility>

namespace cdp {

void WaitingQueue::add(WaitingCommand command) {
    bytes_ += command.bytes();
    counts_.add(command.sender);
    commands_.push_back(std::move(command));
}

std::vector<WaitingCommand> WaitingQueue::take(const Wanted& wanted) {
    std::vector<WaitingCommand> taken;
    std::deque<WaitingCommand> left;
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
