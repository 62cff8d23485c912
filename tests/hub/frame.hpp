// Phoenix messages, both versions, as text and as bytes. Refs are kept as the JSON text that came: the server echoes
// it.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace hub {

using Json = nlohmann::json;
/// A whole WebSocket frame; the same one is queued to every receiver.
using Bytes = std::shared_ptr<const std::string>;

enum class Version : std::uint8_t { v1, v2 };

/// What a client sent.
struct Push {
    enum class Form : std::uint8_t {
        text,       ///< `payload` is the decoded fifth element (or the member of that name)
        user,       ///< kind 3: `event` is the user's event, `data` its payload
        raw_event,  ///< kind 0: `data` belongs to `event`
    };
    Form form = Form::text;
    std::string join_ref = "null", ref = "null";  ///< JSON texts
    std::string topic, event;
    Json payload;
    std::string_view data;      ///< into the frame
    bool json_encoding = true;  ///< of a kind-3 payload
};

/// None: the server logs such a frame and drops it.
std::optional<Push> decode_text(Version version, std::string_view text);
std::optional<Push> decode_binary(std::string_view bytes);

/// A JSON string literal; broken UTF-8 is replaced.
std::string json_string(std::string_view text);
/// Compact JSON text with sorted keys, as the server's encoder writes small maps.
std::string dump(const Json& value);

/// What the name of a room begins with where it is a topic.
inline constexpr std::string_view topic_prefix = "realtime:";
/// The text PostgreSQL stores for a jsonb value: shorter keys first, a space after colon and comma.
std::string jsonb_text(const Json& value);

/// One server message as a frame. join_ref, ref and payload are JSON texts.
struct Envelope {
    std::string_view join_ref = "null", ref = "null";
    std::string_view topic, event, payload;
};
Bytes encode(Version version, const Envelope& envelope);

/// A broadcast on its way to many receivers: encoded once for each form that somebody needs.
class Broadcast {
  public:
    enum class Form : std::uint8_t { text, user_json, user_raw, raw_event };

    /// topic with its prefix; `payload` is the outer JSON text (text) or the user's payload (else).
    Broadcast(Form form, std::string_view topic, std::string_view event, std::string_view payload,
              std::string_view meta = {})
        : form_(form), topic_(topic), event_(event), payload_(payload), meta_(meta) {}

    /// The outer payload is no JSON object: where a 2.0.0 receiver is in the room the sender's channel crashes over it.
    bool not_an_object = false;

    /// Null: such a receiver gets nothing.
    Bytes for_version(Version version);

    /// What a user sent.
    struct Content {
        std::string event;
        std::string payload;  ///< JSON text, or bytes
        bool raw = false;     ///< they are bytes
    };
    /// Nothing: it is no broadcast of a user's.
    std::optional<Content> content() const;

  private:
    Bytes text_of_user() const;
    Bytes binary() const;

    Form form_;
    std::string_view topic_, event_, payload_, meta_;
    Bytes v1_, v2_;
};

}  // namespace hub
