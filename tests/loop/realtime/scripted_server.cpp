#include "tests/loop/realtime/scripted_server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <optional>

namespace scripted {

namespace beast = boost::beast;
using tcp = net::ip::tcp;

struct Peer::Impl {
    explicit Impl(tcp::socket socket) : stream{std::move(socket)} {}
    beast::websocket::stream<tcp::socket> stream;
    beast::http::request<beast::http::string_body> request;
    beast::flat_buffer buffer;
    std::string target;
};

struct Step {
    Server::Script script;
    int status = 0;
    std::string body;
    std::function<void()> before = {};
};

struct Server::Impl {
    explicit Impl(net::io_context& loop) : io{loop}, acceptor{loop, {net::ip::make_address("127.0.0.1"), 0}} {}
    net::io_context& io;
    tcp::acceptor acceptor;
    std::vector<Step> steps;
    std::size_t begun = 0;
    Step post_answer{{}, 404, {}};
    int posts = 0;
    int running = 0;
    std::vector<Peer::Impl*> peers;
};

namespace {

std::string text_of(const nlohmann::json& value) {
    if (value.is_string()) return value.get<std::string>();
    return value.is_null() ? std::string{} : value.dump();
}

Said read_binary(const std::string& data) {
    Said said;
    said.binary = true;
    if (data.size() < 7 || data[0] != 3) return said;
    const auto length = [&](std::size_t at) { return std::size_t{static_cast<unsigned char>(data[at])}; };
    std::size_t at = 7;
    const auto take = [&](std::size_t size) {
        const auto part = data.substr(at, size);
        at += size;
        return part;
    };
    said.join_ref = take(length(1));
    said.ref = take(length(2));
    said.topic = take(length(3));
    said.event = take(length(4));
    take(length(5));
    said.payload = data.substr(at);
    return said;
}

Said read_text(const std::string& data) {
    Said said;
    const auto json = nlohmann::json::parse(data, nullptr, false);
    if (json.is_array() && json.size() >= 5) {
        said.join_ref = text_of(json[0]);
        said.ref = text_of(json[1]);
        said.topic = text_of(json[2]);
        said.event = text_of(json[3]);
        said.payload = json[4].dump();
    } else if (json.is_object()) {
        said.join_ref = text_of(json.value("join_ref", nlohmann::json{}));
        said.ref = text_of(json.value("ref", nlohmann::json{}));
        said.topic = json.value("topic", "");
        said.event = json.value("event", "");
        said.payload = json.value("payload", nlohmann::json{}).dump();
    }
    return said;
}

awaitable<void> serve(std::shared_ptr<Server::Impl> server, tcp::socket accepted) {
    ++server->running;
    const std::size_t index = std::min(server->begun++, server->steps.size() - 1);
    const Step step = server->steps.at(index);
    boost::system::error_code ignored;
    accepted.set_option(tcp::no_delay{true}, ignored);
    Peer::Impl peer{std::move(accepted)};
    server->peers.push_back(&peer);
    auto [ec, n] = co_await beast::http::async_read(peer.stream.next_layer(), peer.buffer, peer.request, no_throw);
    const bool posted = !ec && peer.request.method() == beast::http::verb::post;
    if (posted) {
        --server->begun;
        ++server->posts;
    }
    const Step said = posted ? server->post_answer : step;
    if (!ec && said.status != 0) {
        beast::http::response<beast::http::string_body> answer{static_cast<beast::http::status>(said.status), 11};
        answer.set(beast::http::field::content_type, "application/json");
        answer.body() = said.body;
        answer.prepare_payload();
        const auto before = said.before;
        if (before) before();
        co_await beast::http::async_write(peer.stream.next_layer(), answer, no_throw);
    } else if (!ec) {
        peer.target = std::string{peer.request.target()};
        auto [failed] = co_await peer.stream.async_accept(peer.request, no_throw);
        if (!failed) {
            Peer face{peer};
            co_await step.script(face);
        }
    }
    std::erase(server->peers, &peer);
    --server->running;
}

awaitable<void> accept(std::shared_ptr<Server::Impl> server) {
    for (;;) {
        auto [ec, socket] = co_await server->acceptor.async_accept(no_throw);
        if (ec) co_return;
        auto one = [server, accepted = std::make_shared<tcp::socket>(std::move(socket))]() -> awaitable<void> {
            return serve(server, std::move(*accepted));
        };
        net::co_spawn(server->io, std::move(one), rethrow);
    }
}

}  // namespace

Server::Server(net::io_context& io) : impl_{std::make_shared<Impl>(io)} {
    auto loop = [impl = impl_] { return accept(impl); };
    net::co_spawn(io, std::move(loop), rethrow);
}

Server::~Server() {
    boost::system::error_code ignored;
    impl_->acceptor.close(ignored);
    for (auto* peer : impl_->peers) peer->stream.next_layer().close(ignored);
    for (int turn = 0; turn < 1000 && impl_->running > 0; ++turn) {
        impl_->io.restart();
        impl_->io.poll();
    }
    impl_->io.restart();
    impl_->io.poll();
}

std::string Server::url() const {
    return "http://127.0.0.1:" + std::to_string(port()) + "/socket";
}
std::uint16_t Server::port() const {
    return impl_->acceptor.local_endpoint().port();
}
Server& Server::then(Script script) {
    impl_->steps.push_back({std::move(script), 0, {}});
    return *this;
}
Server& Server::then_refuse(int status, std::string body, std::function<void()> before) {
    impl_->steps.push_back({{}, status, std::move(body), std::move(before)});
    return *this;
}
void Server::answer_posts(int status, std::string body, std::function<void()> before) {
    impl_->post_answer = {{}, status, std::move(body), std::move(before)};
}
int Server::posts() const {
    return impl_->posts;
}
int Server::connections() const {
    return static_cast<int>(impl_->begun);
}
bool Server::idle() const {
    return impl_->running == 0;
}

awaitable<Said> Peer::next() {
    for (;;) {
        impl_.buffer.clear();
        auto [ec, size] = co_await impl_.stream.async_read(impl_.buffer, no_throw);
        if (ec) {
            Said said;
            said.over = true;
            if (ec == beast::websocket::error::closed) said.close_code = impl_.stream.reason().code;
            co_return said;
        }
        const std::string data = beast::buffers_to_string(impl_.buffer.data());
        Said said = impl_.stream.got_binary() ? read_binary(data) : read_text(data);
        if (said.event != "heartbeat") co_return said;
        ++heartbeats;
        if (answer_heartbeats) co_await ok(said);
    }
}

awaitable<Said> Peer::expect(std::string event) {
    for (;;) {
        Said said = co_await next();
        if (said.over || said.event == event) co_return said;
    }
}

awaitable<Said> Peer::accept_join() {
    Said join = co_await expect("phx_join");
    if (!join.over) co_await ok(join);
    co_return join;
}

awaitable<void> Peer::text(std::string frame) {
    impl_.stream.binary(false);
    co_await impl_.stream.async_write(net::buffer(frame), no_throw);
}

awaitable<void> Peer::binary(std::string frame) {
    impl_.stream.binary(true);
    co_await impl_.stream.async_write(net::buffer(frame), no_throw);
}

awaitable<void> Peer::reply(Said to, std::string status, std::string response) {
    const std::string join_ref = to.join_ref.empty() ? "null" : "\"" + to.join_ref + "\"";
    std::string frame = "[" + join_ref + ",\"" + to.ref + "\",\"" + to.topic + R"(","phx_reply",{"status":")" + status +
                        R"(","response":)" + response + "}]";
    co_await text(std::move(frame));
}

