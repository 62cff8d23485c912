#include "cdp/core/pending.hpp"

#include <algorithm>
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
    kept.sender = command.sender;
    kept.bytes = command.bytes;
    kept.deadline = command.deadline;
    kept.since = command.now;
    kept.session.assign(command.session);
    kept.method.assign(command.method);
    bytes_ += command.bytes;
    slots_[slot].counts = nullptr;
    if (command.own == 0) {
        all_.add(command.sender);
        slots_[slot].counts = &counts_of(command.session);
        slots_[slot].counts->add(command.sender);
    }
    order_.push_back(slot);
    slots_[slot].place = order_.size() - 1;
    sift_up(order_.size() - 1);
    return id;
}

SenderCounts& PendingTable::counts_of(std::string_view session) {
    const auto found = per_session_.find(session);
    if (found != per_session_.end()) return found->second;
    if (per_session_.size() >= most_idle_sessions) {
        std::erase_if(per_session_, [](const auto& entry) { return entry.second.total == 0; });
    }
    return per_session_.emplace(session, SenderCounts{}).first->second;
}

bool PendingTable::admits(std::size_t sender, std::size_t most, std::string_view session) const noexcept {
    const auto found = per_session_.find(session);
    return found == per_session_.end() || found->second.admits(sender, most);
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
    if (slot.counts != nullptr) {
        all_.remove(slot.command.sender);
        slot.counts->remove(slot.command.sender);
    }
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

bool PendingTable::forget(std::uint64_t ticket) noexcept {
    for (const auto slot : order_) {
        const Pending& command = slots_[slot].command;
        if (command.own != 0 || command.ticket != ticket) continue;
        remove(command.id);
        return true;
    }
    return false;
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

std::size_t PendingTable::waiting_for(std::string_view method) const noexcept {
    const auto is_it = [&](std::size_t slot) { return slots_[slot].command.method == method; };
    return static_cast<std::size_t>(std::count_if(order_.begin(), order_.end(), is_it));
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
