#include "tests/bench/wire.hpp"

#include <cstdlib>
#include <stdexcept>

namespace bench {

namespace {

std::string required(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == 0) throw std::runtime_error(std::string(name) + " is not set");
    return value;
}

}  // namespace

Device Device::from_environment() {
    Device device;
    device.port = static_cast<std::uint16_t>(std::stoul(required("BENCH_HUB_PORT")));
    device.key = required("BENCH_KEY");
    device.token = required("BENCH_TOKEN");
    device.uuid = required("BENCH_DEVICE");
    return device;
}

bool with_tls() {
    return std::getenv("BENCH_TLS") != nullptr;
}

std::string hub_path(const Device& device) {
    return "/realtime/v1/websocket?vsn=2.0.0&apikey=" + device.key;
}

std::string join_frame(const Device& device, bool acknowledged) {
    return R"(["1","1",")" + device.topic() + R"(","phx_join",{"config":{"private":true,"broadcast":{"ack":)" +
           (acknowledged ? "true" : "false") + R"(,"self":false},)" +
           R"("presence":{"enabled":false}},"access_token":")" + device.token + "\"}]";
}

std::string_view member(std::string_view text, std::string_view name) {
    std::string key = "\"";
    key.append(name).append("\":");
    auto at = text.find(key);
    if (at == std::string_view::npos) return {};
    at += key.size();
    if (text[at] == '"') {
        ++at;
        return text.substr(at, text.find('"', at) - at);
    }
    return text.substr(at, text.find_first_of(",}", at) - at);
}

}  // namespace bench
