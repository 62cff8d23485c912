// Names of an enum's values, in one table each.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

namespace platform {

/// The name of a value; empty: the table does not have it.
template <class E, std::size_t count>
constexpr std::string_view name_in(const std::pair<std::string_view, E> (&names)[count], E value) noexcept {
    for (const auto& [name, one] : names) {
        if (one == value) return name;
    }
    return {};
}

}  // namespace platform
