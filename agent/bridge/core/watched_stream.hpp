// One direction of a client's message stream as a bystander hears it: each message once. The two ends of the stream
// are others, so nothing is acknowledged here, and what was missed cannot be asked for again. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/relay/core/stream_packet.hpp"

namespace bridge {

class WatchedStream {
  public:
    /// Bytes that are kept of a message in parts. Beyond it the message is counted, and not read.
    static constexpr std::size_t most_message = std::size_t{32} << 20;
    /// Numbers that are remembered as missing, because a greater one came first. A sender's window is far smaller.
    static constexpr std::size_t most_missing = 1024;

    struct Heard {
        std::vector<std::string_view> messages;  // slices of the packet, or of `whole`
        std::unique_ptr<std::string> whole;      // what came in parts
        bool half = false;           // a part came whose message began before, or with a part that is missing
        std::uint64_t too_long = 0;  // bytes of a message beyond most_message, at its last part
    };
    /// The packet's text outlives what is returned. A number that was taken before gives nothing.
    Heard take(const relay::Packet& packet);

    /// Broadcasts may have been missed: drops the message whose parts were coming.
    void interrupt() noexcept;

    /// Bytes held of a message whose parts are still coming.
    std::size_t bytes() const noexcept { return kept_ ? kept_->size() : 0; }

  private:
    bool is_new(std::uint64_t seq);
    void take_part(const relay::Packet& packet, Heard& heard);
    void begin(const relay::Packet& packet);

    std::uint64_t last_ = 0;           // the greatest number so far; 0: none came yet
    std::set<std::uint64_t> missing_;  // below it
    std::unique_ptr<std::string> kept_;
    std::uint64_t next_part_ = 0;  // 0: no message in parts is being put together
    std::uint64_t parts_ = 0;
    std::uint64_t next_seq_ = 0;
    std::uint64_t size_ = 0;  // bytes of the message so far
};

}  // namespace bridge
