#include "agent/relay/core/sender.hpp"

#include <algorithm>
#include <charconv>
#include <functional>

namespace relay {
namespace {

constexpr realtime::SenderId named = 1;
constexpr realtime::SenderId numbered = 2;

// Keeps "a" with session "b" from being taken for "ab" without one.
realtime::SenderId combine(realtime::SenderId first, std::string_view text) noexcept {
    constexpr realtime::SenderId odd = 0x9E3779B97F4A7C15U;
    return ((first + odd) * odd) ^ std::hash<std::string_view>{}(text);
}

std::string_view without_digits(std::string_view text) noexcept {
    return text.substr(0, text.find_last_not_of("0123456789") + 1);
}

}  // namespace

realtime::SenderId Senders::of(std::string_view id, std::string_view session) noexcept {
    if (id.size() >= 2 && id.front() == '"') id = id.substr(1, id.size() - 2);
    const std::string_view name = without_digits(id);
    if (!name.empty()) return combine(named, name);
    const realtime::SenderId place = combine(numbered, session);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
    return error == std::errc{} ? of_number(number, place) : place;
}

realtime::SenderId Senders::of_number(std::uint64_t number, realtime::SenderId session) noexcept {
    Count* nearest = nullptr;
    std::uint64_t least = gap + 1;
    for (Count& count : counts_) {
        if (count.name == 0 || count.session != session) continue;
        const std::uint64_t away = number > count.last ? number - count.last : count.last - number;
        if (away >= least) continue;
        least = away;
        nearest = &count;
    }
    ++calls_;
    if (nearest == nullptr) {
        nearest = std::min_element(counts_.begin(), counts_.end(),
                                   [](const Count& one, const Count& other) { return one.used < other.used; });
        *nearest = {.session = session, .name = session + calls_};
    }
    nearest->last = number;
    nearest->used = calls_;
    return nearest->name;
}

}  // namespace relay
