#include "tests/hub/conformance/compare.hpp"

#include <algorithm>
#include <regex>

namespace conformance {

namespace {

const std::regex uuid_pattern{"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"};

// Ids of Postgres subscriptions are hashes of six to nine digits; row ids in the traces are small.
constexpr std::int64_t least_hash = 100'000;

bool is_uuid(const std::string& text) {
    return std::regex_match(text, uuid_pattern);
}

bool is_ref(const std::string& key) {
    return key == "phx_ref" || key == "phx_ref_prev";
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

/// "name: value" lines of a head, names in lower case.
std::map<std::string, std::string> fields_of(const std::string& head) {
    std::map<std::string, std::string> fields;
    std::size_t begin = head.find("\r\n");
    while (begin != std::string::npos) {
        begin += 2;
        const auto end = head.find("\r\n", begin);
        const auto text = head.substr(begin, end - begin);
        const auto colon = text.find(": ");
        if (colon != std::string::npos) fields[lower(text.substr(0, colon))] = text.substr(colon + 2);
        begin = end;
    }
    return fields;
}

}  // namespace

bool Comparer::mapped(const std::string& expected, const std::string& actual) {
    const auto found = ours_.find(expected);
    if (found != ours_.end()) return found->second == actual;
    if (theirs_.count(actual) != 0) return false;
    ours_[expected] = actual;
    theirs_[actual] = expected;
    return true;
}

bool Comparer::same_object(const Json& expected, const Json& actual) {
    if (expected.size() != actual.size()) return false;
    for (const auto& [key, value] : expected.items()) {
        if (actual.contains(key)) {
            if (!same_json(value, actual[key], key)) return false;
            continue;
        }
        if (!is_uuid(key)) return false;  // a presence key that the server made up
        const auto found = ours_.find(key);
        bool matched = false;
        for (const auto& [other, member] : actual.items()) {
            if (!is_uuid(other) || (found != ours_.end() && found->second != other)) continue;
            matched = mapped(key, other) && same_json(value, member, key);
            break;
        }
        if (!matched) return false;
    }
    return true;
}

bool Comparer::same_json(const Json& expected, const Json& actual, const std::string& key) {
    if (key == "commit_timestamp") return actual.is_string();
    if (expected.is_object() && actual.is_object()) return same_object(expected, actual);
    if (expected.is_array() && actual.is_array()) {
        if (expected.size() != actual.size()) return false;
        for (std::size_t i = 0; i < expected.size(); ++i)
            if (!same_json(expected[i], actual[i], key)) return false;
        return true;
    }
    if (expected == actual) return expected.type() == actual.type() || expected.is_number();
    if (expected.is_string() && actual.is_string()) {
        const auto theirs = expected.get<std::string>(), ours = actual.get<std::string>();
        return (is_ref(key) || (is_uuid(theirs) && is_uuid(ours))) && mapped(theirs, ours);
    }
    const bool hash = (key == "id" || key == "ids") && expected.is_number_integer() && actual.is_number_integer() &&
                      expected.get<std::int64_t>() >= least_hash;
    return hash && mapped(expected.dump(), actual.dump());
}

bool Comparer::same_text(const std::string& expected, const std::string& actual) {
    if (expected == actual) return true;
    const auto theirs = Json::parse(expected, nullptr, false), ours = Json::parse(actual, nullptr, false);
    return !theirs.is_discarded() && !ours.is_discarded() && same_json(theirs, ours, "");
}

bool Comparer::same_binary(const std::string& expected, const std::string& actual) {
    if (expected == actual) return true;
    constexpr std::size_t header = 5;
    if (expected.size() < header || actual.size() < header || expected[0] != 4) return false;
    // Topic, event and encoding to the byte; metadata and payload may hold ids.
    const auto length = [](const std::string& bytes, std::size_t at) {
        return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at]));
    };
    const auto names = header + length(expected, 1) + length(expected, 2);
    const auto meta = length(expected, 3), other_meta = length(actual, 3);
    if (expected[1] != actual[1] || expected[2] != actual[2] || expected[4] != actual[4] ||
        actual.size() < names + other_meta)
        return false;
    return expected.compare(header, names - header, actual, header, names - header) == 0 &&
           same_text(expected.substr(names, meta), actual.substr(names, other_meta)) &&
           same_text(expected.substr(names + meta), actual.substr(names + other_meta));
}

bool Comparer::same_http(const Line& line, const Arrival& arrival) {
    const auto fields = fields_of(arrival.head);
    std::map<std::string, std::string> wanted;
    unsigned status = 0;
    std::string body = line.data;
    if (line.kind == "http-raw") {
        const auto head_end = line.data.find("\r\n\r\n");
        wanted = fields_of(line.data.substr(0, head_end));
        status = static_cast<unsigned>(std::stoul(line.data.substr(std::string_view{"HTTP/1.1 "}.size())));
        body = head_end == std::string::npos ? "" : line.data.substr(head_end + 4);
    } else {
        status = line.raw.value("status", 0U);
        const auto headers = line.raw.value("headers", Json::object());
        for (const auto& [key, value] : headers.items()) wanted[lower(key)] = value.get<std::string>();
    }
    for (const auto* name : {"date", "sec-websocket-accept"}) wanted.erase(name);
    for (const auto& [name, value] : wanted) {
        const auto found = fields.find(name);
        if (found == fields.end() || found->second != value) return false;
    }
    return status == arrival.status && same_text(body, arrival.data);
}

bool Comparer::same(const Line& line, const Arrival& arrival) {
    using Kind = Arrival::Kind;
    if (line.kind == "http" || line.kind == "http-raw") return arrival.kind == Kind::http && same_http(line, arrival);
    if (line.kind == "pong") return arrival.kind == Kind::pong && arrival.data == line.data;
    if (line.kind == "close") {
        constexpr unsigned no_frame = 1006;
        const auto code = line.raw.value("code", 0U);
        // Code 1005 is what the recording client said where it had sent no code itself, and so got none back.
        return code == no_frame ? arrival.kind == Kind::end : arrival.kind == Kind::close && arrival.code == code;
    }
    if ((line.kind == "text") != (arrival.kind == Kind::text) ||
        (line.kind == "binary") != (arrival.kind == Kind::binary))
        return false;
    if (line.raw.value("cut", false))
        return arrival.data.size() == line.raw["len"].get<std::size_t>() &&
               sha256(arrival.data) == line.raw["sha256"].get<std::string>();
    return line.kind == "text" ? same_text(line.data, arrival.data) : same_binary(line.data, arrival.data);
}

}  // namespace conformance
