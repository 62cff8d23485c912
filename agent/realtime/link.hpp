// What outlives a single connection: the state of the cloud link, what waits to be sent, what was learned of the
// server. Owned by the Supervisor, used by its sessions one after the other. One thread, the loop's.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>

#include "agent/core/backoff.hpp"
#include "agent/core/judge.hpp"
#include "agent/core/lifecycle.hpp"
#include "agent/credentials/refresh.hpp"
#include "agent/realtime/core/budget.hpp"
#include "agent/realtime/core/given_tokens.hpp"
#include "agent/realtime/core/outbox.hpp"
#include "agent/realtime/core/twins.hpp"
#include "agent/realtime/settings.hpp"
#include "agent/realtime/status.hpp"
#include "agent/realtime/supervisor.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace realtime {

class Link {
  public:
    Link(net::any_io_executor executor, platform::Worker& network, const Settings& settings,
         credentials::Tokens& tokens, Listener& listener);

    // --- the state
    core::State state() const noexcept { return lifecycle_.state(); }
    /// The one setter: logs the change, updates the status, tells the listener.
    void on(core::Event event);
    /// core::judge() for this agent: with or without a key, and how it comes by another token.
    core::Judgement judge(core::Signal signal) const;
    /// Why it is not joined, and until when it waits; told with the next on().
    /// `newer_token`: it speaks of a token that was replaced meanwhile.
    void because(const core::Judgement& judgement, std::optional<TimePoint> next_try, bool newer_token = false);
    void warn(std::string warning);
    /// The server does not take what is sent, and says or shows why; empty: that is over, which `news` tells.
    void results_refused(std::string why, std::string_view news = "results are accepted again");
    /// The pace, its ceiling and why, as they are now.
    void show_budget(TimePoint now);

    // --- what is sent
    bool publish(Message message);
    /// Tells the listener what became of messages, and counts it.
    void tell_settled();
    /// How long the device channel has been joined in all: the clock of the results' time to live.
    Duration joined_time(TimePoint now) const noexcept;
    /// A reply with an error to the broadcast of that ref. True: it was a message of ours.
    bool refused(Ref ref, std::string_view words, TimePoint now);
    /// The socket ended while messages were in flight: they wait again. `too_large`: the server closed it for the size.
    void link_lost(bool too_large);
    /// Whether a message of that lane may leave now; takes it from the budget if so.
    bool may_send(Lane lane, TimePoint now);
    /// The agent is about to leave: what waits goes out at once. A closure for the rate hurts nobody who stays.
    void stop_pacing();

    // --- waiting
    double random();
    /// Draws the wait that a judgement asks for. `lost`: a standing socket went, so that the first try is spread.
    Duration draw_wait(const core::Judgement& judgement, core::Backoff& doubling, bool lost);

    /// The server's clock, from the Date header of its answers.
    void learn_time(std::string_view date);
    std::chrono::system_clock::time_point server_time() const;

    const net::any_io_executor executor;
    platform::Worker& network;
    const Settings& settings;
    credentials::Tokens& tokens;
    Listener& listener;

    Outbox outbox;
    Budget budget;
    core::Backoff backoff;          // of connections
    core::Backoff channel_backoff;  // of the device channel on a standing socket
    Status status;
    std::size_t payload_limit;

    /// Nothing of the outbox is sent before: the server could not take a message just now.
    TimePoint device_send_after{};
    /// The device channel is not joined again before; kept over reconnects. A change of the token clears it.
    TimePoint device_not_before{};
    /// With which the device channel, or a connection, was refused last for its rights or expiry; 0: none.
    Generation refused_generation = 0;
    /// A replay was refused: it is left out of the joins until then, or until another token is used.
    TimePoint replay_not_before{};
    Generation replay_refused_with = 0;
    bool may_ask_for_replay(TimePoint now) const noexcept {
        return now >= replay_not_before || tokens.generation() != replay_refused_with;
    }
    /// Since when stored broadcasts are asked for at the next join, Unix milliseconds by the server's clock; negative:
    /// not at all. Moves on while the device channel is joined.
    std::int64_t replay_since_ms = -1;
    /// True when that id was not seen before; stored broadcasts come again at every join.
    bool first_sight(std::string_view meta_id);
    /// The server just answered on the joined channel (or accepted the join, which says nothing yet of what it missed).
    void note_joined();

    /// An optional channel that was refused for the token's rights, or for what it is: left alone, over reconnects too,
    /// until then or until another token is used.
    struct RefusedChannel {
        Generation generation = 0;  // of the token
        TimePoint until{};
        core::Judgement why;
    };
    std::map<std::string, RefusedChannel, std::less<>> refused_channels;

    /// A result went over HTTP: it may come back to us from the channel.
    void note_sent_by_http(std::string_view payload);
    bool was_sent_by_http(std::string_view payload) const;

    /// Whether this agent gives way to another one of the same device.
    Twins twins;

    /// When the device channel was joined first in this run, Unix milliseconds by the server's clock; 0: not yet.
    std::uint64_t joined_at_ms = 0;
    /// Closures of devices:all for presence limits.
    int presence_closures = 0;

    /// Presence is tracked; off while a person has the machine.
    bool present = true;

    /// stop() was called: until when everything has to be over.
    std::optional<TimePoint> stop_by;

  private:
    void lower_payload_limit(std::size_t refused_size);

    core::Lifecycle lifecycle_{core::State::connecting};
    bool unpaced_ = false;
    Duration joined_before_{};  // joined time of earlier joins
    std::mt19937_64 random_;
    int losses_with_a_giant_ = 0;
    std::deque<std::string> http_ids_;  // of results sent over HTTP, the newest last
    std::deque<std::string> seen_ids_;  // of stored broadcasts, the newest last
};

}  // namespace realtime
