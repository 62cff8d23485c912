// Hash by text, for maps whose keys are strings.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace platform {

/// With std::equal_to<> beside it a lookup by a slice makes no string.
struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};

}  // namespace platform
