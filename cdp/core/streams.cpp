#include "cdp/core/streams.hpp"

#include <algorithm>
#include <utility>

namespace cdp {

void StreamTable::remove(std::size_t index) {
    bytes_ -= entries_[index].size;
    gone_.push_back(entries_[index].key);
    entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(index));
}

std::optional<StreamKey> StreamTable::add(std::string handle, std::size_t size, TimePoint now) {
    expire(now);
    if (size > limits_.bytes || limits_.count == 0) return std::nullopt;
    // Who may go, the longest untouched first: find out whether that makes room before anyone goes.
    std::vector<const StreamEntry*> idle;
    for (const StreamEntry& entry : entries_) {
        if (now - entry.touched >= limits_.evict_after) idle.push_back(&entry);
    }
    std::sort(idle.begin(), idle.end(), [](auto* a, auto* b) { return a->touched < b->touched; });
    std::size_t bytes = bytes_;
    std::size_t count = entries_.size();
    std::vector<StreamKey> victims;
    for (const StreamEntry* entry : idle) {
        if (bytes + size <= limits_.bytes && count < limits_.count) break;
        bytes -= entry->size;
        --count;
        victims.push_back(entry->key);
    }
    if (bytes + size > limits_.bytes || count >= limits_.count) return std::nullopt;
    for (const StreamKey victim : victims) {
        const auto at = std::find_if(entries_.begin(), entries_.end(), [&](auto& one) { return one.key == victim; });
        remove(static_cast<std::size_t>(at - entries_.begin()));
    }
    entries_.push_back({++last_key_, std::move(handle), size, 0, now});
    bytes_ += size;
    return last_key_;
}

StreamEntry* StreamTable::find(std::string_view handle) noexcept {
    for (StreamEntry& entry : entries_) {
        if (entry.handle == handle) return &entry;
    }
    return nullptr;
}

bool StreamTable::close(std::string_view handle) {
    const StreamEntry* const entry = find(handle);
    if (entry == nullptr) return false;
    remove(static_cast<std::size_t>(entry - entries_.data()));
    return true;
}

void StreamTable::expire(TimePoint now) {
    for (std::size_t i = entries_.size(); i-- > 0;) {
        if (now - entries_[i].touched >= limits_.idle_limit) remove(i);
    }
}

std::optional<TimePoint> StreamTable::next_expiry() const noexcept {
    std::optional<TimePoint> first;
    for (const StreamEntry& entry : entries_) {
        const TimePoint end = entry.touched + limits_.idle_limit;
        if (!first || end < *first) first = end;
    }
    return first;
}

std::vector<StreamKey> StreamTable::take_gone() {
    return std::exchange(gone_, {});
}

}  // namespace cdp