awaitable<void> Peer::ok(Said to) {
    co_await reply(std::move(to), "ok", "{}");
}

awaitable<void> Peer::event(Said join, std::string name, std::string payload) {
    std::string frame = "[\"" + join.join_ref + "\",null,\"" + join.topic + "\",\"" + name + "\"," + payload + "]";
    co_await text(std::move(frame));
}

awaitable<void> Peer::close_channel(Said join) {
    std::string frame = "[\"" + join.join_ref + "\",\"" + join.join_ref + "\",\"" + join.topic + "\",\"phx_close\",{}]";
    co_await text(std::move(frame));
}

awaitable<void> Peer::broadcast(Said join, std::string name, std::string payload) {
    std::string frame{'\4', static_cast<char>(join.topic.size()), static_cast<char>(name.size()), '\0', '\1'};
    frame += join.topic + name + payload;
    co_await binary(std::move(frame));
}

awaitable<void> Peer::close(int code) {
    const beast::websocket::close_reason reason{static_cast<beast::websocket::close_code>(code)};
    co_await impl_.stream.async_close(reason, no_throw);
}

void Peer::drop() {
    boost::system::error_code ignored;
    impl_.stream.next_layer().close(ignored);
}

awaitable<Said> Peer::wait_for_end() {
    for (;;) {
        Said said = co_await next();
        if (said.over) co_return said;
    }
}

const std::string& Peer::target() const {
    return impl_.target;
}
std::string Peer::header(std::string name) const {
    return std::string{impl_.request[name]};
}

}  // namespace scripted
