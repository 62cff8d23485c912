// The HTTP half of a connection: requests are read and answered until one of them becomes a WebSocket.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <ctime>

#include "tests/hub/connection.hpp"
#include "tests/hub/routes.hpp"

namespace hub {

namespace {

namespace http = boost::beast::http;

constexpr std::size_t line_limit = 8000, header_value_limit = 4096, header_limit = 128 * 1024;
constexpr std::size_t read_step = 64 * 1024;

std::string lower(std::string_view text) {
    std::string out{text};
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
    return out;
}

/// By the hub's own clock, which may have been moved.
std::string http_date(const Clock& clock) {
    const auto now = static_cast<std::time_t>(clock.wall());
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    std::array<char, 64> text{};
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    return text.data();
}

HttpReply error_reply(unsigned status, const std::string& text) {
    HttpReply reply;
    reply.status = status;
    reply.body = "{\"error\":" + json_string(text) + "}";
    return reply;
}

HttpReply plain(unsigned status, std::string text) {
    HttpReply reply;
    reply.status = status;
    reply.body = std::move(text);
    reply.content_type.clear();
    return reply;
}

}  // namespace

awaitable<void> Connection::run() {
    const auto ec = co_await transport_->handshake();
    if (ec) co_return;
    bool upgraded = false;
    while (!upgraded) {
        const auto request = co_await read_request();
        if (!request) break;
        const auto path = request->path;
        if (path == "/socket/websocket" || path == "/realtime/v1/websocket") {
            upgraded = co_await upgrade(*request);
            continue;
        }
        auto reply = world_->routes->handle(*request);
        const bool last = reply.close || lower(request->header("connection")) == "close" || world_->draining;
        const auto failed = co_await write_reply(*request, std::move(reply));
        if (failed || last) break;
    }
    if (upgraded) co_await serve_socket();
    transport_->close();
}

awaitable<bool> Connection::more_bytes() {
    const auto before = buffer_.size();
    buffer_.resize(before + read_step);
    const auto size = co_await transport_->read_some(net::buffer(buffer_.data() + before, read_step));
    buffer_.resize(before + size);
    co_return size > 0;
}

std::optional<HttpReply> Connection::oversized() const {
    const auto line_end = buffer_.find("\r\n");
    HttpReply reply = plain(414, "");
    reply.close = true;
    if (std::min(line_end, buffer_.size()) > line_limit) return reply;
    reply.status = 431;
    const auto header_end = buffer_.find("\r\n\r\n");
    for (auto at = line_end; at < std::min(header_end, buffer_.size());) {
        const auto next = std::min(buffer_.find("\r\n", at + 2), buffer_.size());
        const auto colon = buffer_.find(':', at);
        if (colon < next && next - colon > header_value_limit) return reply;
        at = next;
    }
    if (header_end == std::string::npos && buffer_.size() > header_limit) return reply;
    return std::nullopt;
}

awaitable<std::optional<HttpRequest>> Connection::read_request() {
    http::request_parser<http::string_body> parser;
    parser.header_limit(header_limit);
    parser.body_limit(world_->tenant.limits().body_bytes);
    parser.eager(true);
    bool continued = false;
    HttpRequest none;
    while (!parser.is_done()) {
        Error ec;
        if (!parser.is_header_done()) {
            auto too_much = oversized();
            if (too_much) {
                co_await write_reply(none, std::move(*too_much));
                co_return std::nullopt;
            }
        }
        const auto used = buffer_.empty() ? 0 : parser.put(net::buffer(buffer_), ec);
        buffer_.erase(0, used);
        if (ec == http::error::need_more) ec = {};
        if (ec == http::error::body_limit) {
            HttpReply large = plain(413, "Request Entity Too Large");
            large.content_type = "text/html; charset=utf-8";
            large.close = true;
            co_await write_reply(none, std::move(large));
            co_return std::nullopt;
        }
        if (ec) {
            HttpReply bad = plain(400, "");
            bad.close = true;
            co_await write_reply(none, std::move(bad));
            co_return std::nullopt;
        }
        if (parser.is_done()) break;
        if (parser.is_header_done() && !continued && lower(parser.get()["expect"]) == "100-continue") {
            continued = true;
            static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
            std::vector<net::const_buffer> buffers{net::buffer(go_on)};
            const auto failed = co_await transport_->write(buffers);
            if (failed) co_return std::nullopt;
        }
        const bool more = co_await more_bytes();
        if (!more) co_return std::nullopt;
    }
    auto message = parser.release();
    HttpRequest request;
    request.method = std::string{message.method_string()};
    request.target = std::string{message.target()};
    for (const auto& field : message) request.headers[lower(field.name_string())] = std::string{field.value()};
    request.body = std::move(message.body());
    request.local = transport_->local();
    split_target(request);
    co_return request;
}

awaitable<Error> Connection::write_reply(const HttpRequest& request, HttpReply reply) {
    if (reply.delay.count() > 0) {
        const bool alive = co_await pause_.until(world_->clock.now() + reply.delay);
        if (!alive) co_return net::error::operation_aborted;
    }
    if (reply.drop) co_return net::error::connection_aborted;
    std::string head =
        fmt::format("HTTP/1.1 {} {}\r\ncache-control: max-age=0, private, must-revalidate\r\n", reply.status,
                    std::string{http::obsolete_reason(static_cast<http::status>(reply.status))});
    if (reply.status != 204) head += fmt::format("content-length: {}\r\n", reply.body.size());
    if (!reply.content_type.empty() && !reply.body.empty()) head += "content-type: " + reply.content_type + "\r\n";
    head += "date: " + http_date(world_->clock) + "\r\nserver: Cowboy\r\nvary: accept-encoding\r\n";
    for (const auto& [name, value] : reply.headers) head += fmt::format("{}: {}\r\n", name, value);
    if (reply.close) head += "connection: close\r\n";
    head += "\r\n";
    std::vector<net::const_buffer> buffers{net::buffer(head)};
    if (request.method != "HEAD") buffers.push_back(net::buffer(reply.body));
    const auto ec = co_await transport_->write(buffers);
    co_return ec;
}

HttpReply Connection::refusal(const HttpRequest& request, Verdict& verdict, std::string& token) const {
    auto& tenant = world_->tenant;
    const auto& limits = tenant.limits();
    HttpReply none;
    const auto label = request.header("host").substr(0, request.header("host").find_first_of(".:"));
    if (!tenant.settings().tenant.empty() && label != tenant.settings().tenant)
        return error_reply(404, "Tenant not found");
    if (limits.suspended) return error_reply(403, "Realtime was disabled for this tenant");
    const auto key = request.query.find("apikey");
    token = request.has("x-api-key") ? request.header("x-api-key") : key == request.query.end() ? "" : key->second;
    if (token.empty()) return error_reply(401, "API key is missing");
    if (limits.no_sockets) return error_reply(503, "Service Unavailable");
    verdict = tenant.judge(token);
    if (verdict.fault != TokenFault::none) {
        const auto [status, text] = upgrade_refusal(verdict);
        return error_reply(status, text);
    }
    if (tenant.users() >= limits.concurrent_users) return error_reply(429, "Too many connected users");
    tenant.joins().add(world_->clock.now());
    if (tenant.joins().exceeded(world_->clock.now())) return error_reply(429, "Too many joins per second");
    return none;
}

awaitable<bool> Connection::upgrade(const HttpRequest& request) {
    const auto connection = lower(request.header("connection")), version = request.header("sec-websocket-version");
    HttpReply reply;
    const auto asked = request.query.find("vsn");
    const std::string vsn = asked == request.query.end() ? "1.0.0" : asked->second;
    Verdict verdict;
    std::string token;
    if (connection.find("upgrade") == std::string::npos) {
        const auto got = connection.empty() ? "" : "\"" + connection + "\"";
        reply = plain(400, fmt::format("'connection' header must contain 'upgrade', got [{}]", got));
    } else if (version != "13") {
        reply = plain(400, fmt::format("'sec-websocket-version' header must equal '13', got [\"{}\"]", version));
    } else if (vsn != "1.0.0" && vsn != "2.0.0") {
        reply = plain(403, "");
    } else {
        reply = refusal(request, verdict, token);
        if (reply.status != 200) reply.delay = world_->tenant.settings().upgrade_penalty;
    }
    if (reply.status != 200) {
        ++world_->tenant.counters().upgrades_refused;
        const auto failed = co_await write_reply(request, std::move(reply));
        if (failed) transport_->close();
        co_return false;
    }
    const auto answer = fmt::format(
        "HTTP/1.1 101 Switching Protocols\r\ncache-control: max-age=0, private, must-revalidate\r\n"
        "connection: Upgrade\r\ndate: {}\r\nsec-websocket-accept: {}\r\nserver: Cowboy\r\nupgrade: websocket\r\n\r\n",
        http_date(world_->clock), wire::accept_key(request.header("sec-websocket-key")));
    std::vector<net::const_buffer> buffers{net::buffer(answer)};
    const auto failed = co_await transport_->write(buffers);
    if (failed) co_return false;
    socket_.emplace(world_->tenant, *this, vsn == "2.0.0" ? Version::v2 : Version::v1, std::move(token),
                    std::move(verdict.claims));
    reader_.feed(buffer_);
    buffer_.clear();
    co_return true;
}

}  // namespace hub
