// A queue that serves its senders in turn: a sender with one thing in it waits for at most one turn of the others.
// Pure.
//
// Each slot of the SenderTable has a queue. A turn is one thing; a large one counts as several turns, so that a sender
// of large things does not starve those of small ones. Who had nothing waiting comes next, but every other turn belongs
// to those who wait: names can be invented without end. The shared slot gives its newest and its oldest thing by turns:
// what comes behind a burst of invented names does not wait for all of it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "agent/realtime/core/sender_table.hpp"

namespace realtime {

/// `T` is movable. What was taken out keeps its slot until leave(), since it may come back.
template <class T>
class FairQueue {
  public:
    /// A thing of more bytes than that counts as several turns, at most `most_turns`.
    static constexpr std::size_t turn_bytes = std::size_t{64} << 10;
    static constexpr std::uint64_t most_turns = 32;

    /// A slot for a thing of that sender; put_back() puts it there.
    Slot enter(SenderId who) {
        const Slot slot = table_.enter(who);
        Line& line = lines_[slot];
        if (slot != SenderTable::shared && line.owner != who) {
            line.owner = who;
            line.due = 0;
            chosen_ = none;
        }
        return slot;
    }
    /// A thing of that slot is gone for good.
    void leave(Slot slot) noexcept { table_.leave(slot); }

    void put_back(Slot slot, T thing) {
        begin_waiting(slot);
        lines_[slot].things.push_back(std::move(thing));
        ++size_;
    }
    /// Before the others of its slot.
    void put_front(Slot slot, T thing) {
        begin_waiting(slot);
        lines_[slot].things.push_front(std::move(thing));
        ++size_;
    }

    /// Whose turn it is, or null. Valid until the queue is changed.
    const T* next() const noexcept {
        if (size_ == 0) return nullptr;
        const Line& line = lines_[whose_turn()];
        return from_the_end(line) ? &line.things.back() : &line.things.front();
    }
    T* next() noexcept { return const_cast<T*>(std::as_const(*this).next()); }

    /// Takes out what next() names; there must be something. `bytes` is its size.
    T take(std::size_t bytes) {
        const Slot slot = whose_turn();
        chosen_ = none;
        Line& line = lines_[slot];
        const bool last = from_the_end(line);
        T thing = std::move(last ? line.things.back() : line.things.front());
        if (last) {
            line.things.pop_back();
        } else {
            line.things.pop_front();
        }
        if (slot == SenderTable::shared) shared_newest_ = !shared_newest_;
        --size_;
        now_ = std::max(now_, line.due);
        line.due += 1 + std::min<std::uint64_t>(bytes / turn_bytes, most_turns - 1);
        line.served = ++turns_;
        new_had_turn_ = std::exchange(line.is_new, false);
        return thing;
    }

    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }
    const SenderTable& senders() const noexcept { return table_; }

    /// The first thing for which `wanted(const T&)` holds, slot by slot, or null.
    template <class Wanted>
    const T* find(Wanted&& wanted) const {
        for (const Line& line : lines_) {
            const auto found = std::find_if(line.things.begin(), line.things.end(), wanted);
            if (found != line.things.end()) return &*found;
        }
        return nullptr;
    }

    /// Takes out all for which `wanted(T&)` holds. Their slots stay entered.
    template <class Wanted>
    void remove_if(Wanted&& wanted) {
        for (Line& line : lines_) size_ -= std::erase_if(line.things, wanted);
        chosen_ = none;
    }

    /// Takes out one for which `wanted(const T&)` holds, of the slot with the most things where several have one.
    template <class Wanted>
    std::optional<T> take_of_longest(Wanted&& wanted) {
        Line* longest = nullptr;
        typename std::deque<T>::iterator place;
        for (Line& line : lines_) {
            if (longest != nullptr && line.things.size() <= longest->things.size()) continue;
            const auto found = std::find_if(line.things.begin(), line.things.end(), wanted);
            if (found == line.things.end()) continue;
            longest = &line;
            place = found;
        }
        if (longest == nullptr) return std::nullopt;
        std::optional<T> thing{std::move(*place)};
        longest->things.erase(place);
        --size_;
        chosen_ = none;
        return thing;
    }

    void clear() { *this = FairQueue{}; }

  private:
    struct Line {
        std::deque<T> things;
        SenderId owner = 0;
        std::uint64_t due = 0;     // the turn at which the first thing is due; where none waits, the next one
        std::uint64_t served = 0;  // which of all turns was its last
        std::uint64_t began = 0;   // to wait, in counts of those who began
        bool is_new = false;       // had nothing waiting, and has not been served since
    };

    void begin_waiting(Slot slot) {
        Line& line = lines_[slot];
        if (!line.things.empty()) return;
        line.is_new = slot != SenderTable::shared && line.due <= now_;
        line.due = std::max(line.due, now_);
        line.began = ++begun_;
        chosen_ = none;
    }

    bool from_the_end(const Line& line) const noexcept {
        return &line == &lines_[SenderTable::shared] && shared_newest_;
    }

    /// The slot whose turn it is; something waits. It is asked for several times for each thing that is taken.
    Slot whose_turn() const noexcept {
        if (chosen_ == none) chosen_ = choose();
        return chosen_;
    }

    Slot choose() const noexcept {
        const Line* fresh = nullptr;
        const Line* waiting = nullptr;
        for (const Line& line : lines_) {
            if (line.things.empty()) continue;
            if (line.is_new) {
                if (fresh == nullptr || line.began < fresh->began) fresh = &line;
            } else if (waiting == nullptr ||
                       std::pair{line.due, line.served} < std::pair{waiting->due, waiting->served}) {
                waiting = &line;
            }
        }
        const bool waits_longer = waiting != nullptr && new_had_turn_ && waiting->served != turns_;
        const bool to_the_new = fresh != nullptr && !waits_longer;
        return static_cast<Slot>((to_the_new ? fresh : waiting) - lines_.data());
    }

    static constexpr Slot none = SenderTable::slots;

    SenderTable table_;
    std::array<Line, SenderTable::slots> lines_{};
    mutable Slot chosen_ = none;  // what choose() said; none: what it looks at has changed since
    std::size_t size_ = 0;
    std::uint64_t now_ = 0;  // the latest turn that was due when it was served
    std::uint64_t turns_ = 0;
    std::uint64_t begun_ = 0;
    bool new_had_turn_ = false;
    bool shared_newest_ = false;
};

}  // namespace realtime
