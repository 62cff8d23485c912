#include "agent/realtime/endpoint.hpp"

#include "platform/percent.hpp"

namespace realtime {

namespace {

/// The server refuses header values beyond 4096 bytes.
constexpr std::size_t header_value_max = 4096;

constexpr std::string_view socket_path = "/websocket";
constexpr std::string_view bare_socket_path = "/socket";

class EndpointCategory final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "realtime.endpoint"; }
    std::string message(int code) const override {
        switch (static_cast<EndpointErrc>(code)) {
            case EndpointErrc::bad_url:
                return "realtime.url is not an address: it must read like https://api.example.com/realtime/v1";
            case EndpointErrc::not_secure:
                return "realtime.url is not encrypted: plain http:// and ws:// are for this machine alone, use "
                       "https://";
        }
        return "unknown error of the address";
    }
};

}  // namespace

const boost::system::error_category& endpoint_category() noexcept {
    static const EndpointCategory category;
    return category;
}

Result<platform::Url> socket_endpoint(std::string_view text) {
    auto url = platform::parse_url(text);
    if (!url) return make_error_code(EndpointErrc::bad_url);
    if (url->target.find('?') != std::string::npos) return make_error_code(EndpointErrc::bad_url);
    if (!url->secure() && !platform::is_loopback(url->host)) return make_error_code(EndpointErrc::not_secure);
    while (!url->target.empty() && url->target.back() == '/') url->target.pop_back();
    url->target += socket_path;
    return url;
}

Result<std::string> broadcast_endpoint(std::string_view text, std::string_view topic, std::string_view event) {
    const auto url = socket_endpoint(text);
    if (!url) return url.error();
    std::string path = url->target.substr(0, url->target.size() - socket_path.size());
    // Without a gateway in front the server has its sockets below /socket and the rest beside it.
    if (path.ends_with(bare_socket_path)) path.resize(path.size() - bare_socket_path.size());
    const bool six = url->host.find(':') != std::string::npos;
    std::string address = url->secure() ? "https://" : "http://";
    address += six ? "[" + url->host + "]" : url->host;
    address += ":" + std::to_string(url->port) + path + "/api/broadcast/" + platform::percent_encode(topic) +
               "/events/" + platform::percent_encode(event) + "?private=true";
    return address;
}

platform::Upgrade upgrade_for(const platform::Url& endpoint, Vsn vsn, std::string_view api_key,
                              std::string_view token) {
    platform::Upgrade upgrade;
    upgrade.host = endpoint.host;
    upgrade.port = endpoint.port;
    upgrade.target = endpoint.target + "?apikey=" + platform::percent_encode(api_key);
    upgrade.target += vsn == Vsn::v2 ? "&vsn=2.0.0" : "&vsn=1.0.0";
    upgrade.headers.emplace_back("User-Agent", "bmc-agent/" BMC_VERSION);
    std::string bearer = "Bearer ";
    bearer += token;
    if (bearer.size() <= header_value_max) upgrade.headers.emplace_back("Authorization", std::move(bearer));
    return upgrade;
}

std::string text_of_refusal(const platform::Refusal& refusal) {
    if (refusal.status < 300 || refusal.status >= 400) return refusal.body;
    const auto where = platform::parse_url(refusal.header("location"));
    return where ? "it leads to " + where->origin() : std::string{};
}

}  // namespace realtime
