#include "agent/relay/agent_domain.hpp"

#include "agent/relay/core/members.hpp"
#include "platform/json/core/slice.hpp"

namespace relay {
namespace {

std::uint64_t millis(Duration duration) {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

void append_drivers(std::string& out, const std::vector<std::string>& drivers) {
    out += R"(,"drivers":[)";
    for (const auto& label : drivers) {
        if (&label != drivers.data()) out += ',';
        platform::append_quoted(out, label);
    }
    out += ']';
}

// A whole number as Chrome takes it for an integer, fractions of zero and exponents left aside. False: something else.
bool read_whole(std::string_view value, bool& negative, std::uint64_t& out) {
    negative = value.starts_with('-');
    if (negative) value.remove_prefix(1);
    if (value.ends_with(".0")) value.remove_suffix(2);
    return platform::read_unsigned(value, out);
}

void take_io_param(IoParams& out, std::string_view key, std::string_view value) {
    if (key == "handle") {
        if (platform::json_kind(value) != platform::JsonKind::string) out.wrong = "Invalid parameters";
        out.handle.clear();
        platform::append_unescaped(out.handle, value);
        return;
    }
    if (key != "offset" && key != "size") return;
    bool negative = false;
    std::uint64_t number = 0;
    if (!read_whole(value, negative, number)) {
        out.wrong = "Invalid parameters";
    } else if (key == "size" && (negative || number == 0)) {
        out.wrong = "Invalid max read size";
    } else if (key == "size") {
        out.size = number;
    } else if (!negative) {  // Chrome takes a negative offset for none
        out.offset = number;
    }
}

}  // namespace

std::string write_info(const Identity& identity, const cdp::BrowserStatus& browser, const Settings& settings,
                       const Present& present) {
    std::string out = R"({"agent":{)";
    append_member(out, "version", identity.version);
    append_member(out, "instance", identity.instance);
    append_member(out, "uuid", identity.uuid);
    append_member(out, "name", identity.name);
    if (!present.fingerprint.empty()) append_member(out, "fingerprint", present.fingerprint);
    out += R"(},"browser":)";
    if (browser.state == cdp::BrowserState::attached) {
        out += '{';
        append_member(out, "product", browser.version.product);
        append_member(out, "protocolVersion", browser.version.protocol_version);
        append_member(out, "userAgent", browser.version.user_agent);
        out += '}';
    } else {
        out += "null";
        append_member(out, "noBrowser", browser.reason);
        if (browser.waits_for_person) out += R"(,"waitsForPerson":true)";
    }
    append_drivers(out, present.drivers);
    out += R"(,"limits":{)";
    append_member(out, "payloadBytes", present.payload_limit);
    append_member(out, "inFlight", settings.max_in_flight);
    append_member(out, "bytesInFlight", settings.max_bytes_in_flight);
    append_member(out, "paramsDepth", max_params_depth);
    append_member(out, "timeoutMs", millis(settings.timeout));
    append_member(out, "maxTimeoutMs", millis(settings.max_timeout));
    append_member(out, "streams", settings.streams.max_count);
    append_member(out, "streamBytes", settings.streams.max_bytes);
    append_member(out, "clients", settings.clients.max_count);
    append_member(out, "clientMessageBytes", settings.clients.max_message);
    const std::string& spool = settings.spool.folder;
    if (!spool.empty()) append_member(out, "spool", spool);
    out += R"(},"features":["streams","timeoutMs","clients")";
    if (!spool.empty()) out += R"(,"files")";
    if (settings.default_page) out += R"(,"defaultPage")";
    if (!present.fingerprint.empty()) out += R"(,"sealed")";
    return out += "]}";
}

IoParams parse_io_params(std::string_view params) {
    IoParams out;
    if (params.empty()) return out.wrong = "Invalid parameters", out;
    platform::for_each_member(params, [&](std::string_view key, std::string_view value) {
        take_io_param(out, key, value);
        return true;
    });
    return out;
}

std::string write_piece(const Piece& piece) {
    std::string out = R"({"base64Encoded":false,"data":)";
    out.reserve(out.size() + piece.data.size() + piece.data.size() / 8 + piece_overhead);
    platform::append_quoted(out, piece.data);
    out += piece.eof ? R"(,"eof":true})" : R"(,"eof":false})";
    return out;
}

}  // namespace relay
