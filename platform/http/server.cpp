#include "platform/http/server.hpp"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <cerrno>
#include <map>

#include "platform/http/connection_places.hpp"
#include "platform/http/server_stream.hpp"
#include "platform/wait.hpp"

namespace platform {
namespace {

namespace beast = boost::beast;
namespace beast_http = beast::http;
using Generic = ServerStream::protocol_type;
using Stream = ServerStream;
using Tcp = net::ip::tcp;
using Unix = net::local::stream_protocol;

/// `head`: the request was HEAD, whose answer says how long its body would be and has none.
beast_http::response<beast_http::string_body> to_response(ServerReply&& reply, bool keep_alive, unsigned version,
                                                          bool head) {
    beast_http::response<beast_http::string_body> response{static_cast<beast_http::status>(reply.status), version};
    response.set(beast_http::field::content_type, reply.content_type);
    response.set(beast_http::field::cache_control, "no-store");
    for (const auto& [name, value] : reply.headers) response.insert(name, value);
    response.keep_alive(keep_alive);
    response.body() = std::move(reply.body);
    response.prepare_payload();
    if (head) response.body().clear();
    return response;
}

}  // namespace

ServerRequest to_request(const UpgradeRequest& from) {
    ServerRequest request;
    request.method = std::string(from.method_string());
    const std::string target(from.target());
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string::npos) request.query = target.substr(question + 1);
    request.host = std::string(from[beast_http::field::host]);
    request.cookie = std::string(from[beast_http::field::cookie]);
    for (const auto* name : {"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"}) {
        if (request.purpose.empty()) request.purpose = std::string(from[name]);
    }
    request.fetch_mode = std::string(from["Sec-Fetch-Mode"]);
    request.fetch_dest = std::string(from["Sec-Fetch-Dest"]);
    if (from.count(beast_http::field::origin) > 0) request.origin = std::string(from[beast_http::field::origin]);
    request.authorization = std::string(from[beast_http::field::authorization]);
    request.upgrade = beast::websocket::is_upgrade(from);
    request.body = from.body();
    return request;
}

struct HttpServer::Impl {
    net::any_io_executor executor;
    std::optional<Tcp::acceptor> tcp;
    std::optional<Unix::acceptor> local;
    std::filesystem::path path;  // to remove; empty: none
    ServerHandler handler;
    ConnectionPlaces places;
    std::map<ConnectionPlaces::Id, Stream*> streams;  // of the connections that are served
    std::size_t connections = 0;                      // those, and the ones that are about to end
    bool stopping = false;
    std::exception_ptr broken;  // what a handler threw: for run() to throw
    Timer changed;              // cancelled when a connection ends

    Impl(net::any_io_executor ex, ConnectionPlaces::Limits limits)
        : executor(ex), places(limits), changed(ex, TimePoint::max()) {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        if (!path.empty()) ::unlink(path.c_str());
    }

    awaitable<Error> accept(Generic::socket& socket) {
        if (tcp) {
            auto [ec, peer] = co_await tcp->async_accept(no_throw);
            Error ignored;
            if (!ec) peer.set_option(Tcp::no_delay(true), ignored);
            if (!ec) socket = Generic::socket(std::move(peer));
            co_return ec;
        }
        auto [ec, peer] = co_await local->async_accept(no_throw);
        if (!ec) socket = Generic::socket(std::move(peer));
        co_return ec;
    }

    /// One request and its answer. False: nothing more is to come.
    awaitable<bool> serve_one(Stream& stream, beast::flat_buffer& buffer, ConnectionPlaces::Id id,
                              std::optional<Peer> peer) {
        beast_http::request_parser<beast_http::string_body> parser;
        parser.header_limit(server_header_bytes);
        parser.body_limit(server_body_bytes);
        stream.expires_after(server_header_limit);
        const auto [bad, got] = co_await beast_http::async_read_header(stream, buffer, parser, no_throw);
        if (bad) co_return false;
        stream.expires_after(server_body_limit);
        const auto [cut, rest] = co_await beast_http::async_read(stream, buffer, parser, no_throw);
        if (cut) co_return false;
        const bool open = parser.keep_alive();
        const unsigned version = parser.get().version();
        const auto asked = parser.release();
        auto request = to_request(asked);
        request.peer = peer;
        const bool head = request.method == "HEAD";
        const bool asked_for_upgrade = request.upgrade;
        stream.expires_never();
        // Another one took its place meanwhile: nobody would get the answer.
        if (!stream.socket().is_open()) co_return false;
        places.busy(id);
        auto reply = co_await handler(std::move(request));
        if (reply.websocket && asked_for_upgrade) {
            co_await serve_websocket(stream, asked, reply);
            co_return false;
        }
        places.waiting(id);
        auto response = to_response(std::move(reply), open, version, head);
        stream.expires_after(server_answer_limit);
        const auto [failed, put] = co_await beast_http::async_write(stream, response, no_throw);
        co_return open && !failed;
    }

    awaitable<void> serve(Generic::socket socket, ConnectionPlaces::Id id, std::optional<Peer> peer) {
        Stream stream(std::move(socket));
        streams[id] = &stream;
        beast::flat_buffer buffer;
        try {
            for (bool open = true; open && !stopping;) open = co_await serve_one(stream, buffer, id, peer);
        } catch (...) {
            broken = std::current_exception();
        }
        streams.erase(id);
        places.leave(id);
        if (broken) end_all();
        Error ignored;
        stream.socket().shutdown(Generic::socket::shutdown_both, ignored);
    }

