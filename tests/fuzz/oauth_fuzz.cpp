// What a login server says: the metadata of the resource and of the server, the beginning of a device login, the
// redirect that comes back, and what a browser is then given to open.
#include <nlohmann/json.hpp>
#include <string>

#include "agent/pairing/oauth_parts.hpp"
#include "bytes.hpp"
#include "platform/json/tree.hpp"
#include "platform/url.hpp"

using fuzz::expect;

namespace {

const pairing::Settings& settings() {
    static const pairing::Settings all = [] {
        pairing::Settings made;
        made.resource = made.issuer = "https://a.example";
        return made;
    }();
    return all;
}

/// Credentials go to such an address alone.
void expect_safe(const std::string& url) {
    if (url.empty()) return;
    const auto parsed = platform::parse_url(url);
    expect(parsed.has_value(), "an endpoint that is no address");
    expect(parsed->secure() || platform::is_loopback(parsed->host), "an endpoint without TLS on another machine");
}

template <class T>
void expect_reason(const pairing::Step<T>& step) {
    expect(step || !step.problem.empty(), "a step that failed without a sentence");
}

void read_documents(std::string_view text) {
    const auto tree = platform::parse_json(text);
    if (!tree || !tree->is_object()) return;
    expect_reason(pairing::read_resource(*tree, settings()));
    const auto server = pairing::read_server(*tree, settings());
    expect_reason(server);
    if (!server) return;
    expect(server.value->issuer == settings().issuer, "another issuer than the configured one");
    for (const auto* url : {&server.value->authorization_url, &server.value->token_url, &server.value->registration_url,
                            &server.value->revocation_url, &server.value->device_url, &server.value->userinfo_url}) {
        expect_safe(*url);
    }
    pairing::Challenge challenge{"verifier", "state"};
    const auto address =
        pairing::authorization_address(*server.value, settings(), "client", "http://127.0.0.1:1/callback", challenge);
    expect(platform::is_web_address(address), "a browser is given what is no web address");
}

void begin_device_login(std::string_view text, int status) {
    platform::http::Response response;
    response.status = status;
    response.body = text;
    const auto code = pairing::read_device_code(response);
    expect_reason(code);
    if (!code) return;
    expect(code.value->interval >= pairing::shortest_interval && code.value->interval <= pairing::longest_interval,
           "an interval out of its range");
    expect_safe(code.value->address);
    expect_safe(code.value->full_address);
}

void come_back(std::string_view text) {
    pairing::Metadata metadata;
    metadata.issuer = settings().issuer;
    const pairing::Challenge challenge{"verifier", "right-state"};
    const auto callback = pairing::read_callback(text);
    const auto judged = pairing::judge_callback(callback, challenge, metadata);
    expect_reason(judged);
    expect(!judged || callback.state == challenge.state, "an answer to another login is taken");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Bytes bytes{data, size};
    const int status = bytes.below(4) == 0 ? 400 : 200;
    const auto text = bytes.rest();
    read_documents(text);
    begin_device_login(text, status);
    come_back(text);
    pairing::well_known(text, "oauth-authorization-server");
    return 0;
}
