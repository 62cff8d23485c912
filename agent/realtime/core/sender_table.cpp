#include "agent/realtime/core/sender_table.hpp"

namespace realtime {

Seat SenderTable::find(SenderId who) const noexcept {
    for (Seat seat = crowd + 1; seat < seats; ++seat) {
        if (chairs_[seat].standing != Standing::vacant && chairs_[seat].who == who) return seat;
    }
    return crowd;
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

Seat SenderTable::enter(SenderId who) {
    Seat seat = find(who);
    if (seat == crowd) {
        if (remembers(who)) seat = seat_known(who);
        if (seat == crowd) seat = seat_newcomer(who);
        if (seat == crowd) remember(who);
    } else if (chairs_[seat].standing == Standing::newcomer) {
        promote(seat);
    }
    chairs_[seat].used = ++calls_;
    ++chairs_[seat].held;
    ++total_;
    return seat;
}

void SenderTable::leave(Seat seat) noexcept {
    if (chairs_[seat].held == 0) return;
    --chairs_[seat].held;
    --total_;
}

Seat SenderTable::seat_newcomer(SenderId who) {
    // As long as there are few newcomers a seat is vacant: there are as many as known senders and newcomers may have.
    const bool vacant = new_ < most_new;
    const Seat seat = longest_idle(vacant ? Standing::vacant : Standing::newcomer);
    if (seat == crowd) return crowd;
    if (vacant) {
        ++new_;
    } else {
        remember(chairs_[seat].who);
    }
    chairs_[seat] = {.who = who, .standing = Standing::newcomer};
    return seat;
}

Seat SenderTable::seat_known(SenderId who) {
    const bool vacant = known_ < most_known;
    const Seat seat = longest_idle(vacant ? Standing::vacant : Standing::known);
    if (seat == crowd) return crowd;
    if (vacant) {
        ++known_;
    } else {
        remember(chairs_[seat].who);
    }
    chairs_[seat] = {.who = who, .standing = Standing::known};
    return seat;
}

void SenderTable::promote(Seat seat) {
    if (known_ == most_known) {
        const Seat idle = longest_idle(Standing::known);
        if (idle == crowd) return;
        remember(chairs_[idle].who);
        chairs_[idle] = {};
        --known_;
    }
    chairs_[seat].standing = Standing::known;
    ++known_;
    --new_;
}

Seat SenderTable::longest_idle(Standing standing) const noexcept {
    Seat best = crowd;
    for (Seat seat = crowd + 1; seat < seats; ++seat) {
        const Chair& chair = chairs_[seat];
        if (chair.standing != standing || chair.held > 0) continue;
        if (best == crowd || chair.used < chairs_[best].used) best = seat;
    }
    return best;
}

}  // namespace realtime
