// One HTTP exchange in plain words, so that the routes know no network.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/hub/frame.hpp"
#include "tests/hub/settings.hpp"

namespace hub {

struct HttpRequest {
    std::string method, target;  ///< target as it came, with query
    std::string path;            ///< decoded only segment by segment: still percent-encoded
    std::map<std::string, std::string> query;
    std::map<std::string, std::string> headers;  ///< names in lower case; the last of equal ones
    std::string body;
    bool local = true;  ///< from this machine

    std::string header(const std::string& name) const;
    bool has(const std::string& name) const { return headers.count(name) != 0; }
    /// Path segments, percent-decoded.
    std::vector<std::string> segments() const;
};

struct HttpReply {
    unsigned status = 200;
    std::string body;
    std::string content_type = "application/json; charset=utf-8";
    std::vector<std::pair<std::string, std::string>> headers;
    milliseconds delay{0};  ///< the server sleeps before it answers
    bool close = false;     ///< of the connection, afterwards
    bool drop = false;      ///< the connection ends without an answer
};

HttpReply reply_with(unsigned status, std::string json_body);
HttpReply json_reply(unsigned status, const Json& body);
/// The token of `Authorization: Bearer …`; empty: none.
std::string bearer_of(const HttpRequest& request);

std::string percent_decoded(std::string_view text, bool plus_is_space = false);
std::string percent_encoded(std::string_view text);
/// key=value&… of a query string or a form.
std::map<std::string, std::string> parse_form(std::string_view text);
void split_target(HttpRequest& request);

}  // namespace hub
