#include "agent/relay/waiting_answers.hpp"

#include <utility>

namespace relay {

bool WaitingAnswers::publish(realtime::Message message) {
    Queue& queue = queues_[message.lane == realtime::Lane::answer ? 0 : 1];
    if (queue.empty()) {
        realtime::Message copy = message;
        if (sink_.publish(std::move(copy))) return true;
    }
    const std::size_t held = queue.senders().held(queue.senders().find(message.sender));
    if (queue.size() >= most_ || held >= 2 * (most_ - queue.size())) return false;
    const realtime::Slot slot = queue.enter(message.sender);
    queue.put_back(slot, {std::move(message), slot});
    return true;
}

void WaitingAnswers::go_on() {
    for (Queue& queue : queues_) {
        while (const Waiting* const next = queue.next()) {
            realtime::Message copy = next->message;
            if (!sink_.publish(std::move(copy))) break;
            queue.leave(queue.take(0).slot);
        }
    }
}

}  // namespace relay
