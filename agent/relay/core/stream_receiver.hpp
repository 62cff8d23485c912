// The receiving half of a message stream: which broadcasts are taken, how parts become a message again, and what is
// acknowledged when. Pure: time is an argument, and it sends nothing itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/relay/core/stream_packet.hpp"
#include "platform/core/time_point.hpp"

namespace relay {

class StreamReceiver {
  public:
    struct Limits {
        std::size_t message = std::size_t{100} * 1024 * 1024;  // of one message that comes in parts, in bytes
        Duration ack_delay = std::chrono::seconds{1};          // of a bare acknowledgement
        Duration nack_again = std::chrono::seconds{1};         // between two that ask for the same number
    };

    /// Messages of one broadcast, in order: JSON text of an object each, in valid UTF-8. `whole` is what came in parts.
    struct Received {
        std::vector<std::string_view> messages;  // slices of the packet, or of `whole`
        std::unique_ptr<std::string> whole;
        std::string decoded;     // of a stream of bytes: what came in base64
        std::string_view raw;    // likewise: what came as bytes, a slice of the packet
        std::string_view wrong;  // the other side broke the rules: the stream is over

        /// Of a stream of bytes: what came, in place of messages.
        std::string_view bytes() const noexcept { return raw.empty() ? std::string_view{decoded} : raw; }
    };

    explicit StreamReceiver(Limits limits) noexcept : limits_{limits} {}

    /// Takes a broadcast with a `seq`. `bytes` is its size; `window` is how many bytes the other side sends without an
    /// acknowledgement. The packet's text and bytes outlive what is returned.
    Received take(const Packet& packet, std::size_t bytes, std::size_t window, TimePoint now);

    /// The channel was joined again: the other side is asked for what it has sent meanwhile.
    void ask_again() noexcept { nack_due_ = true; }

    /// A bare acknowledgement is due then at the latest, whether or not it says anything new.
    void ack_within(TimePoint when) noexcept;

    /// What an acknowledgement says now.
    std::uint64_t last_in_order() const noexcept { return last_; }

    /// A nack is due now, before anything else.
    bool wants_nack() const noexcept { return nack_due_; }
    /// A bare one that is due now. It counts as sent.
    enum class Bare : std::uint8_t { none, ack, nack };
    Bare take_due(TimePoint now);
    /// An acknowledgement goes with a broadcast that is sent anyway.
    void acknowledged() noexcept;
    /// A bare one that take_due() gave could not be sent.
    void give_back(Bare bare, TimePoint now) noexcept;

    /// When take_due() has one; TimePoint::max(): none until something comes.
    TimePoint due_at() const noexcept;

    /// Bytes held of a message whose parts are still coming.
    std::size_t bytes() const noexcept { return assembled_ ? assembled_->size() : 0; }

  private:
    void note_gap(TimePoint now);
    void take_list(const Packet& packet, Received& out);
    void take_part(const Packet& packet, Received& out);
    static bool take_bytes(const Packet& packet, Received& out);

    Limits limits_;
    std::uint64_t last_ = 0;          // received in order
    std::size_t unacknowledged_ = 0;  // bytes
    TimePoint ack_at_ = TimePoint::max();
    bool nack_due_ = false;
    std::uint64_t nacked_ = 0;  // the number that the last nack named
    TimePoint nacked_at_ = TimePoint::min();
    std::unique_ptr<std::string> assembled_;  // null: no message in parts is coming
    std::uint64_t parts_ = 0;                 // of that message
    std::uint64_t next_part_ = 0;
};

}  // namespace relay
