#include "cdp/core/deadlines.hpp"

#include <utility>

namespace cdp {

void Deadlines::reset(std::size_t numbers) {
    heap_.clear();
    heap_.reserve(numbers);
    places_.assign(numbers, nowhere);
}

void Deadlines::add(std::size_t number, TimePoint deadline) {
    heap_.push_back({deadline, number});
    places_[number] = heap_.size() - 1;
    sift_up(heap_.size() - 1);
}

void Deadlines::remove(std::size_t number) {
    const std::size_t place = std::exchange(places_[number], nowhere);
    const Entry last = heap_.back();
    heap_.pop_back();
    if (last.number == number) return;
    put(place, last);
    sift_up(place);
    sift_down(places_[last.number]);
}

std::optional<TimePoint> Deadlines::next() const noexcept {
    if (heap_.empty()) return std::nullopt;
    return heap_.front().deadline;
}

void Deadlines::put(std::size_t place, const Entry& entry) noexcept {
    heap_[place] = entry;
    places_[entry.number] = place;
}

void Deadlines::sift_up(std::size_t place) noexcept {
    const Entry entry = heap_[place];
    while (place > 0) {
        const auto parent = (place - 1) / 2;
        if (entry.deadline >= heap_[parent].deadline) break;
        put(place, heap_[parent]);
        place = parent;
    }
    put(place, entry);
}

void Deadlines::sift_down(std::size_t place) noexcept {
    const Entry entry = heap_[place];
    for (;;) {
        auto child = 2 * place + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() && heap_[child + 1].deadline < heap_[child].deadline) ++child;
        if (heap_[child].deadline >= entry.deadline) break;
        put(place, heap_[child]);
        place = child;
    }
    put(place, entry);
}

}  // namespace cdp
