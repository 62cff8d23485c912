#include "tests/hub/http.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <memory>

namespace hub {

using CurlText = std::unique_ptr<char, decltype(&curl_free)>;

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
    if (text.empty()) return {};  // curl takes a length of 0 for strlen()
    std::string coded{text};
    if (plus_is_space) std::replace(coded.begin(), coded.end(), '+', ' ');
    int size = 0;
    const CurlText plain{curl_easy_unescape(nullptr, coded.data(), static_cast<int>(coded.size()), &size), &curl_free};
    return {plain.get(), static_cast<std::size_t>(size)};
}

std::string percent_encoded(std::string_view text) {
    if (text.empty()) return {};
    const CurlText coded{curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())), &curl_free};
    return coded.get();
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
