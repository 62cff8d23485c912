// How large the payload of one broadcast may be: as the owner has set it, and lowered by what the server refuses. The
// server says only that a message was too large, not what it would take; and one that exceeds its frame limit gets no
// answer at all. Pure. Sizes are bytes.
#pragma once

#include <cstddef>

namespace realtime {

class PayloadLimit {
  public:
    /// The server cuts the connection at a frame beyond 5,000,000 bytes, mostly without a close frame that says so.
    static constexpr std::size_t giant = 4'900'000;
    /// Connections in a row that ended while a giant was on its way; then it is taken for the reason.
    static constexpr int losses_until_given_up = 2;

    explicit PayloadLimit(std::size_t set) noexcept : now_{set} {}

    std::size_t now() const noexcept { return now_; }
    bool admits(std::size_t size) const noexcept { return size <= now_; }

    /// The server refused a payload of that size: the limit is now the next smaller one that backends come with. False:
    /// it was that low already.
    bool lower(std::size_t refused) noexcept;

    /// The connection ended while payloads were on their way, the largest of that size. `told`: the server said that it
    /// was too large. Whether the size is taken for the reason.
    bool ended_by(std::size_t largest, bool told) noexcept;

  private:
    std::size_t now_;
    int losses_with_a_giant_ = 0;
};

}  // namespace realtime
