#include "platform/websocket/handshake.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>

#include "platform/crypto.hpp"
#include "platform/url.hpp"

namespace platform {

namespace {

namespace beast_http = boost::beast::http;

constexpr std::uint32_t max_headers = 64U << 10U;  // bytes of the answer's header

std::string lower(std::string_view text) {
    std::string copy(text);
    std::ranges::transform(copy, copy.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return copy;
}

std::string expected_accept(std::string_view key) {
    const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
    return base64(std::string_view(reinterpret_cast<const char*>(digest.data()), size));
}

bool is_token(std::string_view name) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::ranges::all_of(name, [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               marks.find(c) != marks.npos;
    });
}

bool is_value(std::string_view value) {
    return std::ranges::none_of(value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool is_target(std::string_view target) {
    return target.starts_with('/') &&
           std::ranges::none_of(target, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

bool has_word(std::string_view list, std::string_view word) {
    beast_http::token_list words{boost::beast::string_view(list.data(), list.size())};
    return words.exists(boost::beast::string_view(word.data(), word.size()));
}

// An answer that the server itself would not give to a right request: somebody between took the upgrade away, or
// answered in its place. The Realtime server answers 400 with plain text where the upgrade is missing; its own refusals
// are JSON.
bool looks_stripped(const Refusal& answer) {
    switch (answer.status) {
        case 407:
        case 426:
        case 511:
            return true;
        case 400:
            return !answer.body.starts_with('{');
        default:
            return answer.status >= 200 && answer.status < 400;
    }
}

}  // namespace

std::string_view find_header(const std::vector<std::pair<std::string, std::string>>& headers, std::string_view name) {
    for (const auto& [key, value] : headers) {
        if (key == name) return value;
    }
    return {};
}

std::string make_handshake_key() {
    return base64(random_bytes(16));
}

Result<std::string> write_handshake(const Upgrade& upgrade, bool secure, std::string_view key) {
    const Error invalid = make_error_code(boost::system::errc::invalid_argument);
    if (!is_target(upgrade.target) || !is_value(upgrade.host)) return invalid;
    const Url url{secure ? "https" : "http", upgrade.host, upgrade.port, upgrade.target};
    std::string host = url.authority();
    std::string others;
    for (const auto& [name, value] : upgrade.headers) {
        if (!is_token(name) || !is_value(value)) return invalid;
        if (lower(name) == "host")
            host = value;
        else
            others.append(name).append(": ").append(value).append("\r\n");
    }
    std::string text = "GET " + upgrade.target + " HTTP/1.1\r\nHost: " + host;
    text.append("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ");
    text.append(key).append("\r\n").append(others).append("\r\n");
    return text;
}

struct HandshakeParser::Impl {
    beast_http::response_parser<beast_http::string_body> parser;
    std::size_t max_body = 0;
};

HandshakeParser::HandshakeParser(std::size_t max_body) : impl_(std::make_unique<Impl>()) {
    impl_->max_body = max_body;
    impl_->parser.eager(true);
    impl_->parser.header_limit(max_headers);
    impl_->parser.body_limit(boost::none);  // kept within max_body by done()
}

HandshakeParser::~HandshakeParser() = default;

Result<std::size_t> HandshakeParser::put(std::string_view bytes) {
    std::size_t used = 0;
    while (!done() && used < bytes.size()) {
        boost::beast::error_code ec;
        const std::size_t count = impl_->parser.put(net::buffer(bytes.data() + used, bytes.size() - used), ec);
        used += count;
        if (ec == beast_http::error::need_more) break;
        if (ec) return WebSocketErrc::bad_handshake;
        if (count == 0) break;
    }
    return used;
}

bool HandshakeParser::done() const {
    if (impl_->parser.is_done()) return true;
    return impl_->parser.is_header_done() && impl_->parser.get().body().size() >= impl_->max_body;
}

std::uint64_t HandshakeParser::announced() const {
    return impl_->parser.is_header_done() ? impl_->parser.content_length().value_or(0) : 0;
}

bool HandshakeParser::ends_with_connection() const {
    return impl_->parser.is_header_done() && impl_->parser.need_eof();
}

Refusal HandshakeParser::take() {
    auto message = impl_->parser.release();
    Refusal answer;
    answer.status = static_cast<int>(message.result_int());
    for (const auto& field : message) {
        const auto name = field.name_string();
        const auto value = field.value();
        answer.headers.emplace_back(lower(std::string_view(name.data(), name.size())),
                                    std::string_view(value.data(), value.size()));
    }
    answer.body = std::move(message.body());
    if (answer.body.size() > impl_->max_body) answer.body.resize(impl_->max_body);
    return answer;
}

Error judge_handshake(const Refusal& answer, std::string_view key) {
    if (answer.status != 101) return looks_stripped(answer) ? WebSocketErrc::upgrade_stripped : WebSocketErrc::refused;
    // Nothing was offered, so nothing can have been chosen.
    const bool unasked =
        !answer.header("sec-websocket-extensions").empty() || !answer.header("sec-websocket-protocol").empty();
    const bool right = has_word(answer.header("upgrade"), "websocket") &&
                       has_word(answer.header("connection"), "upgrade") &&
                       answer.header("sec-websocket-accept") == expected_accept(key);
    return right && !unasked ? Error{} : WebSocketErrc::bad_handshake;
}

}  // namespace platform
