#include "agent/bridge/core/call_error.hpp"

#include "platform/json/core/slice.hpp"

namespace bridge {
namespace {

void take_text(std::string& out, std::string_view value) {
    if (platform::json_kind(value) == platform::JsonKind::string) platform::append_unescaped(out, value);
}

}  // namespace

CallError read_call_error(std::string_view error) {
    CallError read;
    const auto take_data = [&](std::string_view key, std::string_view value) {
        if (key == "source") take_text(read.source, value);
        if (key == "reason") take_text(read.reason, value);
        return true;
    };
    const auto take = [&](std::string_view key, std::string_view value) {
        if (key == "message") take_text(read.message, value);
        if (key == "data" && platform::json_kind(value) == platform::JsonKind::object) {
            platform::for_each_member(value, take_data);
        }
        return true;
    };
    platform::for_each_member(error, take);
    return read;
}

int status_of(const CallError& error) {
    constexpr int denied = 403;
    constexpr int bad_gateway = 502;
    constexpr int gateway_timeout = 504;
    if (error.source == "bridge") return gateway_timeout;
    return error.reason == "denied" ? denied : bad_gateway;
}

}  // namespace bridge
