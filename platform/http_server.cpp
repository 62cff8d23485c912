#include "platform/http_server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>

#include "platform/text.hpp"

namespace platform {
namespace {

namespace beast = boost::beast;
namespace beast_http = beast::http;
using Generic = net::generic::stream_protocol;
using Stream = beast::basic_stream<Generic, net::any_io_executor>;
using Tcp = net::ip::tcp;
using Unix = net::local::stream_protocol;

std::optional<Peer> peer_of(int descriptor) {
#ifdef SO_PEERCRED
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return std::nullopt;
    return Peer{who.uid, who.gid, who.pid};
#else
    uid_t uid = 0;
    gid_t gid = 0;
    if (::getpeereid(descriptor, &uid, &gid) != 0) return std::nullopt;
    return Peer{uid, gid, 0};
#endif
}

ServerRequest to_request(beast_http::request<beast_http::string_body>&& from) {
    ServerRequest request;
    request.method = std::string(from.method_string());
    const std::string target(from.target());
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string::npos) request.query = target.substr(question + 1);
    request.host = std::string(from[beast_http::field::host]);
    request.cookie = std::string(from[beast_http::field::cookie]);
    request.body = std::move(from.body());
    return request;
}

beast_http::response<beast_http::string_body> to_response(ServerReply&& reply, bool keep_alive, unsigned version) {
    beast_http::response<beast_http::string_body> response{static_cast<beast_http::status>(reply.status), version};
    response.set(beast_http::field::content_type, reply.content_type);
    response.set(beast_http::field::cache_control, "no-store");
    for (const auto& [name, value] : reply.headers) response.insert(name, value);
    response.keep_alive(keep_alive);
    response.body() = std::move(reply.body);
    response.prepare_payload();
    return response;
}

}  // namespace

struct HttpServer::Impl {
    net::any_io_executor executor;
    std::optional<Tcp::acceptor> tcp;
    std::optional<Unix::acceptor> local;
    std::filesystem::path path;  // to remove; empty: none
    ServerHandler handler;
    std::size_t connections = 0;
    bool stopping = false;
    Timer changed;  // cancelled when a connection ends

    explicit Impl(net::any_io_executor ex) : executor(ex), changed(ex, TimePoint::max()) {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        if (!path.empty()) ::unlink(path.c_str());
    }

    awaitable<Error> accept(Generic::socket& socket) {
        if (tcp) {
            auto [ec, peer] = co_await tcp->async_accept(no_throw);
            if (!ec) socket = Generic::socket(std::move(peer));
            co_return ec;
        }
        auto [ec, peer] = co_await local->async_accept(no_throw);
        if (!ec) socket = Generic::socket(std::move(peer));
        co_return ec;
    }

    awaitable<void> serve(Generic::socket socket) {
        const auto peer = local ? peer_of(socket.native_handle()) : std::nullopt;
        Stream stream(std::move(socket));
        beast::flat_buffer buffer;
        for (bool open = true; open && !stopping;) {
            beast_http::request_parser<beast_http::string_body> parser;
            parser.header_limit(server_header_bytes);
            parser.body_limit(server_body_bytes);
            stream.expires_after(server_io_limit);
            const auto [bad, got] = co_await beast_http::async_read(stream, buffer, parser, no_throw);
            if (bad) break;
            open = parser.keep_alive();
            const unsigned version = parser.get().version();
            auto request = to_request(parser.release());
            request.peer = peer;
            stream.expires_never();
            auto reply = co_await handler(std::move(request));
            auto response = to_response(std::move(reply), open, version);
            stream.expires_after(server_io_limit);
            const auto [failed, put] = co_await beast_http::async_write(stream, response, no_throw);
            if (failed) break;
        }
        Error ignored;
        stream.socket().shutdown(Generic::socket::shutdown_both, ignored);
    }

