// The far browser as local clients see it: /json and /devtools as Chrome serves them on its port.
//
// Thread rule: the loop's thread. Lifetime: outlives the server that asks it; the FarBrowser outlives it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "agent/bridge/core/listing.hpp"
#include "agent/bridge/far_browser.hpp"
#include "agent/bridge/local_client.hpp"
#include "platform/http/server.hpp"

namespace bridge {

/// How old the lists of targets and the browser's version may be. Clients ask for them many times a second.
inline constexpr std::chrono::seconds listing_age{1};

/// A request that access was granted to.
struct Asked {
    std::string method = {};
    std::string path = {};   // behind the prefix
    std::string query = {};  // as it came
    Reached reached = {};    // what addresses in the answer begin with
    bool upgrade = false;
};

class DevToolsEndpoint {
  public:
    /// `secret`: the id in /devtools/browser/ID. `label`: shown at the far agent. `tell` gets a sentence about a client
    /// that was refused or ended.
    struct Options {
        std::string secret = {};
        std::string label = {};
        std::function<void(std::string_view)> say = [](std::string_view) {};
        LocalClient::Options clients = {};
    };
    DevToolsEndpoint(net::any_io_executor executor, FarBrowser& far, Options options);
    DevToolsEndpoint(const DevToolsEndpoint&) = delete;
    DevToolsEndpoint& operator=(const DevToolsEndpoint&) = delete;

    awaitable<platform::ServerReply> answer(Asked asked);

    /// Ends its clients; new ones are refused.
    void stop();

    std::size_t clients() const { return clients_.size(); }

  private:
    /// An answer that serves again for a while.
    struct CachedAnswer {
        Answer answer;
        TimePoint until{};
    };

    awaitable<platform::ServerReply> answer_json(Asked asked);
    awaitable<Answer> fetch(std::string method, CachedAnswer& kept);
    awaitable<platform::ServerReply> version(Asked asked);
    awaitable<platform::ServerReply> list(Asked asked);
    awaitable<platform::ServerReply> make_target(Asked asked);
    awaitable<platform::ServerReply> act(std::string method, std::string id, std::string done);
    awaitable<platform::ServerReply> answer_devtools(Asked asked);
    awaitable<platform::ServerReply> attach(OpenWish wish);
    void report_end(const LocalClient& client) const;

    net::any_io_executor executor_;
    FarBrowser& far_;
    const Options options_;
    CachedAnswer version_;
    CachedAnswer targets_;
    LocalClient::Group clients_;
    bool stopping_ = false;
};

}  // namespace bridge
