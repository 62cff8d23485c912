#include "platform/http/curl_outcome.hpp"

#include <openssl/x509_vfy.h>

#include <array>
#include <cerrno>
#include <utility>

#include "platform/tls.hpp"
#include "platform/tunnel.hpp"

namespace platform {
namespace {

Error explain_proxy(const CurlOutcome& outcome) {
    if (!outcome.to_proxy) return {};
    const long status = outcome.proxy_status;
    // 407 by the book; tinyproxy answers false credentials with 401.
    if (status == 407 || status == 401) return TunnelErrc::proxy_authentication;
    if (status >= 300) return TunnelErrc::proxy_refused;
    if (status >= 200) return {};      // the tunnel was open: the failure lies beyond it
    if (outcome.connected) return {};  // likewise through SOCKS
    switch (outcome.socks_error) {
        case CURLPX_OK:
        case CURLPX_CLOSED:
            return TunnelErrc::proxy_closed;
        case CURLPX_NO_AUTH:
        case CURLPX_USER_REJECTED:
        case CURLPX_REPLY_NOT_ALLOWED:
            return TunnelErrc::proxy_authentication;
        default:
            return TunnelErrc::proxy_refused;
    }
}

Error explain_tls(const CurlOutcome& outcome) {
    // curl leaves X509_V_ERR_UNSPECIFIED where verification was not reached, or was content.
    if (outcome.verified != X509_V_OK && outcome.verified != X509_V_ERR_UNSPECIFIED) {
        return explain_verification(outcome.verified);
    }
    // curl compares the host's name itself, after OpenSSL was content; the rest it only tells in OpenSSL's words.
    const auto says = [&](std::string_view part) { return outcome.words.find(part) != std::string_view::npos; };
    if (says("no alternative certificate subject name") || says("does not match target host name")) {
        return TlsErrc::wrong_host;
    }
    if (says("wrong version number") || says("packet length too long") || says("http request")) return TlsErrc::not_tls;
    if (says("unsupported protocol") || says("alert protocol version")) return TlsErrc::protocol_version;
    return TlsErrc::failed;
}

}  // namespace

Error explain(const CurlOutcome& outcome, Error otherwise) {
    switch (outcome.code) {
        case CURLE_COULDNT_RESOLVE_HOST:
            return TunnelErrc::resolve_failed;
        case CURLE_COULDNT_RESOLVE_PROXY:
            return TunnelErrc::proxy_resolve_failed;
        case CURLE_OPERATION_TIMEDOUT:
            return TunnelErrc::timed_out;
        case CURLE_URL_MALFORMAT:
            return make_error_code(boost::system::errc::invalid_argument);
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_ISSUER_ERROR:
            return explain_tls(outcome);
        case CURLE_ABORTED_BY_CALLBACK:
            return outcome.tls_error ? outcome.tls_error : otherwise;
        case CURLE_COULDNT_CONNECT:
            break;
        default: {
            const Error proxy = explain_proxy(outcome);
            return proxy ? proxy : otherwise;
        }
    }
    if (outcome.to_proxy) return TunnelErrc::proxy_unreachable;
    if (outcome.os_error == ECONNREFUSED) return TunnelErrc::refused;
    if (outcome.os_error == ETIMEDOUT) return TunnelErrc::timed_out;
    return TunnelErrc::unreachable;
}

bool is_socks_reply(long socks_error) noexcept {
    switch (socks_error) {
        case CURLPX_IDENTD:
        case CURLPX_IDENTD_DIFFER:
        case CURLPX_NO_AUTH:
        case CURLPX_REPLY_ADDRESS_TYPE_NOT_SUPPORTED:
        case CURLPX_REPLY_COMMAND_NOT_SUPPORTED:
        case CURLPX_REPLY_CONNECTION_REFUSED:
        case CURLPX_REPLY_GENERAL_SERVER_FAILURE:
        case CURLPX_REPLY_HOST_UNREACHABLE:
        case CURLPX_REPLY_NETWORK_UNREACHABLE:
        case CURLPX_REPLY_NOT_ALLOWED:
        case CURLPX_REPLY_TTL_EXPIRED:
        case CURLPX_REPLY_UNASSIGNED:
        case CURLPX_REQUEST_FAILED:
        case CURLPX_UNKNOWN_FAIL:
        case CURLPX_UNKNOWN_MODE:
        case CURLPX_USER_REJECTED:
            return true;
        default:
            return false;
    }
}

std::string authentication_names(long bits) {
    constexpr std::array<std::pair<unsigned long, const char*>, 4> names{{{CURLAUTH_BASIC, "Basic"},
                                                                          {CURLAUTH_DIGEST, "Digest"},
                                                                          {CURLAUTH_NEGOTIATE, "Negotiate"},
                                                                          {CURLAUTH_NTLM, "NTLM"}}};
    std::string all;
    for (const auto& [bit, name] : names) {
        if ((static_cast<unsigned long>(bits) & bit) != 0) all.append(all.empty() ? "" : " and ").append(name);
    }
    return all;
}

}  // namespace platform
