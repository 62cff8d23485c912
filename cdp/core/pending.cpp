#include "cdp/core/pending.hpp"

#include <limits>
#include <utility>

namespace cdp {
namespace {

constexpr std::size_t first_capacity = 64;        // a power of two
constexpr std::size_t most_idle_sessions = 1024;  // counters of sessions without commands that are kept
constexpr std::size_t large_text = 256;           // a slot keeps no longer string than this

}  // namespace

PendingTable::PendingTable(std::int32_t first_id) : last_id_{first_id}, slots_(first_capacity) {
    order_.reserve(first_capacity);
}

std::int32_t PendingTable::next_id() noexcept {
    last_id_ = last_id_ >= std::numeric_limits<std::int32_t>::max() || last_id_ < 0 ? 1 : last_id_ + 1;
    return last_id_;
}

std::int32_t PendingTable::add(const New& command) {
    if (2 * (order_.size() + 1) > slots_.size()) grow();
    auto id = next_id();
    while (slots_[slot_of(id)].place != free_slot) id = next_id();
    const auto slot = slot_of(id);
    auto& kept = slots_[slot].command;
    kept.id = id;
    kept.ticket = command.ticket;
    kept.own = command.own;
    kept.bytes = command.bytes;
    kept.deadline = command.deadline;
    kept.since = command.now;
    kept.session.assign(command.session);
    kept.method.assign(command.method);
    bytes_ += command.bytes;
    count(command.session);
    order_.push_back(slot);
    slots_[slot].place = order_.size() - 1;
    sift_up(order_.size() - 1);
    return id;
}

void PendingTable::count(std::string_view session) {
    auto found = per_session_.find(session);
    if (found == per_session_.end()) {
        if (per_session_.size() >= most_idle_sessions) {
            std::erase_if(per_session_, [](const auto& entry) { return entry.second == 0; });
        }
        found = per_session_.emplace(session, 0).first;
    }
    ++found->second;
}

const Pending* PendingTable::find(std::int32_t id) const noexcept {
    const auto& slot = slots_[slot_of(id)];
    return slot.place != free_slot && slot.command.id == id ? &slot.command : nullptr;
}

void PendingTable::remove(std::int32_t id) noexcept {
    const auto index = slot_of(id);
    auto& slot = slots_[index];
    if (slot.place == free_slot || slot.command.id != id) return;
    bytes_ -= slot.command.bytes;
    const auto found = per_session_.find(std::string_view{slot.command.session});
    if (found != per_session_.end() && found->second > 0) --found->second;
    if (slot.command.session.capacity() > large_text) slot.command.session = {};
    if (slot.command.method.capacity() > large_text) slot.command.method = {};

    const auto place = std::exchange(slot.place, free_slot);
    const auto last = order_.back();
    order_.pop_back();
    if (last == index) return;
    put(place, last);
    sift_up(place);
    sift_down(slots_[last].place);
}

std::optional<Pending> PendingTable::take_expired(TimePoint now) {
    if (order_.empty()) return std::nullopt;
    const Pending oldest = slots_[order_.front()].command;
    if (oldest.deadline > now) return std::nullopt;
    remove(oldest.id);
    return oldest;
}

template <class Wanted>
std::vector<Pending> PendingTable::take_if(Wanted wanted) {
    std::vector<Pending> taken;
    for (const auto& slot : slots_) {
        if (slot.place != free_slot && wanted(slot.command)) taken.push_back(slot.command);
    }
    for (const auto& command : taken) remove(command.id);
    return taken;
}

std::vector<Pending> PendingTable::take_session(std::string_view session) {
    return take_if([session](const Pending& command) { return command.session == session; });
}

std::vector<Pending> PendingTable::take_all() {
    return take_if([](const Pending&) { return true; });
}

std::optional<TimePoint> PendingTable::next_deadline() const noexcept {
    if (order_.empty()) return std::nullopt;
    return slots_[order_.front()].command.deadline;
}

std::size_t PendingTable::size_of(std::string_view session) const noexcept {
    const auto found = per_session_.find(session);
    return found == per_session_.end() ? 0 : found->second;
}

bool PendingTable::waits(std::string_view session, std::string_view method) const noexcept {
    for (const auto slot : order_) {
        if (slots_[slot].command.method == method && slots_[slot].command.session == session) return true;
    }
    return false;
}

void PendingTable::grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    // Ids that differed in their low bits still do: nobody collides.
    for (auto& slot : old) {
        if (slot.place == free_slot) continue;
        const auto index = slot_of(slot.command.id);
        order_[slot.place] = index;
        slots_[index] = std::move(slot);
    }
}

bool PendingTable::earlier(std::size_t a, std::size_t b) const noexcept {
    return slots_[a].command.deadline < slots_[b].command.deadline;
}

void PendingTable::put(std::size_t place, std::size_t slot) noexcept {
    order_[place] = slot;
    slots_[slot].place = place;
}

void PendingTable::sift_up(std::size_t place) noexcept {
    const auto slot = order_[place];
    while (place > 0) {
        const auto parent = (place - 1) / 2;
        if (!earlier(slot, order_[parent])) break;
        put(place, order_[parent]);
        place = parent;
    }
    put(place, slot);
}

void PendingTable::sift_down(std::size_t place) noexcept {
    const auto slot = order_[place];
    for (;;) {
        auto child = 2 * place + 1;
        if (child >= order_.size()) break;
        if (child + 1 < order_.size() && earlier(order_[child + 1], order_[child])) ++child;
        if (!earlier(order_[child], slot)) break;
        put(place, order_[child]);
        place = child;
    }
    put(place, slot);
}

}  // namespace cdp
