// The writing half of frame.hpp.
#include <charconv>

#include "agent/realtime/core/frame.hpp"
#include "platform/json/core/slice.hpp"

namespace realtime {

namespace {

constexpr std::size_t digits_max = 20;
constexpr std::size_t one_byte_length_max = 255;

/// The decimal text of a number, in memory that it owns.
struct Digits {
    explicit Digits(std::uint64_t number) noexcept {
        size = static_cast<std::size_t>(std::to_chars(text, text + digits_max, number).ptr - text);
    }
    std::string_view view() const noexcept { return {text, size}; }
    char text[digits_max];
    std::size_t size;
};

void append_ref(std::string& out, Ref ref) {
    if (ref == no_ref) {
        out += "null";
        return;
    }
    out += '"';
    out += Digits{ref}.view();
    out += '"';
}

/// Everything up to the payload.
void append_text_head(std::string& out, Vsn vsn, const Push& push, std::string_view event) {
    if (vsn == Vsn::v2) {
        out += '[';
        append_ref(out, push.join_ref);
        out += ',';
        append_ref(out, push.ref);
        out += ',';
        platform::append_quoted(out, push.topic);
        out += ',';
        platform::append_quoted(out, event);
        out += ',';
        return;
    }
    out += R"({"topic":)";
    platform::append_quoted(out, push.topic);
    out += R"(,"event":)";
    platform::append_quoted(out, event);
    out += R"(,"ref":)";
    append_ref(out, push.ref);
    out += R"(,"join_ref":)";
    append_ref(out, push.join_ref);
    out += R"(,"payload":)";
}

void append_flag(std::string& out, std::string_view name, bool value) {
    out += name;
    out += value ? "true" : "false";
}

char length_byte(std::size_t size) noexcept {
    return static_cast<char>(static_cast<unsigned char>(size));
}

}  // namespace

void append_push(std::string& out, Vsn vsn, const Push& push, std::string_view payload) {
    append_text_head(out, vsn, push, push.event);
    out += payload;
    out += vsn == Vsn::v2 ? ']' : '}';
}

BroadcastFrame append_broadcast_head(std::string& out, Vsn vsn, const Push& push) {
    if (vsn == Vsn::v2 && push.topic.size() <= one_byte_length_max && push.event.size() <= one_byte_length_max) {
        const Digits join_ref{push.join_ref};
        const Digits ref{push.ref};
        constexpr char user_broadcast_push = 3;
        const char encoding = push.raw ? 0 : 1;
        const char header[] = {user_broadcast_push,
                               length_byte(join_ref.size),
                               length_byte(ref.size),
                               length_byte(push.topic.size()),
                               length_byte(push.event.size()),
                               0,  // no metadata
                               encoding};
        out.append(header, sizeof header);
        out += join_ref.view();
        out += ref.view();
        out += push.topic;
        out += push.event;
        return {true, {}};
    }
    append_text_head(out, vsn, push, "broadcast");
    out += R"({"type":"broadcast","event":)";
    platform::append_quoted(out, push.event);
    out += R"(,"payload":)";
    return {false, vsn == Vsn::v2 ? std::string_view{"}]"} : std::string_view{"}}"}};
}

void append_join_payload(std::string& out, const JoinConfig& config, std::string_view token) {
    append_flag(out, R"({"config":{"broadcast":{"ack":)", config.ack);
    append_flag(out, R"(,"self":)", config.self);
    if (config.replay_since_ms >= 0) {  // never as null: a public join would fail on it
        out += R"(,"replay":{"since":)" + std::to_string(config.replay_since_ms) + R"(,"limit":)" +
               std::to_string(config.replay_limit) + '}';
    }
    append_flag(out, R"(},"presence":{"enabled":)", config.presence);
    out += R"(,"key":)";
    platform::append_quoted(out, config.presence_key);
    out += R"(},"postgres_changes":)";
    out += config.postgres_changes;
    append_flag(out, R"(,"private":)", config.private_channel);
    out += '}';
    if (!token.empty()) {
        out += R"(,"access_token":)";
        platform::append_quoted(out, token);
    }
    out += '}';
}

void append_token_payload(std::string& out, std::string_view token) {
    out += R"({"access_token":)";
    platform::append_quoted(out, token);
    out += '}';
}

}  // namespace realtime
