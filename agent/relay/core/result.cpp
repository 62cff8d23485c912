#include "agent/relay/core/result.hpp"

#include <algorithm>
#include <utility>

#include "platform/json/core/slice.hpp"

namespace relay {
namespace {

constexpr std::string_view before_id = R"({"id":)";
constexpr std::string_view before_result = R"(,"ok":true,"result":)";
constexpr std::string_view before_error = R"(,"ok":false,"error":)";

std::string write(std::string_view id, std::string_view middle, std::string_view text) {
    std::string out;
    out.reserve(before_id.size() + id.size() + middle.size() + text.size() + 1);
    out.append(before_id).append(id).append(middle).append(text).push_back('}');
    return out;
}

/// Whether so many bytes before the text, and behind it, are in the same memory.
bool fits_around(const platform::KeptMessage& kept, std::string_view text, std::size_t before, std::size_t behind) {
    if (!kept.owner) return false;
    const char* const end = kept.room.data() + kept.room.size();
    return text.data() - kept.room.data() >= static_cast<std::ptrdiff_t>(before) &&
           end - (text.data() + text.size()) >= static_cast<std::ptrdiff_t>(behind);
}

// At most max_message_bytes without a torn character at the cut, and no byte that would need six to be written.
std::string tamed(std::string_view message) {
    std::size_t end = std::min(message.size(), max_message_bytes);
    while (end > 0 && end < message.size() && (static_cast<unsigned char>(message[end]) & 0xC0) == 0x80) --end;
    std::string text{message.substr(0, end)};
    const bool valid = platform::valid_utf8(text);
    for (char& c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20) c = ' ';
        if (byte >= 0x80 && !valid) c = '?';
    }
    return text;
}

}  // namespace

ReasonText describe(Reason reason) noexcept {
    switch (reason) {
        case Reason::bad_request:
            return {"bad_request", -32600};
        case Reason::denied:
            return {"denied", -32010};
        case Reason::timeout:
            return {"timeout", -32011};
        case Reason::browser_unavailable:
            return {"browser_unavailable", -32012};
        case Reason::browser_lost:
            return {"browser_lost", -32013};
        case Reason::too_large:
            return {"too_large", -32014};
        case Reason::overloaded:
            return {"overloaded", -32015};
        case Reason::stopping:
            return {"stopping", -32016};
        case Reason::busy:
            return {"busy", -32017};
        case Reason::stale:
            return {"stale", -32018};
    }
    return {"internal", -32603};
}

std::string write_result(std::string_view id, std::string_view result) {
    return write(id, before_result, result);
}

platform::SharedText write_result(std::string_view id, std::string_view result, platform::MessageMemory* memory) {
    if (memory == nullptr || result.size() < platform::SharedText::shared_from) return write_result(id, result);
    platform::KeptMessage kept = memory->keep();
    const std::size_t before = before_id.size() + id.size() + before_result.size();
    if (!fits_around(kept, result, before, 1)) return write_result(id, result);
    char* const begin = kept.room.data() + (result.data() - kept.room.data()) - before;
    char* at = begin;
    for (const std::string_view part : {before_id, id, before_result}) at = std::copy(part.begin(), part.end(), at);
    at[result.size()] = '}';
    return {std::move(kept.owner), {begin, before + result.size() + 1}};
}

std::string write_error(std::string_view id, std::string_view error) {
    return write(id, before_error, error);
}

std::size_t result_size(std::string_view id, std::size_t result_bytes) noexcept {
    return before_id.size() + id.size() + before_result.size() + result_bytes + 1;
}

std::string write_refusal(std::string_view id, Reason reason, std::string_view message, std::string_view extra) {
    const ReasonText text = describe(reason);
    std::string error = R"({"code":)" + std::to_string(text.code) + R"(,"message":)";
    platform::append_quoted(error, tamed(message));
    error.append(R"(,"data":{"source":"agent","reason":")").append(text.name).push_back('"');
    if (!extra.empty()) error.append(",").append(extra);
    error += "}}";
    return write_error(id, error);
}

std::string write_cdp_error(std::string_view id, int code, std::string_view message) {
    std::string error = R"({"code":)" + std::to_string(code) + R"(,"message":)";
    platform::append_quoted(error, tamed(message));
    error.push_back('}');
    return write_error(id, error);
}

}  // namespace relay
