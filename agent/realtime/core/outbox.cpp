#include "agent/realtime/core/outbox.hpp"

#include <algorithm>
#include <iterator>

namespace realtime {

bool Outbox::add(Message message) {
    const std::size_t size = size_of(message);
    if (!has_room_for(message, size)) return false;
    Queue& queue = waiting(message.lane);
    const Slot slot = queue.enter(message.sender);
    bytes_ += size;
    ++count_;
    if (message.lane == Lane::refusal) {
        refusal_bytes_ += size;
    } else {
        slot_bytes_[slot] += size;
    }
    if (may_drop(message)) ++droppable_;
    queue.put_back(slot, {.message = std::move(message), .slot = slot});
    return true;
}

bool Outbox::has_room_for(const Message& message, std::size_t size) {
    if (message.lane == Lane::refusal) {
        const auto fits = [&] {
            return bytes_ + size <= limits_.bytes && refusal_bytes_ + size <= limits_.refusal_bytes;
        };
        while (!may_drop(message) && !fits() && drop_one()) {
        }
        return fits();
    }
    const bool fits = drop_until_room(size, limits_.bytes);
    if (size <= small) return fits || bytes_ + size <= limits_.bytes + limits_.reserve_bytes;
    const Slot slot = answers_.senders().find(message.sender);
    return fits && slot_bytes_[slot] + size <= share * (limits_.bytes - bytes_);
}

bool Outbox::drop_until_room(std::size_t size, std::size_t bound) {
    while (bytes_ + size > bound) {
        if (!drop_one()) return false;
    }
    return true;
}

bool Outbox::drop_one() {
    if (droppable_ == 0) return false;
    auto entry = refusals_.take_of_longest([](const Entry& one) { return may_drop(one.message); });
    if (!entry) return false;
    settle(*entry, Settled::dropped);
    return true;
}

const Message* Outbox::next(Lane lane) const noexcept {
    const Entry* const entry = waiting(lane).next();
    return entry != nullptr ? &entry->message : nullptr;
}

bool Outbox::next_is_copy(Lane lane) const noexcept {
    const Entry* const entry = waiting(lane).next();
    return entry != nullptr && entry->first_sent >= Duration::zero();
}

Outbox::Entry Outbox::take_next(Lane lane) {
    Queue& queue = waiting(lane);
    return queue.take(size_of(queue.next()->message));
}

void Outbox::sent(Lane lane, Ref ref, Duration joined) {
    if (waiting(lane).empty()) return;
    Entry entry = take_next(lane);
    entry.ref = ref;
    if (entry.first_sent < Duration::zero()) entry.first_sent = joined;
    in_flight_.push_back(std::move(entry));
    ++in_flight_count_;
}

void Outbox::too_large_to_send(Lane lane) {
    if (waiting(lane).empty()) return;
    Entry entry = take_next(lane);
    settle(entry, Settled::too_large);
}

Outbox::Entry* Outbox::find(Ref ref) noexcept {
    const auto found = std::lower_bound(in_flight_.begin(), in_flight_.end(), ref,
                                        [](const Entry& entry, Ref wanted) { return entry.ref < wanted; });
    if (found == in_flight_.end() || found->ref != ref || found->done) return nullptr;
    return &*found;
}

void Outbox::settle(Entry& entry, Settled how) {
    const std::size_t size = size_of(entry.message);
    bytes_ -= size;
    --count_;
    if (entry.message.lane == Lane::refusal) {
        refusal_bytes_ -= size;
    } else {
        slot_bytes_[entry.slot] -= size;
    }
    if (may_drop(entry.message)) --droppable_;
    waiting(entry.message.lane).leave(entry.slot);
    auto payload = std::exchange(entry.message.payload, {});  // freed at once, but for what its author may want back
    if (how != Settled::too_large) payload = {};
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
    for (const Lane lane : {Lane::answer, Lane::refusal}) {
        const Message* const its_turn = next(lane);
        const bool in_turn = its_turn != nullptr && its_turn->ticket == ticket;
        auto entry = in_turn ? std::optional{take_next(lane)} : waiting(lane).take_of_longest(is_it);
        if (!entry) continue;
        settle(*entry, Settled::acknowledged);
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
    const Slot slot = entry->slot;
    queue.put_back(slot, std::move(*entry));
    entry->done = true;
    --in_flight_count_;
    pop_done();
    return true;
}

void Outbox::link_lost() {
    for (auto entry = in_flight_.rbegin(); entry != in_flight_.rend(); ++entry) {
        if (entry->done) continue;
        if (entry->message.once) {
            settle(*entry, Settled::uncertain);
            continue;
        }
        const Slot slot = entry->slot;
        waiting(entry->message.lane).put_front(slot, std::move(*entry));
    }
    in_flight_.clear();
    in_flight_count_ = 0;
}

bool Outbox::expired(const Entry& entry, Duration joined) const noexcept {
    return entry.first_sent >= Duration::zero() && joined - entry.first_sent >= limits_.time_to_live;
}

void Outbox::expire(Duration joined) {
    for (Queue* queue : {&answers_, &refusals_}) {
        queue->remove_if([&](Entry& entry) {
            if (!expired(entry, joined)) return false;
            settle(entry, Settled::expired);
            return true;
        });
    }
    for (Entry& entry : in_flight_) {
        if (entry.done || !expired(entry, joined)) continue;
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

}  // namespace realtime
