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
    deadlines_.reset(first_capacity);
}

std::int32_t PendingTable::next_id() noexcept {
    last_id_ = last_id_ >= std::numeric_limits<std::int32_t>::max() || last_id_ < 0 ? 1 : last_id_ + 1;
    return last_id_;
}

std::int32_t PendingTable::add(const New& command) {
    if (2 * (size() + 1) > slots_.size()) grow();
    auto id = next_id();
    while (deadlines_.has(slot_of(id))) id = next_id();
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
    deadlines_.add(slot, command.deadline);
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
    const auto slot = slot_of(id);
    return deadlines_.has(slot) && slots_[slot].command.id == id ? &slots_[slot].command : nullptr;
}

void PendingTable::remove(std::int32_t id) noexcept {
    const auto index = slot_of(id);
    auto& slot = slots_[index];
    if (!deadlines_.has(index) || slot.command.id != id) return;
    bytes_ -= slot.command.bytes;
    if (slot.counts != nullptr) {
        all_.remove(slot.command.sender);
        slot.counts->remove(slot.command.sender);
    }
    if (slot.command.session.capacity() > large_text) slot.command.session = {};
    if (slot.command.method.capacity() > large_text) slot.command.method = {};
    deadlines_.remove(index);
}

bool PendingTable::forget(std::uint64_t ticket) noexcept {
    std::int32_t id = 0;
    const auto is_it = [&](std::size_t slot) {
        id = slots_[slot].command.id;
        return slots_[slot].command.own == 0 && slots_[slot].command.ticket == ticket;
    };
    if (!deadlines_.any(is_it)) return false;
    remove(id);
    return true;
}

std::optional<Pending> PendingTable::take_expired(TimePoint now) {
    const auto next = deadlines_.next();
    if (!next || *next > now) return std::nullopt;
    const Pending oldest = slots_[deadlines_.next_number()].command;
    remove(oldest.id);
    return oldest;
}

template <class Wanted>
std::vector<Pending> PendingTable::take_if(Wanted wanted) {
    std::vector<Pending> taken;
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
        if (deadlines_.has(slot) && wanted(slots_[slot].command)) taken.push_back(slots_[slot].command);
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

std::size_t PendingTable::waiting_for(std::string_view method) const noexcept {
    return deadlines_.count([&](std::size_t slot) { return slots_[slot].command.method == method; });
}

bool PendingTable::waits(std::string_view session, std::string_view method) const noexcept {
    const auto is_it = [&](std::size_t slot) {
        return slots_[slot].command.method == method && slots_[slot].command.session == session;
    };
    return deadlines_.any(is_it);
}

void PendingTable::grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    Deadlines deadlines;
    deadlines.reset(slots_.size());
    // Ids that differed in their low bits still do: nobody collides.
    for (std::size_t was = 0; was < old.size(); ++was) {
        if (!deadlines_.has(was)) continue;
        const auto slot = slot_of(old[was].command.id);
        deadlines.add(slot, old[was].command.deadline);
        slots_[slot] = std::move(old[was]);
    }
    deadlines_ = std::move(deadlines);
}

}  // namespace cdp
