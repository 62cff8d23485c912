// How large the largest things are that the tests move. In CI they are of a size that a slow machine moves in a second;
// BMC_TEST_SIZES=full, which tests/full/sizes sets, asks for the full ones.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <string_view>

namespace support {

/// `full` where the full sizes are asked for, and `in_ci` elsewhere.
inline std::size_t sized(std::size_t full, std::size_t in_ci) {
    const char* const wish = std::getenv("BMC_TEST_SIZES");
    return wish != nullptr && std::string_view{wish} == "full" ? full : in_ci;
}

}  // namespace support
