#include "agent/realtime/core/outbox.hpp"

#include <algorithm>
#include <iterator>

namespace realtime {

bool Outbox::add(Message message) {
    const std::size_t size = size_of(message);
    if (bytes_ + size > limits_.bytes) {
        if (message.lane == Lane::refusal) return false;
        drop_refusals(bytes_ + size - limits_.bytes);
        const std::size_t bound = size <= small ? limits_.bytes + limits_.reserve_bytes : limits_.bytes;
        if (bytes_ + size > bound) return false;
    }
    bytes_ += size;
    ++count_;
    Queue& queue = waiting(message.lane);
    queue.push_back({.message = std::move(message)});
    return true;
}

const Message* Outbox::next(Lane lane) const noexcept {
    const Queue& queue = waiting(lane);
    return queue.empty() ? nullptr : &queue.front().message;
}

bool Outbox::next_is_copy(Lane lane) const noexcept {
    const Queue& queue = waiting(lane);
    return !queue.empty() && queue.front().first_sent >= Duration::zero();
}

void Outbox::sent(Lane lane, Ref ref, Duration joined) {
    Queue& queue = waiting(lane);
    if (queue.empty()) return;
    Entry entry = std::move(queue.front());
    queue.pop_front();
    entry.ref = ref;
    if (entry.first_sent < Duration::zero()) entry.first_sent = joined;
    in_flight_.push_back(std::move(entry));
    ++in_flight_count_;
}

void Outbox::too_large_to_send(Lane lane) {
    Queue& queue = waiting(lane);
    if (queue.empty()) return;
    settle(queue.front(), Settled::too_large);
    queue.pop_front();
}

Outbox::Entry* Outbox::find(Ref ref) noexcept {
    const auto found = std::lower_bound(in_flight_.begin(), in_flight_.end(), ref,
                                        [](const Entry& entry, Ref wanted) { return entry.ref < wanted; });
    if (found == in_flight_.end() || found->ref != ref || found->done) return nullptr;
    return &*found;
}

void Outbox::settle(Entry& entry, Settled how) {
    bytes_ -= size_of(entry.message);
    --count_;
    std::string payload;
    payload.swap(entry.message.payload);  // freed at once, but for what its author may want back
    if (how != Settled::too_large) std::string{}.swap(payload);
    settled_.push_back({entry.message.ticket, how, std::move(payload)});
}

void Outbox::finish(Entry& entry, Settled how) {
    settle(entry, how);
    entry.done = true;
    --in_flight_count_;
    pop_done();
}

void Outbox::pop_done() {
    while (!in_flight_.empty() && in_flight_.front().done) in_flight_.pop_front();
}

bool Outbox::acknowledged(Ref ref) {
    Entry* entry = find(ref);
    if (entry == nullptr) return false;
    finish(*entry, Settled::acknowledged);
    return true;
}

bool Outbox::delivered(Ticket ticket) {
    const auto is_it = [ticket](const Entry& entry) { return !entry.done && entry.message.ticket == ticket; };
    for (Queue* queue : {&answers_, &refusals_}) {
        const auto found = std::find_if(queue->begin(), queue->end(), is_it);
        if (found == queue->end()) continue;
        settle(*found, Settled::acknowledged);
        queue->erase(found);
        return true;
    }
    const auto found = std::find_if(in_flight_.begin(), in_flight_.end(), is_it);
    if (found == in_flight_.end()) return false;
    finish(*found, Settled::acknowledged);
    return true;
}

std::optional<std::size_t> Outbox::refused_for_size(Ref ref) {
    Entry* entry = find(ref);
    if (entry == nullptr) return std::nullopt;
    const std::size_t size = entry->message.payload.size();
    finish(*entry, Settled::too_large);
    return size;
}

bool Outbox::postpone(Ref ref) {
    Entry* entry = find(ref);
    if (entry == nullptr) return false;
    Queue& queue = waiting(entry->message.lane);
    Entry again = std::move(*entry);
    entry->done = true;
    --in_flight_count_;
    queue.push_back(std::move(again));
    pop_done();
    return true;
}

void Outbox::link_lost() {
    for (auto entry = in_flight_.rbegin(); entry != in_flight_.rend(); ++entry) {
        if (!entry->done) waiting(entry->message.lane).push_front(std::move(*entry));
    }
    in_flight_.clear();
    in_flight_count_ = 0;
}

bool Outbox::expired(const Entry& entry, Duration joined) const noexcept {
    return entry.first_sent >= Duration::zero() && joined - entry.first_sent >= limits_.time_to_live;
}

void Outbox::expire(Duration joined) {
    for (Queue* queue : {&answers_, &refusals_}) {
        while (!queue->empty() && expired(queue->front(), joined)) {
            settle(queue->front(), Settled::expired);
            queue->pop_front();
        }
    }
    // Those sent again keep the time of their first sending and stand before younger ones: the front is the oldest.
    for (Entry& entry : in_flight_) {
        if (entry.done) continue;
        if (!expired(entry, joined)) break;
        settle(entry, Settled::expired);
        entry.done = true;
        --in_flight_count_;
    }
    pop_done();
}

std::optional<Outbox::Largest> Outbox::largest_in_flight() const noexcept {
    const Entry* largest = nullptr;
    for (const Entry& entry : in_flight_) {
        if (entry.done) continue;
        if (largest == nullptr || entry.message.payload.size() > largest->message.payload.size()) largest = &entry;
    }
    if (largest == nullptr) return std::nullopt;
    return Largest{largest->ref, largest->message.payload.size()};
}

void Outbox::drop_refusals(std::size_t needed) {
    std::size_t freed = 0;
    while (freed < needed && !refusals_.empty()) {
        freed += size_of(refusals_.front().message);
        settle(refusals_.front(), Settled::dropped);
        refusals_.pop_front();
    }
}

}  // namespace realtime
