// Frames of the Realtime socket: what one says (Decoder), and how one is written. Both serializers: vsn 2.0.0 (text
// arrays, binary kinds 3 and 4; kinds 0 to 2 are skipped) and vsn 1.0.0 (text objects). Pure; no JSON tree.
// Source: Supabase Realtime's v2_serializer, Phoenix's v1_json_serializer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace realtime {

/// The serializer asked for at the upgrade (`vsn`).
enum class Vsn : std::uint8_t {
    v1,  // "1.0.0"
    v2,  // "2.0.0"
};

/// A ref or join_ref. Ours are decimal numbers from 1 on.
using Ref = std::uint64_t;
inline constexpr Ref no_ref = 0;             // null, or absent
inline constexpr Ref foreign_ref = ~Ref{0};  // something that we never sent

inline constexpr std::string_view topic_prefix = "realtime:";
inline constexpr std::string_view heartbeat_topic = "phoenix";

enum class FrameKind : std::uint8_t {
    reply,      // phx_reply
    close,      // phx_close: the channel ended
    error,      // phx_error: the channel crashed
    broadcast,  // text or binary
    system,     // word about the channel, or about the whole tenant
    presence_state,
    presence_diff,
    postgres_changes,
    other,  // an event that is not known: counted
};

/// One readable frame. The views are slices of the received bytes or of the Decoder's scratch: valid until the next
/// decode() or read.
struct Frame {
    FrameKind kind = FrameKind::other;
    Ref join_ref = no_ref;
    Ref ref = no_ref;
    std::string_view topic;      // as on the wire
    std::string_view event;      // of a broadcast: its own name
    std::string_view payload;    // JSON text; of a broadcast: the inner payload, unchecked when binary; empty for none
    bool ok = false;             // reply, system: status was "ok"
    bool raw = false;            // broadcast: the sender declared bytes, not JSON
    bool replayed = false;       // broadcast: meta.replayed
    std::string_view meta_id;    // broadcast: meta.id
    std::string_view text;       // reply: the error's words; system: the message
    std::string_view extension;  // system
    /// Bytes of the message where it was beyond Settings::read_limit, else 0. Its members are read from its outline
    /// then.
    std::uint64_t overlong = 0;
};

/// Why a frame was skipped.
enum class Unreadable : std::uint8_t {
    none,         // it was read
    not_json,     // broken text
    wrong_shape,  // JSON, and not a message
    truncated,    // a binary header that promises more than there is
    kind,         // a binary kind that is skipped (0, 1, 2) or unknown
};

std::string_view to_string(Unreadable why) noexcept;

class Decoder {
  public:
    explicit Decoder(Vsn vsn) noexcept : vsn_{vsn} {}

    /// Reads one message. Anything may come in: what cannot be read is said, never thrown.
    Unreadable decode(std::string_view data, bool binary, Frame& frame);

  private:
    Unreadable decode_array(std::string_view text, Frame& frame);
    Unreadable decode_object(std::string_view text, Frame& frame);
    Unreadable decode_binary(std::string_view data, Frame& frame);
    Unreadable read_event(std::string_view event, Frame& frame);
    Unreadable read_broadcast(Frame& frame);
    Unreadable read_reply(Frame& frame);
    Unreadable read_system(Frame& frame);
    void read_meta(std::string_view meta, Frame& frame);

    Vsn vsn_;
    // One scratch a field that may need unescaping; grows once and stays.
    std::string topic_;
    std::string event_;
    std::string text_;
    std::string id_;
    std::string extension_;
};

/// Addresses a message towards the server.
struct Push {
    Ref join_ref = no_ref;
    Ref ref = no_ref;
    std::string_view topic;  // as on the wire
    std::string_view event;
    bool raw = false;  // of a broadcast: its payload is bytes, not JSON text
};

/// Appends a whole text message; `payload` is the text of a JSON object.
void append_push(std::string& out, Vsn vsn, const Push& push, std::string_view payload);

/// A broadcast in three parts, so that the payload is written from where it lies: head, payload, tail.
struct BroadcastFrame {
    bool binary = false;
    std::string_view tail;  // static text
};

/// Appends the head of a broadcast; `push.event` is the broadcast's own name. Kind 3 in vsn 2.0.0 where the names fit
/// into its one-byte lengths, else text. One that is raw has no other form than kind 3: the caller sees to both.
BroadcastFrame append_broadcast_head(std::string& out, Vsn vsn, const Push& push);

/// What a join asks for.
struct JoinConfig {
    bool private_channel = true;
    bool ack = true;
    bool self = false;
    bool presence = false;  // presence_state and presence_diff wanted
    std::string presence_key = {};
    std::string postgres_changes = "[]";  // JSON text of an array
    std::int64_t replay_since_ms = -1;    // Unix time; negative: no replay asked for
    int replay_limit = 25;
};

/// The payload of phx_join.
void append_join_payload(std::string& out, const JoinConfig& config, std::string_view token);

/// The payload of access_token.
void append_token_payload(std::string& out, std::string_view token);

}  // namespace realtime
