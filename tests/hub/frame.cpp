#include "tests/hub/frame.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "tests/hub/wire.hpp"

namespace hub {

namespace {

std::optional<Push> from_array(Json& message) {
    if (message.size() < 5 || !message[2].is_string() || !message[3].is_string()) return std::nullopt;
    Push push;
    push.join_ref = dump(message[0]);
    push.ref = dump(message[1]);
    push.topic = message[2].get<std::string>();
    push.event = message[3].get<std::string>();
    push.payload = std::move(message[4]);
    return push;
}

std::optional<Push> from_object(Json& message) {
    for (const auto* key : {"topic", "event", "payload", "ref"})
        if (!message.contains(key)) return std::nullopt;
    if (!message["topic"].is_string() || !message["event"].is_string()) return std::nullopt;
    Push push;
    if (message.contains("join_ref")) push.join_ref = dump(message["join_ref"]);
    push.ref = dump(message["ref"]);
    push.topic = message["topic"].get<std::string>();
    push.event = message["event"].get<std::string>();
    push.payload = std::move(message["payload"]);
    return push;
}

std::string ref_text(std::string_view ref) {
    return ref.empty() ? "null" : json_string(ref);
}

/// Cuts strings of known lengths off the front.
class Cutter {
  public:
    explicit Cutter(std::string_view bytes) : rest_(bytes) {}
    std::string_view cut(std::size_t length) {
        ok_ = ok_ && length <= rest_.size();
        if (!ok_) return {};
        const auto part = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return part;
    }
    std::string_view rest() const { return rest_; }
    bool ok() const { return ok_; }

  private:
    std::string_view rest_;
    bool ok_ = true;
};

char length_byte(std::string_view text) {
    return static_cast<char>(text.size());
}

}  // namespace

std::string dump(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string json_string(std::string_view text) {
    return dump(Json(text));
}

std::string jsonb_text(const Json& value) {
    if (value.is_array()) {
        std::string out = "[";
        for (const auto& item : value) out += (out.size() > 1 ? ", " : "") + jsonb_text(item);
        return out + "]";
    }
    if (!value.is_object()) return dump(value);
    std::vector<std::string> keys;
    for (const auto& [key, member] : value.items()) keys.push_back(key);
    std::stable_sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
    std::string out = "{";
    for (const auto& key : keys) out += (out.size() > 1 ? ", " : "") + json_string(key) + ": " + jsonb_text(value[key]);
    return out + "}";
}

std::optional<Push> decode_text(Version version, std::string_view text) {
    auto message = Json::parse(text, nullptr, false);
    if (version == Version::v2) return message.is_array() ? from_array(message) : std::nullopt;
    return message.is_object() ? from_object(message) : std::nullopt;
}

std::optional<Push> decode_binary(std::string_view bytes) {
    if (bytes.empty()) return std::nullopt;
    const auto kind = bytes[0];
    const std::size_t header = kind == 3 ? 7 : 5;
    if ((kind != 0 && kind != 3) || bytes.size() < header) return std::nullopt;
    const auto length = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at])); };
    Cutter cutter{bytes.substr(header)};
    Push push;
    push.join_ref = ref_text(cutter.cut(length(1)));
    push.ref = ref_text(cutter.cut(length(2)));
    push.topic = cutter.cut(length(3));
    push.event = cutter.cut(length(4));
    push.form = kind == 3 ? Push::Form::user : Push::Form::raw_event;
    if (kind == 3) {
        const auto metadata = cutter.cut(length(5));
        if (!metadata.empty() && !Json::accept(metadata)) return std::nullopt;
        push.json_encoding = bytes[6] != 0;
    }
    push.data = cutter.rest();
    if (!cutter.ok()) return std::nullopt;
    return push;
}

Bytes encode(Version version, const Envelope& e) {
    const auto topic = json_string(e.topic), event = json_string(e.event);
    using wire::Opcode;
    if (version == Version::v2)
        return std::make_shared<const std::string>(
            wire::frame(Opcode::text, {"[", e.join_ref, ",", e.ref, ",", topic, ",", event, ",", e.payload, "]"}));
    return std::make_shared<const std::string>(
        wire::frame(Opcode::text,
                    {"{\"ref\":", e.ref, ",\"payload\":", e.payload, ",\"event\":", event, ",\"topic\":", topic, "}"}));
}

Bytes Broadcast::text_of_user() const {
    const auto topic = json_string(topic_), event = json_string(event_);
    if (form_ == Form::raw_event)
        return std::make_shared<const std::string>(wire::frame(
            wire::Opcode::text, {"{\"ref\":null,\"payload\":%{error: \"unable to parse response\"},\"event\":", event,
                                 ",\"topic\":", topic, "}"}));
    const std::string meta = meta_.empty() ? "" : ",\"meta\":" + std::string{meta_};
    return std::make_shared<const std::string>(wire::frame(
        wire::Opcode::text, {"{\"ref\":null,\"payload\":{\"event\":", event, meta, ",\"payload\":", payload_,
                             ",\"type\":\"broadcast\"},\"event\":\"broadcast\",\"topic\":", topic, "}"}));
}

Bytes Broadcast::binary() const {
    if (form_ == Form::raw_event) {
        const std::array<char, 3> head{2, length_byte(topic_), length_byte(event_)};
        return std::make_shared<const std::string>(
            wire::frame(wire::Opcode::binary, {{head.data(), head.size()}, topic_, event_, payload_}));
    }
    const std::array<char, 5> head{4, length_byte(topic_), length_byte(event_), length_byte(meta_),
                                   static_cast<char>(form_ == Form::user_json ? 1 : 0)};
    return std::make_shared<const std::string>(
        wire::frame(wire::Opcode::binary, {{head.data(), head.size()}, topic_, event_, meta_, payload_}));
}

Bytes Broadcast::for_version(Version version) {
    auto& kept = version == Version::v1 ? v1_ : v2_;
    if (kept) return kept;
    constexpr std::size_t byte_limit = 255;
    if (form_ == Form::text)
        kept = encode(version, {.topic = topic_, .event = event_, .payload = payload_});
    else if (version == Version::v2)
        kept = topic_.size() > byte_limit || event_.size() > byte_limit ? nullptr : binary();
    else if (form_ != Form::user_raw)
        kept = text_of_user();
    return kept;
}

std::optional<Broadcast::Content> Broadcast::content() const {
    if (form_ == Form::user_json) return Content{std::string{event_}, std::string{payload_}};
    if (form_ == Form::user_raw) return Content{std::string{event_}, std::string{payload_}, true};
    if (form_ != Form::text || event_ != "broadcast") return std::nullopt;
    const auto outer = Json::parse(payload_, nullptr, false);
    const bool whole = outer.is_object() && outer.value("event", Json()).is_string() && outer.contains("payload");
    if (!whole) return std::nullopt;
    return Content{outer["event"].get<std::string>(), dump(outer["payload"])};
}

}  // namespace hub
