#include "platform/http/curl_transfer.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/error.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "platform/clock.hpp"
#include "platform/http/curl_init.hpp"
#include "platform/http/curl_pace.hpp"
#include "platform/http/proxy_look.hpp"
#include "platform/tls.hpp"
#include "platform/tunnel.hpp"
#include "platform/url.hpp"
#include "platform/wiped_memory.hpp"

namespace platform {

namespace {

constexpr int poll_milliseconds = 1000;  // curl names its own earlier deadlines; this is only the upper bound
/// For the question whether a proxy speaks another language than its address says.
constexpr auto language_limit = std::chrono::seconds{2};
constexpr long min_tls = CURL_SSLVERSION_TLSv1_2;

std::string first_of_environment(std::initializer_list<const char*> names) {
    for (const char* name : names) {
        const char* value = std::getenv(name);
        if (value && *value) return value;
    }
    return {};
}

void rest(Duration time, const std::stop_token& stop) {
    std::mutex alone;
    std::unique_lock lock{alone};
    std::condition_variable_any stopped;
    stopped.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace

Result<ProxyChoice> read_proxy_choice(const NetOptions& options, std::string_view host) {
    ProxyChoice choice;
    if (is_loopback(host)) return choice;
    const Result<std::string> proxy = choose_proxy(options);
    if (!proxy) return proxy.error();
    choice.proxy = *proxy;
    choice.exceptions = options.no_proxy.empty() ? first_of_environment({"no_proxy", "NO_PROXY"}) : options.no_proxy;
    choice.port = proxy_port(choice.proxy);
    choice.shown = describe_proxy(options, host);
    return choice;
}

CurlTransfer::CurlTransfer(const NetOptions& options, const ProxyChoice& choice) : options_(options), choice_(choice) {
    init_curl();
    multi_.reset(curl_multi_init());
    easy_.reset(curl_easy_init());
    if (!multi_ || !easy_) throw std::bad_alloc();
    CURL* easy = easy_.get();
    const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(options_.connect_timeout);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, text_.data());
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limit.count()));
    // A resolver that hangs is left to itself instead of being waited for.
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
    // An empty proxy keeps curl from looking into the environment, which we have read already.
    curl_easy_setopt(easy, CURLOPT_PROXY, choice_.proxy.c_str());
    curl_easy_setopt(easy, CURLOPT_NOPROXY, choice_.exceptions.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
    // Negotiate and NTLM would need this machine's own domain login; with a name and a password alone curl fails there
    // in ways that say nothing.
    curl_easy_setopt(easy, CURLOPT_PROXYAUTH, CURLAUTH_BASIC | CURLAUTH_DIGEST);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    // Keys and tokens are the server's headers: a proxy that opens the tunnel gets none of them.
    curl_easy_setopt(easy, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
    // The certificate authorities are loaded by set_up_tls alone, as for WebSockets.
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, min_tls);
    curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &set_up_tls);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, this);
}

CurlTransfer::~CurlTransfer() {
    curl_multi_remove_handle(multi_.get(), easy_.get());
}

// Close-on-exec from the first moment: a hook or a browser must not inherit a connection.
curl_socket_t CurlTransfer::open_socket(void* self, curlsocktype, curl_sockaddr* address) {
    if (address->family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address->addr, sizeof v4);
        static_cast<CurlTransfer*>(self)->last_port_ = ntohs(v4.sin_port);
    } else if (address->family == AF_INET6) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address->addr);
        static_cast<CurlTransfer*>(self)->last_port_ = ntohs(v6->sin6_port);
    }
#ifdef SOCK_CLOEXEC
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
#else
    return ::socket(address->family, address->socktype, address->protocol);
#endif
}

CURLcode CurlTransfer::set_up_tls(CURL*, void* context, void* self) {
    auto* transfer = static_cast<CurlTransfer*>(self);
    transfer->tls_error_ = apply_tls_policy(static_cast<SSL_CTX*>(context), transfer->options_);
    note_peer(static_cast<SSL_CTX*>(context), transfer->peer_);
    return transfer->tls_error_ ? CURLE_ABORTED_BY_CALLBACK : CURLE_OK;
}

