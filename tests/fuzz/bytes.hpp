// The bytes of an input as a sequence of small decisions, for targets that feed more than one text.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "expect.hpp"

namespace fuzz {

class Bytes {
  public:
    Bytes(const std::uint8_t* data, std::size_t size) : rest_{text_of(data, size)} {}

    bool empty() const { return rest_.empty(); }

    /// 0 where nothing is left.
    std::uint8_t byte() {
        if (rest_.empty()) return 0;
        const auto value = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }
    /// A number below `end`.
    std::size_t below(std::size_t end) { return byte() % end; }

    /// At most so many bytes of what is left.
    std::string_view take(std::size_t count) {
        const auto taken = rest_.substr(0, std::min(count, rest_.size()));
        rest_.remove_prefix(taken.size());
        return taken;
    }
    std::string_view rest() const { return rest_; }

    /// Up to the next byte of that value, which is skipped.
    std::string_view until(char end) {
        const auto at = std::min(rest_.find(end), rest_.size());
        const auto taken = rest_.substr(0, at);
        rest_.remove_prefix(std::min(at + 1, rest_.size()));
        return taken;
    }

  private:
    std::string_view rest_;
};

}  // namespace fuzz
