// Tunnels: which way a connection takes, what its failures are called. "0.0.0.0" is this machine for the kernel, but
// not a loopback address: it stands for a host out there.
#include "platform/tunnel.hpp"

#include <curl/curl.h>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <atomic>
#include <boost/asio/read.hpp>
#include <future>
#include <string_view>

#include "platform/http/curl_pace.hpp"
#include "proxies.hpp"

namespace {

/// The name that the resolver of this program does not answer as long as a SlowName lives.
constexpr std::string_view slow_name = "slow.example";
std::shared_future<void> slow_name_is_answered;
std::atomic<int> turns_of_curl = 0;

class SlowName {
  public:
    SlowName() { slow_name_is_answered = answer_.get_future().share(); }
    ~SlowName() { answer_.set_value(); }
    SlowName(const SlowName&) = delete;
    SlowName& operator=(const SlowName&) = delete;

  private:
    std::promise<void> answer_;
};

template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

// In place of the libraries' own.
extern "C" {
int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** found) {
    static auto* const real = next<int(const char*, const char*, const addrinfo*, addrinfo**)>("getaddrinfo");
    if (!name || name != slow_name) return real(name, service, hints, found);
    const auto answered = slow_name_is_answered;
    answered.wait();
    return EAI_AGAIN;
}
CURLMcode curl_multi_perform(CURLM* multi, int* running) {
    static auto* const real = next<CURLMcode(CURLM*, int*)>("curl_multi_perform");
    ++turns_of_curl;
    return real(multi, running);
}
}

namespace tests {
namespace {

using namespace net::experimental::awaitable_operators;
using platform::NetOptions;
using platform::open_tunnel;
using platform::TunnelErrc;

constexpr const char* outside = "0.0.0.0";

// Greets, so that a client knows whom it reached.
Peer::Script greeter() {
    return [](tcp::socket socket) {
        write_text(socket, "hello");
        read_request(socket);
    };
}

class TunnelTest : public ::testing::Test {
  protected:
    // What the other end said, or how the way there failed.
    awaitable<Result<std::string>> reach(std::string host, std::uint16_t port, NetOptions options) {
        auto opened = co_await open_tunnel(network, std::move(host), port, std::move(options));
        if (!opened) co_return opened.error();
        std::string greeting(5, '\0');
        const auto [ec, count] = co_await net::async_read(*opened, net::buffer(greeting), no_throw);
        if (ec) co_return ec;
        co_return greeting;
    }

    Result<std::string> reach_now(const std::string& host, std::uint16_t port, const NetOptions& options) {
        return run(io, reach(host, port, options));
    }

    void expect_greeting(const std::string& host, std::uint16_t port, const NetOptions& options) {
        const auto greeting = reach_now(host, port, options);
        ASSERT_TRUE(greeting) << greeting.error().message();
        EXPECT_EQ(*greeting, "hello");
    }

    void expect_failure(const std::string& host, std::uint16_t port, const NetOptions& options, TunnelErrc why) {
        const auto greeting = reach_now(host, port, options);
        ASSERT_FALSE(greeting);
        EXPECT_EQ(greeting.error(), why) << greeting.error().message();
    }

    static NetOptions through(std::string proxy) {
        NetOptions options;
        options.proxy = std::move(proxy);
        return options;
    }

