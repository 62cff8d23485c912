#include "agent/realtime/core/frame.hpp"

#include "platform/json/core/slice.hpp"

namespace realtime {

using platform::JsonKind;

namespace {

// A command may be too deep to be carried out, but it must be read to be answered: its frame may be deeper than it.
constexpr std::size_t frame_depth = platform::max_json_depth_limit;

/// null and absent are no_ref; anything but a plain decimal number (as a string or bare) is foreign.
Ref read_ref(std::string_view value) noexcept {
    if (platform::json_kind(value) == JsonKind::null || value.empty()) return no_ref;
    if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
    std::uint64_t number = 0;
    if (!platform::read_unsigned(value, number) || number == no_ref) return foreign_ref;
    return number;
}

FrameKind kind_of(std::string_view event) noexcept {
    if (event == "phx_reply") return FrameKind::reply;
    if (event == "broadcast") return FrameKind::broadcast;
    if (event == "system") return FrameKind::system;
    if (event == "presence_diff") return FrameKind::presence_diff;
    if (event == "presence_state") return FrameKind::presence_state;
    if (event == "phx_close") return FrameKind::close;
    if (event == "phx_error") return FrameKind::error;
    if (event == "postgres_changes") return FrameKind::postgres_changes;
    return FrameKind::other;
}

bool is_object(std::string_view value) noexcept {
    return platform::json_kind(value) == JsonKind::object;
}
bool is_string(std::string_view value) noexcept {
    return platform::json_kind(value) == JsonKind::string;
}

}  // namespace

std::string_view to_string(Unreadable why) noexcept {
    switch (why) {
        case Unreadable::none:
            return "readable";
        case Unreadable::not_json:
            return "not JSON";
        case Unreadable::wrong_shape:
            return "not a message of the protocol";
        case Unreadable::truncated:
            return "a truncated binary header";
        case Unreadable::kind:
            return "a binary kind that is not used";
    }
    return "?";
}

Unreadable Decoder::decode(std::string_view data, bool binary, Frame& frame) {
    frame = Frame{};
    if (binary) return vsn_ == Vsn::v2 ? decode_binary(data, frame) : Unreadable::kind;
    return vsn_ == Vsn::v2 ? decode_array(data, frame) : decode_object(data, frame);
}

Unreadable Decoder::decode_array(std::string_view text, Frame& frame) {
    constexpr std::size_t positions = 5;
    std::string_view parts[positions];
    std::size_t count = 0;
    const auto take = [&](std::string_view value) {
        if (count < positions) parts[count] = value;
        ++count;
        return true;
    };
    const auto verdict = platform::for_each_element(text, take, frame_depth);
    if (verdict.fault == platform::JsonFault::not_an_array) return Unreadable::wrong_shape;
    if (!verdict.ok()) return Unreadable::not_json;
    // More than five are read as five, as the server does.
    if (count < positions || !is_string(parts[2]) || !is_string(parts[3])) return Unreadable::wrong_shape;
    frame.join_ref = read_ref(parts[0]);
    frame.ref = read_ref(parts[1]);
    frame.topic = platform::unescape(parts[2], topic_);
    frame.payload = parts[4];
    return read_event(platform::unescape(parts[3], event_), frame);
}

Unreadable Decoder::decode_object(std::string_view text, Frame& frame) {
    std::string_view topic;
    std::string_view event;
    std::string_view ref;
    std::string_view join_ref;
    const auto take = [&](std::string_view key, std::string_view value) {
        if (key == "topic")
            topic = value;
        else if (key == "event")
            event = value;
        else if (key == "payload")
            frame.payload = value;
        else if (key == "ref")
            ref = value;
        else if (key == "join_ref")
            join_ref = value;
        return true;
    };
    const auto verdict = platform::for_each_member(text, take, frame_depth);
    if (verdict.fault == platform::JsonFault::not_an_object) return Unreadable::wrong_shape;
    if (!verdict.ok()) return Unreadable::not_json;
    if (!is_string(topic) || !is_string(event)) return Unreadable::wrong_shape;
    frame.join_ref = read_ref(join_ref);
    frame.ref = read_ref(ref);
    frame.topic = platform::unescape(topic, topic_);
    return read_event(platform::unescape(event, event_), frame);
}

Unreadable Decoder::decode_binary(std::string_view data, Frame& frame) {
    constexpr std::size_t header = 5;
    constexpr char user_broadcast = 4;
    if (data.empty()) return Unreadable::truncated;
    if (data[0] != user_broadcast) return Unreadable::kind;
    if (data.size() < header) return Unreadable::truncated;
    const auto length = [&data](std::size_t at) { return std::size_t{static_cast<unsigned char>(data[at])}; };
    const std::size_t topic = length(1);
    const std::size_t event = length(2);
    const std::size_t meta = length(3);
    if (data.size() < header + topic + event + meta) return Unreadable::truncated;
    frame.kind = FrameKind::broadcast;
    frame.topic = data.substr(header, topic);
    frame.event = data.substr(header + topic, event);
    frame.raw = data[4] == 0;
    if (meta != 0) read_meta(data.substr(header + topic + event, meta), frame);
    frame.payload = data.substr(header + topic + event + meta);
    return Unreadable::none;
}

Unreadable Decoder::read_event(std::string_view event, Frame& frame) {
    frame.kind = kind_of(event);
    frame.event = event;
    switch (frame.kind) {
        case FrameKind::broadcast:
            return read_broadcast(frame);
        case FrameKind::reply:
            return read_reply(frame);
        case FrameKind::system:
            return read_system(frame);
        case FrameKind::error: {
            const auto take = [&](std::string_view key, std::string_view value) {
                if (key == "reason") frame.text = platform::unescape(value, text_);
                return true;
            };
            if (is_object(frame.payload)) platform::for_each_member(frame.payload, take);
            return Unreadable::none;
        }
        default:
            return Unreadable::none;
    }
}

/// {"type", "event", "payload", "meta"?}; the server forwards what it got, so anything may be missing or be something
/// else. A message without a name looks like any other: skipped.
Unreadable Decoder::read_broadcast(Frame& frame) {
    if (!is_object(frame.payload)) return Unreadable::wrong_shape;
    std::string_view name;
    std::string_view inner;
    std::string_view meta;
    const auto take = [&](std::string_view key, std::string_view value) {
        if (key == "event")
            name = value;
        else if (key == "payload")
            inner = value;
        else if (key == "meta")
            meta = value;
        return true;
    };
    platform::for_each_member(frame.payload, take, frame_depth);
    if (!is_string(name)) return Unreadable::wrong_shape;
    frame.event = platform::unescape(name, event_);
    frame.payload = inner;
    if (is_object(meta)) read_meta(meta, frame);
    return Unreadable::none;
}

/// {"status", "response"}; the response of an error is {"reason"}, {"error"}, or a bare string.
Unreadable Decoder::read_reply(Frame& frame) {
    if (!is_object(frame.payload)) return Unreadable::wrong_shape;
    std::string_view status;
    std::string_view response;
    const auto take = [&](std::string_view key, std::string_view value) {
        if (key == "status")
            status = value;
        else if (key == "response")
            response = value;
        return true;
    };
    platform::for_each_member(frame.payload, take);
    frame.ok = status == R"("ok")";
    frame.payload = response;
    if (frame.ok) return Unreadable::none;
    if (is_string(response)) {
        frame.text = platform::unescape(response, text_);
    } else if (is_object(response)) {
        const auto find = [&](std::string_view key, std::string_view value) {
            if ((key == "reason" || key == "error") && is_string(value)) frame.text = platform::unescape(value, text_);
            return true;
        };
        platform::for_each_member(response, find);
    }
    return Unreadable::none;
}

Unreadable Decoder::read_system(Frame& frame) {
    if (!is_object(frame.payload)) return Unreadable::wrong_shape;
    const auto take = [&](std::string_view key, std::string_view value) {
        if (key == "status")
            frame.ok = value == R"("ok")";
        else if (key == "message")
            frame.text = platform::unescape(value, text_);
        else if (key == "extension")
            frame.extension = platform::unescape(value, extension_);
        return true;
    };
    platform::for_each_member(frame.payload, take);
    return Unreadable::none;
}

void Decoder::read_meta(std::string_view meta, Frame& frame) {
    const auto take = [&](std::string_view key, std::string_view value) {
        if (key == "id" && is_string(value))
            frame.meta_id = platform::unescape(value, id_);
        else if (key == "replayed")
            frame.replayed = value == "true";
        return true;
    };
    if (!platform::for_each_member(meta, take).ok()) frame.meta_id = {};
}

}  // namespace realtime
