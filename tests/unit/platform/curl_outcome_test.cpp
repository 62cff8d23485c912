// What the ends of curl's transfers mean.
#include "platform/http/curl_outcome.hpp"

#include <gtest/gtest.h>
#include <openssl/x509_vfy.h>

#include <cerrno>

#include "platform/tls.hpp"
#include "platform/tunnel.hpp"

namespace platform {
namespace {

const Error other_trouble = make_error_code(boost::system::errc::protocol_error);

Error meaning(const CurlOutcome& outcome) {
    return explain(outcome, other_trouble);
}

TEST(CurlOutcome, AFailedConnectionIsCalledByItsCause) {
    EXPECT_EQ(meaning({.code = CURLE_COULDNT_RESOLVE_HOST}), TunnelErrc::resolve_failed);
    EXPECT_EQ(meaning({.code = CURLE_COULDNT_RESOLVE_PROXY}), TunnelErrc::proxy_resolve_failed);
    EXPECT_EQ(meaning({.code = CURLE_OPERATION_TIMEDOUT}), TunnelErrc::timed_out);
    EXPECT_EQ(meaning({.code = CURLE_COULDNT_CONNECT, .os_error = ECONNREFUSED}), TunnelErrc::refused);
    EXPECT_EQ(meaning({.code = CURLE_COULDNT_CONNECT, .os_error = ETIMEDOUT}), TunnelErrc::timed_out);
    EXPECT_EQ(meaning({.code = CURLE_COULDNT_CONNECT, .os_error = ENETUNREACH}), TunnelErrc::unreachable);
    EXPECT_EQ(meaning({.code = CURLE_COULDNT_CONNECT, .to_proxy = true, .os_error = ECONNREFUSED}),
              TunnelErrc::proxy_unreachable);
}

TEST(CurlOutcome, WhatIsNeitherTheProxysNorTlssIsTheCallers) {
    EXPECT_EQ(meaning({.code = CURLE_RECV_ERROR}), other_trouble);
    EXPECT_EQ(meaning({.code = CURLE_RECV_ERROR, .to_proxy = true, .proxy_status = 200}), other_trouble)
        << "the tunnel was open";
    EXPECT_EQ(meaning({.code = CURLE_RECV_ERROR, .to_proxy = true, .connected = true}), other_trouble)
        << "likewise through SOCKS";
    EXPECT_EQ(meaning({.code = CURLE_ABORTED_BY_CALLBACK}), other_trouble);
    EXPECT_EQ(meaning({.code = CURLE_ABORTED_BY_CALLBACK, .tls_error = TlsErrc::failed}), TlsErrc::failed);
}

TEST(CurlOutcome, AProxyThatWantsALoginIsToldFromOneThatRefuses) {
    for (const long status : {401L, 407L}) {
        EXPECT_EQ(meaning({.code = CURLE_RECV_ERROR, .to_proxy = true, .proxy_status = status}),
                  TunnelErrc::proxy_authentication);
    }
    EXPECT_EQ(meaning({.code = CURLE_RECV_ERROR, .to_proxy = true, .proxy_status = 403}), TunnelErrc::proxy_refused);
    EXPECT_EQ(meaning({.code = CURLE_RECV_ERROR, .to_proxy = true}), TunnelErrc::proxy_closed);
    EXPECT_EQ(meaning({.code = CURLE_PROXY, .to_proxy = true, .socks_error = CURLPX_CLOSED}), TunnelErrc::proxy_closed);
    EXPECT_EQ(meaning({.code = CURLE_PROXY, .to_proxy = true, .socks_error = CURLPX_USER_REJECTED}),
              TunnelErrc::proxy_authentication);
    EXPECT_EQ(meaning({.code = CURLE_PROXY, .to_proxy = true, .socks_error = CURLPX_REPLY_HOST_UNREACHABLE}),
              TunnelErrc::proxy_refused);
}

TEST(CurlOutcome, TlsIsExplainedByItsVerdictFirstThenByItsWords) {
    EXPECT_EQ(meaning({.code = CURLE_PEER_FAILED_VERIFICATION, .verified = X509_V_ERR_CERT_HAS_EXPIRED}),
              explain_verification(X509_V_ERR_CERT_HAS_EXPIRED));
    const auto by_words = [](std::string_view words) {
        return meaning({.code = CURLE_SSL_CONNECT_ERROR, .verified = X509_V_ERR_UNSPECIFIED, .words = words});
    };
    EXPECT_EQ(by_words("SSL: no alternative certificate subject name matches target host name"), TlsErrc::wrong_host);
    EXPECT_EQ(by_words("error:0A00010B:SSL routines::wrong version number"), TlsErrc::not_tls);
    EXPECT_EQ(by_words("error:0A00042E:SSL routines::tlsv1 alert protocol version"), TlsErrc::protocol_version);
    EXPECT_EQ(by_words("something new"), TlsErrc::failed);
}

TEST(CurlOutcome, ASocksServerIsKnownByAnyOfItsReplies) {
    EXPECT_TRUE(is_socks_reply(CURLPX_NO_AUTH));
    EXPECT_TRUE(is_socks_reply(CURLPX_REPLY_CONNECTION_REFUSED));
    EXPECT_FALSE(is_socks_reply(CURLPX_OK));
    EXPECT_FALSE(is_socks_reply(CURLPX_CLOSED));
    EXPECT_FALSE(is_socks_reply(CURLPX_BAD_VERSION)) << "it spoke something else";
}

TEST(CurlOutcome, NamesTheLoginsThatAProxyOffers) {
    EXPECT_EQ(authentication_names(0), "");
    EXPECT_EQ(authentication_names(CURLAUTH_BASIC), "Basic");
    EXPECT_EQ(authentication_names(static_cast<long>(CURLAUTH_NTLM | CURLAUTH_NEGOTIATE)), "Negotiate and NTLM");
}

}  // namespace
}  // namespace platform