CURLcode CurlTransfer::perform(std::stop_token stop) {
    CURLM* multi = multi_.get();
    if (curl_multi_add_handle(multi, easy_.get()) != CURLM_OK) return CURLE_FAILED_INIT;
    const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
    CurlPace pace;
    while (!stop.stop_requested()) {
        int running = 0;
        if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
        int left = 0;
        const CURLMsg* message = curl_multi_info_read(multi, &left);
        if (message && message->msg == CURLMSG_DONE) return message->data.result;
        if (curl_multi_poll(multi, nullptr, 0, poll_milliseconds, nullptr) != CURLM_OK) return CURLE_FAILED_INIT;
        const Duration pause = pace.rest(BootClock::now());
        if (pause > Duration::zero()) rest(pause, stop);
    }
    return CURLE_ABORTED_BY_CALLBACK;
}

Error CurlTransfer::run(std::stop_token stop, Error otherwise) {
    const CURLcode code = perform(stop);
    if (stop.stop_requested()) return net::error::operation_aborted;
    return code == CURLE_OK ? Error{} : explain(outcome(code), otherwise);
}

bool CurlTransfer::connected() const {
    curl_off_t microseconds = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_PRETRANSFER_TIME_T, &microseconds);
    return microseconds > 0;
}

int CurlTransfer::active_socket() const {
    curl_socket_t socket = CURL_SOCKET_BAD;
    const CURLcode code = curl_easy_getinfo(easy_.get(), CURLINFO_ACTIVESOCKET, &socket);
    return code == CURLE_OK ? socket : -1;
}

// NO_PROXY is curl's to judge, so what it did is read off the port that it connected to.
bool CurlTransfer::went_to_proxy() const {
    return !choice_.proxy.empty() && (last_port_ == 0 || last_port_ == choice_.port);
}

/// One that gave no answer may speak the other language: it is asked. First in that which its address says: one that
/// answers there is what it is called, whatever else it speaks, and what failed lies behind it.
Error CurlTransfer::by_its_language(Error code) const {
    const bool silent =
        code == TunnelErrc::proxy_closed || code == TunnelErrc::proxy_refused || code == TunnelErrc::timed_out;
    const CurlOutcome facts = outcome();
    if (!silent || facts.proxy_status != 0 || facts.connected || is_socks_reply(facts.socks_error)) return code;
    const bool http = proxy_scheme_of(choice_.proxy) == "http";
    const auto own = http ? ProxySpeaks::http : ProxySpeaks::socks;
    const auto other = http ? ProxySpeaks::socks : ProxySpeaks::http;
    const auto host = proxy_host(choice_.proxy);
    auto spoken = ask_proxy(host, choice_.port, own, language_limit);
    if (spoken == ProxySpeaks::nothing) spoken = ask_proxy(host, choice_.port, other, language_limit);
    if (spoken != other) return code;
    return http ? TunnelErrc::proxy_not_http : TunnelErrc::proxy_not_socks;
}

CurlOutcome CurlTransfer::outcome(CURLcode code) const {
    CurlOutcome out;
    out.code = code;
    out.to_proxy = went_to_proxy();
    out.connected = connected();
    out.words = text_.data();
    out.tls_error = tls_error_;
    curl_easy_getinfo(easy_.get(), CURLINFO_HTTP_CONNECTCODE, &out.proxy_status);
    curl_easy_getinfo(easy_.get(), CURLINFO_PROXY_ERROR, &out.socks_error);
    curl_easy_getinfo(easy_.get(), CURLINFO_SSL_VERIFYRESULT, &out.verified);
    curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &out.os_error);
    return out;
}

NetFailure CurlTransfer::failure(Error code, std::string host, std::uint16_t port, Duration limit) const {
    Way way;
    way.host = std::move(host);
    way.port = port;
    way.limit = limit == Duration::zero() ? options_.connect_timeout : limit;
    way.peer = peer_;
    if (went_to_proxy()) {
        code = by_its_language(code);
        way.proxy = choice_.shown;
        way.proxy_status = static_cast<int>(outcome().proxy_status);
        long offered = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_PROXYAUTH_AVAIL, &offered);
        way.proxy_methods = authentication_names(offered);
    }
    return explain_way(code, way);
}

}  // namespace platform
