// Posts results over HTTP while the socket is away: some proxies and outages take the one and leave the other. Off by
// default. Uses the address of a single event, which says when it refuses; the batch address says yes to what it drops.
// Thread rule: the loop's thread. run() is one of the Supervisor's loops.
#pragma once

#include <set>
#include <string>

#include "agent/realtime/link_memory.hpp"
#include "platform/net.hpp"

namespace realtime {

class HttpFallback {
  public:
    /// What of the memory it works with; all of it outlives the fallback.
    struct Needs {
        net::any_io_executor executor;
        platform::Worker& network;
        const Settings& settings;
        const credentials::Tokens& tokens;
        LinkStatus& status;
        Delivery& delivery;
        Reconnect& reconnect;
        RecentIds& sent_by_http;
        const std::optional<TimePoint>& stop_by;
    };
    explicit HttpFallback(const Needs& needs);

    /// Until it is cancelled.
    awaitable<void> run();

  private:
    /// What waited long enough and may go now; null: nothing.
    const Message* due(TimePoint now);
    bool socket_is_away(TimePoint now);
    awaitable<void> post(Message message);
    void answered(const Message& message, int status, std::string_view body, Generation used);
    void posted(const Message& message);

    const Needs with_;
    TimePoint not_before_{};
    std::optional<TimePoint> away_since_;
    Generation refused_generation_ = 0;  // of the token that may not post; 0: none
    bool unsupported_ = false;           // a server older than that address
    std::set<Ticket> left_to_socket_;    // what HTTP does not take, such as an unpaired surrogate in a string
    platform::Timer timer_;
};

}  // namespace realtime
