// The frames of RFC 6455 as a client sees them, without any I/O: bytes in, messages out, and messages into bytes.
//
// Ours and not a library's, because it is the hot path between the two sockets: a message that lies whole in the
// receive buffer is handed out without a copy, text is checked by simdjson, masking is part of the one copy on the way
// to the system, what came together is written together, and a message beyond the limit can be skipped instead of
// ending the connection.
//
// What that is worth, from `tests/bench/run`: the same bare forwarder with this codec (`own`) takes, of the CPU that it
// takes with Beast's stream (`floor`), 0.54 with 16 commands in flight and 0.32 with 256. With one in flight it is no
// gain (1.05), and for results of 1 MiB little (0.70 to 0.83). For those of 8 MiB it was a loss (1.35) while each
// buffer was new memory. The agent took 0.57 there in one run beside other load: it has the message handed over
// (keep()) and shares it (gathered.hpp), which the forwarder does not and which Beast's stream does not offer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "platform/byte_buffer.hpp"
#include "platform/core/shared_text.hpp"
#include "platform/spare_buffers.hpp"

namespace platform {

enum class Opcode : std::uint8_t {
    continuation = 0x0,
    text = 0x1,
    binary = 0x2,
    close = 0x8,
    ping = 0x9,
    pong = 0xA,
};

/// What the reader found.
enum class Found : std::uint8_t {
    nothing,       // more bytes are needed
    message,       // a whole one, or the head of one that was too long
    ping,          // `data` is its payload
    pong,          // likewise
    close,         // `code` and `data` (the reason)
    bad_frame,     // forbidden by RFC 6455: answer 1002
    invalid_utf8,  // a text message or a close reason was not UTF-8: answer 1007
};

/// `data` is valid until the next call of the reader. ByteBuffer::padding readable bytes lie behind a message's data.
struct FrameEvent {
    Found found = Found::nothing;
    std::string_view data = {};
    bool binary = false;
    std::uint64_t size = 0;  // of a message; greater than data.size() where it was skipped
    std::uint16_t code = 0;  // of a close frame: 1005 where it had none
};

/// Is shown a message that is beyond the limit, piece by piece, while it is skipped.
class SkippedMessage {
  public:
    virtual void begin(bool binary) = 0;
    virtual void add(std::string_view piece) = 0;

  protected:
    ~SkippedMessage() = default;
};

/// Takes a server's bytes apart. Bytes go where prepare() says, then commit(), then next() until it finds nothing.
class FrameReader {
  public:
    static constexpr std::size_t window_size = std::size_t{64} << 10;  // bytes read at a time
    static constexpr std::size_t kept_head = 4096;                     // bytes kept of a message that is too long
    static constexpr std::size_t read_at_most = std::size_t{1} << 20;  // bytes of a big message read at a time
    static constexpr std::size_t headroom = 512;                       // bytes in front of a message that is kept

    /// `skipped` hears of messages that are too long; may be null. `spares`: where large messages are put together.
    explicit FrameReader(std::size_t max_message, SkippedMessage* skipped = nullptr,
                         std::shared_ptr<SpareBuffers> spares = std::make_shared<SpareBuffers>());

    std::span<char> prepare();
    void commit(std::size_t count);
    FrameEvent next();
    /// Hands over the memory of the message that next() found last, where it is large.
    KeptMessage keep();

    /// What has arrived and is not taken apart yet, before the first frame: the handshake's answer. consume() removes
    /// it.
    std::string_view unread() const { return {window_.data() + begin_, end_ - begin_}; }
    void consume(std::size_t count) { begin_ += count; }

  private:
    struct Header {
        bool fin;
        Opcode opcode;
        std::size_t size;       // of the header itself
        std::uint64_t payload;  // bytes
    };
    enum class Parse : std::uint8_t { ok, more, bad };

    Parse parse_header(Header& header) const;
    bool is_allowed(const Header& header) const;
    FrameEvent take_control(const Header& header);
    FrameEvent take_close(std::string_view payload);
    FrameEvent begin_data(const Header& header);
    FrameEvent go_on();
    FrameEvent finish_message(std::string_view data);
    FrameEvent fail(Found why);
    std::size_t available() const { return end_ - begin_; }
    std::size_t head_of_skipped() const { return kept_head < max_message_ ? kept_head : max_message_; }
    void begin_skipping();
    void begin_message();
    void make_room(std::size_t bytes);
    std::string_view assembled() const { return message_.view().substr(headroom); }
    void give_memory_back();

    ByteBuffer window_;  // what was read; [begin_, end_) is not taken apart yet
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    ByteBuffer message_;  // behind the headroom: a message in several frames, or too big for the window
    std::size_t max_message_;
    SkippedMessage* skipped_;
    std::shared_ptr<SpareBuffers> spares_;  // shared with all of the loop

    bool in_message_ = false;        // a first frame came, the last one did not
    bool binary_ = false;            // of the message being read
    bool last_frame_ = false;        // the frame being read ends the message
    bool skipping_ = false;          // the message is beyond the limit
    bool assembled_ = false;         // message_ holds the message that was handed out last
    std::uint64_t remaining_ = 0;    // payload bytes of the frame being read that are still to come
    std::uint64_t total_ = 0;        // bytes of the message so far, skipped ones too
    Found failed_ = Found::nothing;  // for good
};

/// The four bytes a client's frame is masked with. All zero: no change.
using MaskKey = std::array<std::uint8_t, 4>;

/// The most bytes that a frame's header has.
inline constexpr std::size_t max_frame_header = 14;

/// Appends the header of one whole (fin) frame with a payload of that many bytes.
void append_frame_header(ByteBuffer& out, Opcode opcode, MaskKey key, std::size_t payload);
/// Appends a part of a frame's payload, masked. `offset`: of its first byte in the payload.
void append_masked(ByteBuffer& out, std::string_view part, MaskKey key, std::size_t offset);

/// Appends one whole (fin) frame whose payload is the parts one after another, masked on the way.
void append_frame(ByteBuffer& out, Opcode opcode, MaskKey key, std::span<const std::string_view> parts);

/// The payload of a close frame. The reason is cut to what a control frame holds, at a character's border.
std::string close_payload(std::uint16_t code, std::string_view reason);

}  // namespace platform
