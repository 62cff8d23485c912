// Shows this agent in presence: it tracks itself on the device's channel and among all devices, as often as the server
// allows. Thread rule: the loop's thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/realtime/core/channel.hpp"
#include "agent/realtime/core/presence_pace.hpp"
#include "agent/realtime/link_memory.hpp"
#include "agent/realtime/pusher.hpp"

namespace realtime {

class Presence {
  public:
    /// Closures of devices:all for presence limits after which it is left alone, and nothing is tracked there later.
    static constexpr int closures_max = 2;
    /// Of the device's name, in bytes: the payload limit is the tenant's.
    static constexpr std::size_t name_max = 200;

    /// What of the memory it works with; all of it outlives the presence.
    struct Needs {
        const Settings& settings;
        const credentials::Tokens& tokens;
        OwnPresence& own;
        const std::optional<TimePoint>& stop_by;
    };
    Presence(const net::any_io_executor& executor, const Needs& needs, Pusher& pusher);

    /// The agent shows itself there from the next joined() on. The channel outlives the presence.
    void add(const Channel& channel, bool device);

    /// Tells the channels whose presence is out of date, each as soon as its limit allows.
    awaitable<void> run();
    /// OwnPresence or the device's name may have changed.
    void wake() { timer_.cancel(); }

    void joined(const Channel& channel);
    void lost(const Channel& channel) noexcept;
    /// It is about to be left.
    void leaving(const Channel& channel);
    /// An optional channel was closed with those words. True: for presence limits, once too often; leave it alone.
    bool closed_for_limits(const Channel& channel, std::string_view words);

  private:
    /// A channel, and how the agent is shown on it.
    struct Tracked {
        const Channel* channel;  // never null
        bool device = false;
        bool shown = false;
        std::string name = {};  // the device's, as shown
        PresencePace pace = {};
    };

    Tracked* find(const Channel& channel) noexcept;
    bool differs(const Tracked& tracked) const;
    TimePoint show_due(TimePoint now);
    void track(Tracked& tracked);
    void untrack(Tracked& tracked);
    std::string track_payload(const Tracked& tracked) const;
    std::string device_name() const;

    const Needs with_;
    Pusher& pusher_;
    platform::Timer timer_;
    std::vector<Tracked> tracked_;
};

}  // namespace realtime