    /// Its reads and writes end with an error, and with them the coroutine that serves it.
    void drop(ConnectionPlaces::Id id) {
        const auto found = streams.find(id);
        if (found != streams.end()) found->second->close();
    }

    /// All connections work with what the caller of run() has: they end before it hears of the exception.
    void end_all() {
        stop();
        for (const auto& [id, stream] : streams) stream->close();
    }

    void stop() {
        stopping = true;
        Error ignored;
        if (tcp) tcp->close(ignored);
        if (local) local->close(ignored);
        drop_waiting();
        changed.cancel();
    }

    void drop_waiting() {
        for (const auto id : places.all_waiting()) drop(id);
    }

    void start(Generic::socket socket) {
        const auto peer = local ? peer_of(socket.native_handle()) : std::nullopt;
        const bool reserved = peer && (peer->uid == 0 || peer->uid == ::geteuid());
        const auto place = places.admit(peer ? std::optional(peer->uid) : std::nullopt, reserved);
        if (place.leaves) drop(*place.leaves);
        if (!place.admitted) return;  // closed: a client of ours tries again
        ++connections;
        auto held = std::make_shared<Generic::socket>(std::move(socket));  // co_spawn copies what it is given
        auto work = [this, held, id = *place.admitted, peer]() -> awaitable<void> {
            Generic::socket own = std::move(*held);
            co_await serve(std::move(own), id, peer);
        };
        net::co_spawn(executor, std::move(work), [this](std::exception_ptr error) {
            --connections;
            changed.cancel();
            rethrow(error);
        });
    }
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::HttpServer(HttpServer&&) noexcept = default;
HttpServer::~HttpServer() = default;

Result<HttpServer> HttpServer::on_loopback(net::any_io_executor executor, std::uint16_t port) {
    const Tcp::endpoint where(net::ip::address_v4::loopback(), port);
    return on_address(std::move(executor), where, server_connections);
}

Result<HttpServer> HttpServer::on_address(net::any_io_executor executor, const Tcp::endpoint& where,
                                          std::size_t connections) {
    auto impl = std::make_unique<Impl>(executor, ConnectionPlaces::Limits{.others = connections, .one = connections});
    impl->tcp.emplace(executor);
    auto& acceptor = *impl->tcp;
    Error ec;
    acceptor.open(where.protocol(), ec);
    if (!ec) acceptor.set_option(Tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor.bind(where, ec);
    if (!ec) acceptor.listen(server_backlog, ec);
    if (ec) return ec;
    return HttpServer(std::move(impl));
}

Result<HttpServer> HttpServer::on_unix(net::any_io_executor executor, const std::filesystem::path& path,
                                       unsigned mode) {
    auto impl = std::make_unique<Impl>(
        executor, ConnectionPlaces::Limits{.reserved = server_connections_reserved,
                                           .others = server_connections - server_connections_reserved,
                                           .one = server_connections_of_one});
    impl->local.emplace(executor);
    auto& acceptor = *impl->local;
    sockaddr_un probe{};
    if (path.native().size() >= sizeof probe.sun_path) return Error(ENAMETOOLONG, boost::system::generic_category());
    // The profile's lock is ours: a socket that is there belongs to nobody any more.
    ::unlink(path.c_str());
    const Unix::endpoint where(path.string());
    Error ec;
    acceptor.open(where.protocol(), ec);
    // Closed to others from the first moment: the mode is opened up only after bind() made the file.
    const auto before = ::umask(0177);
    if (!ec) acceptor.bind(where, ec);
    ::umask(before);
    if (ec) return ec;
    impl->path = path;
    if (::chmod(path.c_str(), mode) != 0) return Error(errno, boost::system::generic_category());
    acceptor.listen(server_backlog, ec);
    if (ec) return ec;
    return HttpServer(std::move(impl));
}

std::uint16_t HttpServer::port() const {
    Error ignored;
    return impl_->tcp ? impl_->tcp->local_endpoint(ignored).port() : std::uint16_t{0};
}

void HttpServer::stop() {
    impl_->stop();
}

awaitable<Error> HttpServer::run(ServerHandler handler) {
    Impl& own = *impl_;
    own.handler = std::move(handler);
    Error why;
    while (!own.stopping) {
        Generic::socket socket(own.executor);
        why = co_await own.accept(socket);
        if (why == net::error::operation_aborted || own.stopping) break;
        if (!why) own.start(std::move(socket));
        if (!why) continue;
        // No descriptor is free, or the peer went before it was accepted: the next one may be served.
        Timer pause(own.executor);
        pause.expires_after(server_accept_pause);
        const auto [cancelled] = co_await pause.async_wait(no_throw);
        if (cancelled) break;
    }
    own.stopping = true;
    own.drop_waiting();
    // Connections end within their limits of time; the handler must not be gone before.
    co_await net::this_coro::reset_cancellation_state(net::disable_cancellation());
    while (own.connections > 0) co_await expiry(own.changed);
    if (own.broken) std::rethrow_exception(own.broken);
    co_return why;
}

}  // namespace platform
