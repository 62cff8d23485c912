// Proxies: the address as people write it, and what the proxy answers to CONNECT or to a SOCKS greeting, read by
// libcurl on a pair of sockets. Whatever it says, there is a tunnel or a sentence for a person, without the proxy's
// password.
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <stop_token>
#include <string>

#include "bytes.hpp"
#include "platform/http/curl_transfer.hpp"
#include "platform/proxy_text.hpp"
#include "platform/text.hpp"
#include "platform/tunnel.hpp"

using fuzz::expect;

namespace {

constexpr std::string_view password = "pass-word";

void read_address(std::string_view text) {
    const auto normal = platform::normal_proxy(text);
    expect(platform::normal_proxy(normal) == normal, "normalizing twice changes something");
    platform::NetOptions options;
    options.proxy = normal.empty() ? "none" : normal;
    const auto chosen = platform::choose_proxy(options);
    if (!chosen || chosen->empty()) return;
    const auto shown = platform::describe_proxy(options, "host.example");
    expect(shown.find('@') == std::string::npos, "a proxy is shown with its credentials");
    expect(!platform::proxy_host(*chosen).empty() && platform::proxy_port(*chosen) != 0, "a proxy that is nowhere");
}

curl_socket_t give_socket(void* pair, curlsocktype, curl_sockaddr*) {
    return *static_cast<int*>(pair);
}
int is_connected(void*, curl_socket_t, curlsocktype) {
    return CURL_SOCKOPT_ALREADY_CONNECTED;
}

/// The proxy has answered already, and says nothing more.
void answer(const char* scheme, std::string_view text) {
    int pair[2] = {-1, -1};
    expect(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "no pair of sockets");
    expect(::write(pair[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()),
           "an answer was not written");
    ::shutdown(pair[1], SHUT_WR);
    platform::ProxyChoice choice;
    choice.proxy = std::string(scheme) + "://user:" + std::string(password) + "@127.0.0.1:1";
    choice.port = 1;
    choice.shown = std::string(scheme) + "://127.0.0.1:1";
    {
        platform::CurlTransfer transfer(platform::NetOptions{}, choice);
        curl_easy_setopt(transfer.handle(), CURLOPT_OPENSOCKETFUNCTION, &give_socket);
        curl_easy_setopt(transfer.handle(), CURLOPT_OPENSOCKETDATA, &pair[0]);
        curl_easy_setopt(transfer.handle(), CURLOPT_SOCKOPTFUNCTION, &is_connected);
        curl_easy_setopt(transfer.handle(), CURLOPT_URL, "http://host.example:80");
        curl_easy_setopt(transfer.handle(), CURLOPT_CONNECT_ONLY, 1L);
        // What this machine's resolver says is no part of it.
        const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> address{
            curl_slist_append(nullptr, "host.example:80:192.0.2.1"), &curl_slist_free_all};
        curl_easy_setopt(transfer.handle(), CURLOPT_RESOLVE, address.get());
        const Error ec = transfer.run(std::stop_token{}, platform::TunnelErrc::failed);
        if (ec) {
            const auto sentence = transfer.failure(ec, "host.example", 80).message();
            expect(!sentence.empty(), "a failure without a sentence");
            expect(sentence.find(password) == std::string::npos, "the proxy's password in a sentence");
            expect(platform::clean(sentence, sentence.size()) == sentence, "a sentence that a terminal obeys");
        }
    }
    ::close(pair[1]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Bytes bytes{data, std::min<std::size_t>(size, 32 * 1024)};
    constexpr const char* schemes[] = {"http", "socks5h", "socks4a", "socks5"};
    const auto which = bytes.below(std::size(schemes) + 1);
    if (which == std::size(schemes))
        read_address(bytes.rest());
    else
        answer(schemes[which], bytes.rest());
    return 0;
}
