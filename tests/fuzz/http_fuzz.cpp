// Requests to our own HTTP servers (the control socket, a login's redirect, the bridge) as Beast's parser and we read
// them, and whom the bridge lets in.
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <string>

#include "agent/bridge/core/access.hpp"
#include "bytes.hpp"
#include "platform/http/server_stream.hpp"

using fuzz::expect;
namespace beast_http = boost::beast::http;

namespace {

constexpr std::string_view secret = "0123456789abcdef0123456789abcdef";

/// The request in `text`, read in pieces of `step` bytes. Nothing: it is none, or not whole.
std::optional<platform::ServerRequest> read_request(std::string_view text, std::size_t step) {
    beast_http::request_parser<beast_http::string_body> parser;
    parser.header_limit(platform::server_header_bytes);
    parser.body_limit(platform::server_body_bytes);
    parser.eager(true);
    std::string unread;
    while (!text.empty() && !parser.is_done()) {
        unread.append(text.substr(0, step));
        text.remove_prefix(std::min(step, text.size()));
        boost::beast::error_code ec;
        const auto used = parser.put(boost::asio::buffer(unread), ec);
        if (ec && ec != beast_http::error::need_more) return std::nullopt;
        unread.erase(0, used);
    }
    if (!parser.is_done()) return std::nullopt;
    return platform::to_request(parser.get());
}

/// Without the secret nobody passes, but for the description of the protocol.
void visit(const platform::ServerRequest& request) {
    bridge::AccessRules rules;
    rules.devices = {{std::string(secret), "desk"}, {std::string(secret.rbegin(), secret.rend()), "van"}};
    rules.page_secret = std::string(secret.substr(1)) + secret.front();
    const bridge::Visit visit{request.path, request.host, request.authorization, request.origin, request.upgrade};
    const auto judged = bridge::judge(visit, rules);
    const bool knows = request.path.find(rules.page_secret) != std::string::npos ||
                       request.path.find(rules.devices[0].secret) != std::string::npos ||
                       request.path.find(rules.devices[1].secret) != std::string::npos ||
                       request.authorization.find(rules.devices[0].secret) != std::string::npos ||
                       request.authorization.find(rules.devices[1].secret) != std::string::npos;
    const auto* pass = std::get_if<bridge::Pass>(&judged);
    if (pass == nullptr) return expect(std::get<bridge::Denial>(judged).status >= 400, "a denial that is none");
    expect(knows || request.path == "/json/protocol", "somebody passes without a secret");
    expect(bridge::host_passes(request.host), "a page's own name passes as a host");
    expect(!pass->device || *pass->device < rules.devices.size(), "a device that is not there");
    expect(pass->path.starts_with('/') || pass->path == request.path, "a path without a slash");
    rules.open_to_local_users = true;
    expect(std::holds_alternative<bridge::Pass>(bridge::judge(visit, rules)), "who has the secret is refused without");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Bytes bytes{data, size};
    const std::size_t step = 1 + bytes.byte();
    const auto request = read_request(bytes.rest(), step);
    if (!request) return 0;
    const auto whole = read_request(bytes.rest(), bytes.rest().size());
    expect(whole && whole->path == request->path && whole->body == request->body && whole->host == request->host,
           "a request depends on how it is cut");
    expect(request->path.find('?') == std::string::npos, "a query in the path");
    expect(request->body.size() <= platform::server_body_bytes, "a body beyond its bound");
    request->parameter("code");
    visit(*request);
    return 0;
}
