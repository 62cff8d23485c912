// Why another host was not reached, with the names that its sentence needs: the host, the proxy and its answer, the
// certificate that was shown.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <utility>

#include "platform/core/result.hpp"
#include "platform/core/time_point.hpp"
#include "platform/tls.hpp"

namespace platform {

/// An Error (compare it as one) whose message() names who is concerned.
class NetFailure : public Error {
  public:
    NetFailure() = default;
    NetFailure(Error code) : Error(code) {}  // NOLINT: where no name is known the code says it all
    NetFailure(Error code, std::string sentence) : Error(code), sentence_(std::move(sentence)) {}
    template <class Errc, class = typename std::enable_if<boost::system::is_error_code_enum<Errc>::value>::type>
    NetFailure(Errc code) : Error(code) {}  // NOLINT: likewise

    /// Whether time alone may mend it: the network, a server or a proxy in trouble. Else somebody has to do something.
    bool passing() const noexcept;

    std::string message() const { return sentence_.empty() ? Error::message() : sentence_; }

    /// What the proxy answered to the request for a tunnel; 0: no HTTP answer.
    int proxy_status = 0;

  private:
    std::string sentence_;
};

/// A value, or why there is none.
template <class T>
using NetResult = boost::system::result<T, NetFailure>;

/// What is known about a connection that failed.
struct Way {
    std::string host;
    std::uint16_t port = 0;
    std::string proxy = {};          // without its credentials; empty: directly
    int proxy_status = 0;            // of its answer to CONNECT; 0: none
    std::string proxy_methods = {};  // of authentication that it offers ("Negotiate, NTLM"); empty: it named none
    TlsPeer peer = {};               // the certificate that was shown
    Duration limit = Duration::zero();
};

/// `code` with the sentence that those names make. A code that is not about the way keeps its own.
NetFailure explain_way(Error code, const Way& way);

}  // namespace platform
