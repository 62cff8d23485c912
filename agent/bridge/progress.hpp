// How far a transfer between the two machines has come, for a person who waits for it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace bridge {

struct Transfer {
    enum class Kind : unsigned char { upload, download, result };
    Kind kind = Kind::result;
    std::string name = {};    // of the file; from outside
    std::uint64_t done = 0;   // bytes
    std::uint64_t total = 0;  // 0: not known
};

/// Called after each piece of a transfer. Nothing: it is over, well or not. May be empty.
using ShowTransfer = std::function<void(const std::optional<Transfer>&)>;

}  // namespace bridge
