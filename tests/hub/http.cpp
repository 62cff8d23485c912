#include "tests/hub/http.hpp"

#include <fmt/core.h>

#include <cctype>

namespace hub {

namespace {
int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}
}  // namespace

HttpReply reply_with(unsigned status, std::string json_body) {
    HttpReply reply;
    reply.status = status;
    reply.body = std::move(json_body);
    return reply;
}

HttpReply json_reply(unsigned status, const Json& body) {
    return reply_with(status, dump(body));
}

std::string bearer_of(const HttpRequest& request) {
    const auto value = request.header("authorization");
    constexpr std::string_view scheme = "bearer ";
    if (value.size() < scheme.size()) return {};
    for (std::size_t i = 0; i < scheme.size(); ++i)
        if (std::tolower(static_cast<unsigned char>(value[i])) != scheme[i]) return {};
    return value.substr(scheme.size());
}

std::string percent_decoded(std::string_view text, bool plus_is_space) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape =
            text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
        if (escape) {
            out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            out += plus_is_space && text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~')
            out += c;
        else
            out += fmt::format("%{:02X}", byte);
    }
    return out;
}

std::map<std::string, std::string> parse_form(std::string_view text) {
    std::map<std::string, std::string> out;
    while (!text.empty()) {
        const auto end = text.find('&');
        const auto pair = text.substr(0, end);
        const auto equals = pair.find('=');
        const auto key = percent_decoded(pair.substr(0, equals), true);
        if (!key.empty())
            out[key] = equals == std::string_view::npos ? "" : percent_decoded(pair.substr(equals + 1), true);
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return out;
}

void split_target(HttpRequest& request) {
    const auto question = request.target.find('?');
    request.path = request.target.substr(0, question);
    if (question != std::string::npos)
        request.query = parse_form(std::string_view{request.target}.substr(question + 1));
}

std::string HttpRequest::header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string{} : found->second;
}

std::vector<std::string> HttpRequest::segments() const {
    std::vector<std::string> out;
    std::string_view rest = path;
    while (!rest.empty()) {
        rest.remove_prefix(rest.front() == '/' ? 1 : 0);
        const auto end = rest.find('/');
        if (end != 0 && !rest.empty()) out.push_back(percent_decoded(rest.substr(0, end)));
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end);
    }
    return out;
}

}  // namespace hub