    void start(Generic::socket socket) {
        ++connections;
        auto work = [this, held = std::make_shared<Generic::socket>(std::move(socket))]() -> awaitable<void> {
            Generic::socket own = std::move(*held);
            co_await serve(std::move(own));
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
    auto impl = std::make_unique<Impl>(executor);
    impl->tcp.emplace(executor);
    auto& acceptor = *impl->tcp;
    const Tcp::endpoint where(net::ip::address_v4::loopback(), port);
    Error ec;
    acceptor.open(where.protocol(), ec);
    if (!ec) acceptor.set_option(Tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor.bind(where, ec);
    if (!ec) acceptor.listen(static_cast<int>(server_connections), ec);
    if (ec) return ec;
    return HttpServer(std::move(impl));
}

Result<HttpServer> HttpServer::on_unix(net::any_io_executor executor, const std::filesystem::path& path,
                                       unsigned mode) {
    auto impl = std::make_unique<Impl>(executor);
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
    acceptor.listen(static_cast<int>(server_connections), ec);
    if (ec) return ec;
    return HttpServer(std::move(impl));
}

std::uint16_t HttpServer::port() const {
    Error ignored;
    return impl_->tcp ? impl_->tcp->local_endpoint(ignored).port() : std::uint16_t{0};
}

void HttpServer::stop() {
    impl_->stopping = true;
    Error ignored;
    if (impl_->tcp) impl_->tcp->close(ignored);
    if (impl_->local) impl_->local->close(ignored);
    impl_->changed.cancel();
}

awaitable<Error> HttpServer::run(ServerHandler handler) {
    Impl& own = *impl_;
    own.handler = std::move(handler);
    Error why;
    while (!own.stopping) {
        if (own.connections >= server_connections) {
            co_await own.changed.async_wait(no_throw);
            continue;
        }
        Generic::socket socket(own.executor);
        why = co_await own.accept(socket);
        if (why == net::error::operation_aborted || own.stopping) break;
        if (!why) own.start(std::move(socket));
        if (why == net::error::no_descriptors) break;
    }
    own.stopping = true;
    // Connections end within their limits of time; the handler must not be gone before.
    co_await net::this_coro::reset_cancellation_state(net::disable_cancellation());
    while (own.connections > 0) co_await own.changed.async_wait(no_throw);
    co_return why;
}

namespace {

awaitable<Error> exchange(Stream& stream, const UnixRequest& asked, UnixResponse& answer) {
    const Unix::endpoint where(asked.socket.string());
    const auto [refused] = co_await stream.socket().async_connect(where, no_throw);
    if (refused) co_return refused;
    beast_http::request<beast_http::string_body> request{beast_http::string_to_verb(asked.method), asked.target, 11};
    request.set(beast_http::field::host, "localhost");
    request.keep_alive(false);
    request.body() = asked.body;
    request.prepare_payload();
    stream.expires_after(asked.timeout);
    const auto [failed, put] = co_await beast_http::async_write(stream, request, no_throw);
    if (failed) co_return failed;
    beast::flat_buffer buffer;
    beast_http::response_parser<beast_http::string_body> parser;
    parser.body_limit(unix_answer_bytes);
    const auto [bad, got] = co_await beast_http::async_read(stream, buffer, parser, no_throw);
    if (bad) co_return bad == beast::error::timeout ? Error(net::error::timed_out) : bad;
    answer.status = static_cast<int>(parser.get().result_int());
    answer.body = std::move(parser.get().body());
    co_return Error{};
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

awaitable<Result<UnixResponse>> fetch_unix(UnixRequest request) {
    const auto executor = co_await net::this_coro::executor;
    Stream stream(executor);
    UnixResponse answer;
    const Error ec = co_await exchange(stream, request, answer);
    if (ec) co_return ec;
    co_return answer;
}

std::string percent_decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape =
            text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
        if (escape) {
            out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '.' || c == '_' || c == '~';
        const auto byte = static_cast<unsigned char>(c);
        if (plain) {
            out += c;
        } else {
            out.append({'%', digits[byte >> 4], digits[byte & 15]});
        }
    }
    return out;
}

std::optional<std::string> ServerRequest::parameter(std::string_view name) const {
    std::optional<std::string> found;
    for (const std::string_view part : split(query, '&')) {
        const auto equals = part.find('=');
        if (percent_decode(part.substr(0, equals)) != name) continue;
        if (found) return std::nullopt;
        found = equals == std::string_view::npos ? std::string() : percent_decode(part.substr(equals + 1));
    }
    return found;
}

}  // namespace platform
