// In which order commands miss their deadlines: the next one is found at once, and any can be taken out. Plain data.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "platform/core/time_point.hpp"

namespace cdp {

/// Adding and removing take logarithmic time and, once warm, no memory.
class Deadlines {
  public:
    /// Commands have numbers below it; those that are there are forgotten.
    void reset(std::size_t numbers);

    /// The command of that number has none yet.
    void add(std::size_t number, TimePoint deadline);
    /// It has one.
    void remove(std::size_t number);
    bool has(std::size_t number) const noexcept { return places_[number] != nowhere; }

    std::size_t size() const noexcept { return heap_.size(); }
    /// The earliest.
    std::optional<TimePoint> next() const noexcept;
    /// Whose that is; not if there is none.
    std::size_t next_number() const noexcept { return heap_.front().number; }

    /// Whether the wish holds for one of those that have one; it is asked in no order, and of no more than needed.
    template <class Wish>
    bool any(Wish wish) const {
        return std::any_of(heap_.begin(), heap_.end(), [&](const Entry& entry) { return wish(entry.number); });
    }
    template <class Wish>
    std::size_t count(Wish wish) const {
        const auto fits = [&](const Entry& entry) { return wish(entry.number); };
        return static_cast<std::size_t>(std::count_if(heap_.begin(), heap_.end(), fits));
    }

  private:
    static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
    struct Entry {
        TimePoint deadline;
        std::size_t number;
    };

    void put(std::size_t place, const Entry& entry) noexcept;
    void sift_up(std::size_t place) noexcept;
    void sift_down(std::size_t place) noexcept;

    std::vector<Entry> heap_;          // binary, the earliest first
    std::vector<std::size_t> places_;  // by number: where in the heap
};

}  // namespace cdp
