#include "agent/realtime/connect_failure.hpp"

#include "agent/realtime/endpoint.hpp"
#include "platform/http/http.hpp"
#include "platform/tunnel.hpp"

namespace realtime {
namespace {

using Kind = Signal::Kind;
using platform::TlsErrc;
using platform::TunnelErrc;

bool is_of_our_files(const Error& code) noexcept {
    return code == TlsErrc::bad_ca_file || code == TlsErrc::bad_ca_folder || code == TlsErrc::no_system_store;
}

}  // namespace

Kind kind_of(const platform::NetFailure& failure) noexcept {
    if (failure.category() == endpoint_category()) return Kind::unusable;
    if (failure.passing()) return Kind::connect;
    if (failure.category() == platform::tls_category()) return is_of_our_files(failure) ? Kind::unusable : Kind::trust;
    const bool barred = failure == TunnelErrc::proxy_refused || failure == platform::http::Errc::too_large;
    return barred ? Kind::barred : Kind::unusable;
}

Cause cause_of(const platform::NetFailure& failure) {
    return realtime::judge({kind_of(failure), 0, "no connection"}).cause;
}

}  // namespace realtime
