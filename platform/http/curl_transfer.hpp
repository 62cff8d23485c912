// What the tunnel and the REST client share of libcurl: one transfer that can be stopped from another thread, the proxy
// and certificate policy on it, and what its failures mean. Inside platform/ only; used on the network worker.
#pragma once

#include <curl/curl.h>

#include <array>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "platform/core/result.hpp"
#include "platform/http/curl_outcome.hpp"
#include "platform/net_failure.hpp"
#include "platform/net_options.hpp"

namespace platform {

/// The parts of NetOptions that come from the environment, read once and on the loop's thread.
struct ProxyChoice {
    std::string proxy;       // with its credentials; empty: direct
    std::string exceptions;  // what NO_PROXY means to curl
    std::uint16_t port = 0;  // of the proxy
    std::string shown = {};  // the proxy, without its credentials
};
Result<ProxyChoice> read_proxy_choice(const NetOptions& options, std::string_view host);

/// One request to curl and its connection, which lives as long as this object. Not movable: curl holds its address.
class CurlTransfer {
  public:
    CurlTransfer(const NetOptions& options, const ProxyChoice& choice);
    ~CurlTransfer();
    CurlTransfer(const CurlTransfer&) = delete;
    CurlTransfer& operator=(const CurlTransfer&) = delete;

    CURL* handle() const { return easy_.get(); }

    /// Runs to the end, or until `stop`. What went wrong is of TunnelErrc, TlsErrc, or `otherwise`.
    Error run(std::stop_token stop, Error otherwise);

    /// What run() ended in, with the names. `host` and `port` are those of the address; `limit` is the time that the
    /// whole had, zero: that of the connection.
    NetFailure failure(Error code, std::string host, std::uint16_t port, Duration limit = Duration::zero()) const;

    /// Whether the connection (and the tunnel, and TLS) was open: what failed then failed later.
    bool connected() const;

    /// The open socket after a CURLOPT_CONNECT_ONLY run: curl's own, to be duplicated. Negative: none.
    int active_socket() const;

  private:
    static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
    static CURLcode set_up_tls(CURL* handle, void* context, void* self);
    CURLcode perform(std::stop_token stop);
    CurlOutcome outcome(CURLcode code = CURLE_OK) const;
    bool went_to_proxy() const;
    Error by_its_language(Error code) const;

    struct EasyDeleter {
        void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    };
    struct MultiDeleter {
        void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
    };

    NetOptions options_;
    ProxyChoice choice_;
    std::array<char, CURL_ERROR_SIZE> text_{};  // curl's own words; never shown: they may hold addresses with secrets
    std::uint16_t last_port_ = 0;               // of the last connection tried
    Error tls_error_;                           // of set_up_tls
    TlsPeer peer_;                              // the certificate that was shown last
    std::unique_ptr<CURLM, MultiDeleter> multi_;
    std::unique_ptr<CURL, EasyDeleter> easy_;
};

}  // namespace platform
