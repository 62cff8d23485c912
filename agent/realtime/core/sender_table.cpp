#include "agent/realtime/core/sender_table.hpp"

namespace realtime {

Slot SenderTable::find(SenderId who) const noexcept {
    for (Slot slot = shared + 1; slot < slots; ++slot) {
        if (entries_[slot].standing != Standing::vacant && entries_[slot].who == who) return slot;
    }
    return shared;
}

namespace {

// Never 0, which stands for no name.
std::uint32_t bits_of(SenderId who) noexcept {
    return static_cast<std::uint32_t>(who >> 32U) | 1U;
}

}  // namespace

bool SenderTable::remembers(SenderId who) const noexcept {
    return !names_.empty() && names_[who % remembered] == bits_of(who);
}

void SenderTable::remember(SenderId who) {
    if (names_.empty()) names_.resize(remembered);
    names_[who % remembered] = bits_of(who);
}

Slot SenderTable::enter(SenderId who) {
    Slot slot = find(who);
    if (slot == shared) {
        if (remembers(who)) slot = slot_for_known(who);
        if (slot == shared) slot = slot_for_newcomer(who);
        if (slot == shared) remember(who);
    } else if (entries_[slot].standing == Standing::newcomer) {
        promote(slot);
    }
    entries_[slot].used = ++calls_;
    ++entries_[slot].held;
    ++total_;
    return slot;
}

void SenderTable::leave(Slot slot) noexcept {
    if (entries_[slot].held == 0) return;
    --entries_[slot].held;
    --total_;
}

Slot SenderTable::slot_for_newcomer(SenderId who) {
    // As long as there are few newcomers a slot is vacant: there are as many as known senders and newcomers may have.
    const bool vacant = new_ < most_new;
    const Slot slot = longest_idle(vacant ? Standing::vacant : Standing::newcomer);
    if (slot == shared) return shared;
    if (vacant) {
        ++new_;
    } else {
        remember(entries_[slot].who);
    }
    entries_[slot] = {.who = who, .standing = Standing::newcomer};
    return slot;
}

Slot SenderTable::slot_for_known(SenderId who) {
    const bool vacant = known_ < most_known;
    const Slot slot = longest_idle(vacant ? Standing::vacant : Standing::known);
    if (slot == shared) return shared;
    if (vacant) {
        ++known_;
    } else {
        remember(entries_[slot].who);
    }
    entries_[slot] = {.who = who, .standing = Standing::known};
    return slot;
}

void SenderTable::promote(Slot slot) {
    if (known_ == most_known) {
        const Slot idle = longest_idle(Standing::known);
        if (idle == shared) return;
        remember(entries_[idle].who);
        entries_[idle] = {};
        --known_;
    }
    entries_[slot].standing = Standing::known;
    ++known_;
    --new_;
}

Slot SenderTable::longest_idle(Standing standing) const noexcept {
    Slot best = shared;
    for (Slot slot = shared + 1; slot < slots; ++slot) {
        const Entry& entry = entries_[slot];
        if (entry.standing != standing || entry.held > 0) continue;
        if (best == shared || entry.used < entries_[best].used) best = slot;
    }
    return best;
}

}  // namespace realtime
