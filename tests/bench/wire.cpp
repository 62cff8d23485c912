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

template <class S>
void connect(S& socket, std::uint16_t port, const std::string& path) {
    auto& tcp = beast::get_lowest_layer(socket);
    tcp.connect({net::ip::address_v4::loopback(), port});
    tcp.set_option(net::ip::tcp::no_delay(true));
    if constexpr (std::is_same_v<S, TlsSocket>) socket.next_layer().handshake(net::ssl::stream_base::client);
    socket.handshake("127.0.0.1:" + std::to_string(port), path);
    socket.auto_fragment(false);
    socket.write_buffer_bytes(256 * 1024);
    socket.read_message_max(0);
}

template <class S>
void join(S& socket, const Device& device, bool acknowledged) {
    connect(socket, device.port, hub_path(device));
    socket.text(true);
    socket.write(net::buffer(join_frame(device, acknowledged)));
    beast::flat_buffer buffer;
    socket.read(buffer);
    const std::string reply = beast::buffers_to_string(buffer.data());
    if (reply.find(R"("status":"ok")") == std::string::npos) throw std::runtime_error("not joined: " + reply);
}

template void connect(Socket&, std::uint16_t, const std::string&);
template void connect(TlsSocket&, std::uint16_t, const std::string&);
template void join(Socket&, const Device&, bool);
template void join(TlsSocket&, const Device&, bool);

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
