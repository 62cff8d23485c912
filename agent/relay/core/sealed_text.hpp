// What a sealed client and the agent agree on besides TLS (contract, "Sealed clients"): what their handshake is bound
// to, and how messages stand in the sealed bytes. Pure; both ends use it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/relay/core/client_text.hpp"
#include "agent/relay/core/stream_receiver.hpp"

namespace relay {

/// What the handshake of that client is bound to: the device, and everything that its Agent.open asks for. Who carries
/// the open can change none of it. `binary` alone is not in it: an end of an earlier release does not know that word,
/// and a controller cannot tell which release it speaks to. Who takes it out of the open or of the answer gets base64
/// in place of bytes; who puts it in has the server keep broadcasts from an end that cannot take them, as who carries
/// them can anyway. `open` is as read_open() gives it, on both sides; at most 255 bytes, as
/// platform::SealedConnection wants it.
std::string sealed_binding(std::string_view device_uuid, const OpenRequest& open);

/// Inside of the sealed bytes each message is followed by a zero byte, which no JSON text holds.
std::string frame_sealed(std::string_view message);

/// Puts messages together again.
class SealedFrames {
  public:
    explicit SealedFrames(std::size_t max_message) noexcept : max_message_{max_message} {}

    /// Takes plain bytes. Gives the messages that are whole now, each JSON text of an object in valid UTF-8: slices of
    /// `out.whole`.
    void take(std::string_view plain, StreamReceiver::Received& out);

    /// Bytes of a message that is not whole.
    std::size_t bytes() const noexcept { return partial_.size(); }

  private:
    std::size_t max_message_;
    std::string partial_;
};

}  // namespace relay
