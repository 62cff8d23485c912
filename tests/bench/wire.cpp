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

void connect(Socket& socket, std::uint16_t port, const std::string& path) {
    socket.next_layer().connect({net::ip::address_v4::loopback(), port});
    socket.next_layer().set_option(net::ip::tcp::no_delay(true));
    socket.handshake("127.0.0.1:" + std::to_string(port), path);
    socket.auto_fragment(false);
    socket.write_buffer_bytes(256 * 1024);
    socket.read_message_max(0);
}

void join(Socket& socket, const Device& device, bool acknowledged) {
    connect(socket, device.port, "/realtime/v1/websocket?vsn=2.0.0&apikey=" + device.key);
    socket.text(true);
    socket.write(net::buffer(R"(["1","1",")" + device.topic() +
                             R"(","phx_join",{"config":{"private":true,"broadcast":{"ack":)" +
                             (acknowledged ? "true" : "false") + R"(,"self":false},)" +
                             R"("presence":{"enabled":false}},"access_token":")" + device.token + "\"}]"));
    beast::flat_buffer buffer;
    socket.read(buffer);
    const std::string reply = beast::buffers_to_string(buffer.data());
    if (reply.find(R"("status":"ok")") == std::string::npos) throw std::runtime_error("not joined: " + reply);
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