    Environment clean{no_proxies()};
    net::io_context io;
    platform::Worker network{"net-test"};
    Peer target{greeter()};
};

TEST_F(TunnelTest, LoopbackIsDirectWhateverIsConfigured) {
    const Environment proxied({{"https_proxy", "http://127.0.0.1:1"}, {"ALL_PROXY", "http://127.0.0.1:1"}});
    for (const char* host : {"127.0.0.1", "localhost", "device.localhost"}) {
        expect_greeting(host, target.port(), {});
        expect_greeting(host, target.port(), through("https://127.0.0.1:1"));
    }
}

TEST_F(TunnelTest, LoopbackFallsBackToIpv6) {
    const Peer six(greeter(), "::1");
    expect_greeting("localhost", six.port(), {});
    expect_greeting("::1", six.port(), {});
}

TEST_F(TunnelTest, DirectWithoutAProxy) {
    expect_greeting(outside, target.port(), {});
}

TEST_F(TunnelTest, RefusedAndUnknown) {
    expect_failure("127.0.0.1", 1, {}, TunnelErrc::refused);
    expect_failure(outside, 1, {}, TunnelErrc::refused);
    expect_failure("no-such-host.invalid", 443, {}, TunnelErrc::resolve_failed);
}

TEST_F(TunnelTest, ConnectProxyIsAskedForTheHostsName) {
    ConnectProxy proxy(target.port());
    expect_greeting("realtime.example", 443, through(proxy.url()));
    ASSERT_EQ(proxy.requests().size(), 1U);
    EXPECT_TRUE(proxy.requests()[0].starts_with("CONNECT realtime.example:443 HTTP/1.1\r\n")) << proxy.requests()[0];
    EXPECT_EQ(target.accepted(), 1);
}

TEST_F(TunnelTest, Ipv6TargetKeepsItsBrackets) {
    ConnectProxy proxy(target.port());
    expect_greeting("2001:db8::1", 443, through(proxy.url()));
    EXPECT_TRUE(proxy.requests().at(0).starts_with("CONNECT [2001:db8::1]:443 HTTP/1.1\r\n")) << proxy.requests()[0];
}

TEST_F(TunnelTest, NothingConnectsDirectlyWhenTheProxyFails) {
    ConnectProxy refusing(target.port(), "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    expect_failure(outside, target.port(), through(refusing.url()), TunnelErrc::proxy_refused);
    ConnectProxy locked(target.port(), "", "Ym1jOnNlY3JldA==");
    expect_failure(outside, target.port(), through(locked.url()), TunnelErrc::proxy_authentication);
    expect_failure(outside, target.port(), through("http://127.0.0.1:1"), TunnelErrc::proxy_unreachable);
    expect_failure(outside, target.port(), through("socks5h://127.0.0.1:1"), TunnelErrc::proxy_unreachable);
    expect_failure(outside, target.port(), through("http://no-such-proxy.invalid:3128"),
                   TunnelErrc::proxy_resolve_failed);
    expect_failure(outside, target.port(), through("https://127.0.0.1:1"), TunnelErrc::proxy_scheme);
    expect_failure(outside, target.port(), through("ftp://127.0.0.1:1"), TunnelErrc::proxy_invalid);
    expect_failure(outside, target.port(), through("http://"), TunnelErrc::proxy_invalid);
    EXPECT_EQ(target.accepted(), 0);
}

TEST_F(TunnelTest, CredentialsInTheProxysAddress) {
    ConnectProxy proxy(target.port(), "", "Ym1jOnNlY3JldA==");
    expect_greeting("realtime.example", 443, through("http://bmc:secret@127.0.0.1:" + std::to_string(proxy.port())));
    EXPECT_EQ(target.accepted(), 1);
}

TEST_F(TunnelTest, EnvironmentInBothCasesAndItsOrder) {
    ConnectProxy proxy(target.port());
    const std::string dead = "http://127.0.0.1:1";
    int opened = 0;
    for (const Values& values : {Values{{"https_proxy", proxy.url()}}, Values{{"HTTPS_PROXY", proxy.url()}},
                                 Values{{"all_proxy", proxy.url()}}, Values{{"ALL_PROXY", proxy.url()}},
                                 Values{{"https_proxy", proxy.url()}, {"HTTPS_PROXY", dead}, {"ALL_PROXY", dead}},
                                 Values{{"HTTPS_PROXY", proxy.url()}, {"all_proxy", dead}}}) {
        const Environment environment(values);
        expect_greeting("realtime.example", 443, {});
        EXPECT_EQ(target.accepted(), ++opened);
    }
    // curl's http_proxy is for http addresses; ours is always TLS.
    const Environment other(Values{{"http_proxy", dead}});
    expect_greeting(outside, target.port(), {});
    const Environment overruled(Values{{"https_proxy", dead}});
    expect_greeting("realtime.example", 443, through(proxy.url()));
    expect_greeting(outside, target.port(), through("none"));
}

TEST_F(TunnelTest, NoProxyIsObeyed) {
    ConnectProxy proxy(target.port());
    NetOptions options = through(proxy.url());
    options.no_proxy = "example.org,0.0.0.0";
    expect_greeting(outside, target.port(), options);
    options.no_proxy = "*";
    expect_greeting(outside, target.port(), options);
    for (const char* name : {"no_proxy", "NO_PROXY"}) {
        const Environment environment(Values{{name, outside}});
        expect_greeting(outside, target.port(), through(proxy.url()));
    }
    EXPECT_EQ(proxy.accepted(), 0);
    options.no_proxy = "example.org";
    expect_greeting(outside, target.port(), options);
    EXPECT_EQ(proxy.accepted(), 1);
    // A failure of the direct way is not blamed on the proxy.
    options.no_proxy = outside;
    expect_failure(outside, 1, options, TunnelErrc::refused);
}

TEST_F(TunnelTest, SilentProxyTimesOut) {
    const Peer silent([](tcp::socket socket) {
        read_request(socket);
        read_request(socket);
    });
    NetOptions options = through("http://127.0.0.1:" + std::to_string(silent.port()));
    options.connect_timeout = 100ms;
    expect_failure("realtime.example", 443, options, TunnelErrc::timed_out);
}

TEST_F(TunnelTest, CancellingEndsItAtOnceAndFreesTheWorker) {
    const Peer silent([](tcp::socket socket) {
        read_request(socket);
        read_request(socket);
    });
    NetOptions options = through("http://127.0.0.1:" + std::to_string(silent.port()));
    options.connect_timeout = 60s;
    const auto cut = [&]() -> awaitable<bool> {
        const auto executor = co_await net::this_coro::executor;
        platform::Timer timer(executor);
        timer.expires_after(50ms);
        const auto first =
            co_await (open_tunnel(network, "realtime.example", 443, options) || timer.async_wait(no_throw));
        co_return first.index() == 1;
    };
    const auto before = std::chrono::steady_clock::now();
    EXPECT_TRUE(run(io, cut()));
    expect_greeting(outside, target.port(), {});  // needs the worker
    EXPECT_LT(std::chrono::steady_clock::now() - before, 10s);
}

TEST_F(TunnelTest, RealTinyproxy) {
    const auto open = RealProxy::tinyproxy(io, false);
    expect_greeting(outside, target.port(), through("http://127.0.0.1:" + std::to_string(open->port())));
    expect_failure(outside, 1, through("http://127.0.0.1:" + std::to_string(open->port())), TunnelErrc::proxy_refused);
    const auto locked = RealProxy::tinyproxy(io, true);
    const std::string address = "127.0.0.1:" + std::to_string(locked->port());
    expect_failure(outside, target.port(), through("http://" + address), TunnelErrc::proxy_authentication);
    expect_failure(outside, target.port(), through("http://bmc:wrong@" + address), TunnelErrc::proxy_authentication);
    expect_greeting(outside, target.port(), through("http://bmc:secret@" + address));
}

class SquidTest : public TunnelTest, public ::testing::WithParamInterface<RealProxy::SquidAuth> {};

TEST_P(SquidTest, OpensTunnels) {
    const auto squid = RealProxy::squid(io, GetParam());
    const std::string address = "127.0.0.1:" + std::to_string(squid->port());
    if (GetParam() != RealProxy::SquidAuth::none) {
        expect_failure(outside, target.port(), through("http://" + address), TunnelErrc::proxy_authentication);
        expect_failure(outside, target.port(), through("http://bmc:wrong@" + address),
                       TunnelErrc::proxy_authentication);
    }
    EXPECT_EQ(target.accepted(), 0);
    expect_greeting(outside, target.port(), through("http://bmc:secret@" + address));
}

std::string name_of(const ::testing::TestParamInfo<RealProxy::SquidAuth>& tested) {
    constexpr const char* names[] = {"None", "Basic", "Digest"};
    return names[static_cast<std::size_t>(tested.param)];
}

INSTANTIATE_TEST_SUITE_P(Authentication, SquidTest,
                         ::testing::Values(RealProxy::SquidAuth::none, RealProxy::SquidAuth::basic,
                                           RealProxy::SquidAuth::digest),
                         name_of);

TEST_F(TunnelTest, RealSocks5) {
    const auto open = RealProxy::microsocks(io, false);
    for (const char* scheme : {"socks5://", "socks5h://"}) {
        expect_greeting(outside, target.port(), through(scheme + ("127.0.0.1:" + std::to_string(open->port()))));
    }
    expect_failure(outside, 1, through("socks5h://127.0.0.1:" + std::to_string(open->port())),
                   TunnelErrc::proxy_refused);
    const auto locked = RealProxy::microsocks(io, true);
    const std::string address = "127.0.0.1:" + std::to_string(locked->port());
    expect_failure(outside, target.port(), through("socks5h://" + address), TunnelErrc::proxy_authentication);
    expect_failure(outside, target.port(), through("socks5h://bmc:wrong@" + address), TunnelErrc::proxy_authentication);
    expect_greeting(outside, target.port(), through("socks5h://bmc:secret@" + address));
}

// As Tor's port answers HTTP.
constexpr const char* no_http_proxy = "HTTP/1.0 501 Tor is not an HTTP Proxy\r\nContent-Length: 0\r\n\r\n";
constexpr const char* bad_request = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";

NetOptions in_a_hurry(std::string proxy) {
    NetOptions options;
    options.proxy = std::move(proxy);
    options.connect_timeout = 200ms;
    return options;
}

TEST_F(TunnelTest, ASocksProxyThatAnswersHttpTooIsWhatItIsCalled) {
    StrandedProxy::Manners tor{.socks = true, .to_connect = no_http_proxy, .to_other_http = no_http_proxy};
    for (const char* scheme : {"socks5", "socks5h"}) {
        const StrandedProxy closing(tor);
        expect_failure("192.0.2.1", 443, in_a_hurry(closing.url(scheme)), TunnelErrc::proxy_closed);
    }
    tor.ends_unanswered = false;
    const StrandedProxy hanging(tor);
    expect_failure("192.0.2.1", 443, in_a_hurry(hanging.url("socks5h")), TunnelErrc::timed_out);
    expect_failure("192.0.2.1", 443, in_a_hurry(hanging.url("http")), TunnelErrc::proxy_refused);
}

TEST_F(TunnelTest, AProxyThatGaveASocksReplyIsAskedNothing) {
    // General failure, not allowed, host unreachable; the rest is the address that it bound.
    for (const auto& [code, why] : {std::pair{'\x01', TunnelErrc::proxy_refused},
                                    {'\x02', TunnelErrc::proxy_authentication},
                                    {'\x04', TunnelErrc::proxy_refused}}) {
        const std::string reply{'\x05', code, '\0', '\x01', '\0', '\0', '\0', '\0', '\0', '\0'};
        const StrandedProxy tor({.socks = true, .to_socks = reply, .to_other_http = no_http_proxy});
        expect_failure("192.0.2.1", 443, in_a_hurry(tor.url("socks5h")), why);
        EXPECT_EQ(tor.accepted(), 1);
    }
}

TEST_F(TunnelTest, AProxyOfBothKindsIsWhatItIsCalled) {
    StrandedProxy::Manners mixed{.socks = true, .to_other_http = bad_request};
    const StrandedProxy closing(mixed);
    mixed.ends_unanswered = false;
    const StrandedProxy hanging(mixed);
    for (const char* scheme : {"http", "socks5", "socks5h"}) {
        expect_failure("192.0.2.1", 443, in_a_hurry(closing.url(scheme)), TunnelErrc::proxy_closed);
        expect_failure("192.0.2.1", 443, in_a_hurry(hanging.url(scheme)), TunnelErrc::timed_out);
    }
}

TEST_F(TunnelTest, AProxyOfTheOtherKindIsNamedAsThat) {
    const StrandedProxy socks({.socks = true});
    expect_failure("192.0.2.1", 443, in_a_hurry(socks.url("http")), TunnelErrc::proxy_not_http);
    const StrandedProxy patient_socks({.socks = true, .ends_unanswered = false});
    expect_failure("192.0.2.1", 443, in_a_hurry(patient_socks.url("http")), TunnelErrc::proxy_not_http);
    const StrandedProxy http({.to_connect = bad_request, .to_other_http = bad_request});
    const StrandedProxy patient_http(
        {.to_connect = bad_request, .to_other_http = bad_request, .ends_unanswered = false});
    for (const char* scheme : {"socks4", "socks4a", "socks5", "socks5h"}) {
        expect_failure("192.0.2.1", 443, in_a_hurry(http.url(scheme)), TunnelErrc::proxy_not_socks);
    }
    expect_failure("192.0.2.1", 443, in_a_hurry(patient_http.url("socks5h")), TunnelErrc::proxy_not_socks);
}

TEST_F(TunnelTest, AProxyThatSpeaksNothingIsOfNoKind) {
    const StrandedProxy mute({});
    for (const char* scheme : {"http", "socks5h"}) {
        expect_failure("192.0.2.1", 443, in_a_hurry(mute.url(scheme)), TunnelErrc::proxy_closed);
    }
}

// libcurl watches the proxy's connection meanwhile, and does not read that it was closed.
TEST_F(TunnelTest, AProxyThatClosesWhileTheHostsNameIsLookedUpCostsNothing) {
    const Peer socks([](tcp::socket socket) {
        std::array<char, 64> greeting{};
        Error ec;
        socket.read_some(net::buffer(greeting), ec);
        net::write(socket, net::buffer("\x05\x00", 2), ec);
    });
    const SlowName slow;
    const NetOptions options = in_a_hurry("socks5://127.0.0.1:" + std::to_string(socks.port()));
    turns_of_curl = 0;
    const auto before = std::chrono::steady_clock::now();
    expect_failure(std::string(slow_name), 443, options, TunnelErrc::timed_out);
    const auto took = std::chrono::steady_clock::now() - before;
    EXPECT_GT(turns_of_curl, 0) << "they are not counted";
    // The last turn has no rest after it.
    EXPECT_LE(turns_of_curl, platform::CurlPace::turns_at_once + took / platform::CurlPace::turn_time + 1);
}

TEST_F(TunnelTest, ProxysDescriptionHidesItsPassword) {
    EXPECT_EQ(platform::describe_proxy(through("http://bmc:se@cret@proxy.example:3128"), "h"),
              "http://proxy.example:3128");
    EXPECT_EQ(platform::describe_proxy(through("proxy.example"), "h"), "http://proxy.example:1080");
    EXPECT_EQ(platform::describe_proxy(through("socks5h://[::1]:9050/"), "h"), "socks5h://[::1]:9050");
    EXPECT_EQ(platform::describe_proxy(through("http://bmc:secret@"), "h"), "(unreadable)");
    EXPECT_EQ(platform::describe_proxy(through("http://p:1"), "localhost"), "");
    EXPECT_EQ(platform::describe_proxy({}, "h"), "");
}

}  // namespace
}  // namespace tests
