#include "agent/relay/core/members.hpp"

#include "platform/json/core/slice.hpp"

namespace relay {

Found find_member(std::string_view object, std::string_view name, std::string_view& value) {
    Found found = Found::none;
    if (object.empty()) return found;
    platform::for_each_member(object, [&](std::string_view key, std::string_view slice) {
        if (key != name) return true;
        found = found == Found::none ? Found::one : Found::repeated;
        value = slice;
        return true;
    });
    return found;
}

namespace {

void append_name(std::string& out, std::string_view name) {
    if (out.back() != '{') out += ',';
    platform::append_quoted(out, name);
    out += ':';
}

}  // namespace

void append_member(std::string& out, std::string_view name, std::string_view text) {
    append_name(out, name);
    platform::append_quoted(out, text);
}

void append_member(std::string& out, std::string_view name, std::uint64_t number) {
    append_name(out, name);
    out += std::to_string(number);
}

}  // namespace relay
