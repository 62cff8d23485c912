// The devices that the bridge offers, as its page shows them: who is there, what runs there, who drives it. Looked into
// only while somebody looks at the page, since each look costs the tenant messages: the rows by REST, who is online by
// presence, the rest by asking each agent, a few at a time. One thread, the loop's.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/bridge/controller.hpp"
#include "agent/bridge/core/access.hpp"
#include "agent/bridge/core/device_card.hpp"
#include "agent/bridge/far_on_demand.hpp"
#include "agent/bridge/presence_watch.hpp"
#include "platform/net.hpp"

namespace bridge {

/// Called on the loop; must not destroy the Fleet.
class FleetListener {
  public:
    /// The token may see a device that is not offered yet. It may be offered during the call.
    virtual void on_found(const Device& device) = 0;

  protected:
    ~FleetListener() = default;
};

class Fleet {
  public:
    /// How long after the last look it goes on.
    static constexpr Duration look_limit = std::chrono::seconds{20};
    /// Between two looks at the rows, and between two questions to an agent: one that somebody uses or has open on the
    /// page, one that is there and did not answer well, and any other one.
    static constexpr Duration rows_again = std::chrono::seconds{10};
    static constexpr Duration ask_used_again = std::chrono::seconds{5};
    static constexpr Duration ask_troubled_again = std::chrono::seconds{10};
    static constexpr Duration ask_again = std::chrono::seconds{60};
    /// For an agent to answer. Agents that are asked at a time, and the time between two such groups.
    static constexpr Duration ask_limit = std::chrono::seconds{5};
    static constexpr std::size_t asked_at_once = 4;
    static constexpr Duration ask_pause = std::chrono::milliseconds{500};
    /// How long the first questions wait for presence.
    static constexpr Duration presence_wait = std::chrono::seconds{2};

    /// `found` hears of devices that are not offered yet; null: those that are offered are all. Both outlive the Fleet.
    Fleet(Controller& controller, FleetListener* found);

    /// A device that is offered below `secret`. `far` outlives the Fleet.
    void offer(FarOnDemand& far, std::string secret);
    /// A sentence about a client of that device which was refused or ended.
    void note_refusal(const std::string& secret, std::string_view sentence);

    /// Somebody looks at the page: the cards of the devices with these keys, as devices.json. `open`: the uuid of the
    /// device that is open there; empty: none is.
    std::string look(const std::vector<DeviceKey>& keys, std::string_view open);

    /// Looks while somebody does, until stop().
    awaitable<void> run();
    void stop();

  private:
    struct Member {
        FarOnDemand& far;
        std::string secret;
        std::string name = {};
        bool listed = true;  // the token may see it
        std::optional<bool> present = {};
        std::optional<AskedAgent> answered = {};
        std::string version = {};  // by presence
        std::optional<TimePoint> asked_at = {};
        std::optional<TimePoint> open_at = {};       // on the page
        std::optional<std::int64_t> last_seen = {};  // Unix seconds
        std::string refusal = {};
    };

    bool looked_at() const;
    awaitable<void> follow();
    awaitable<void> work(PresenceWatch& presence);
    awaitable<void> read_rows();
    void take_row(const Device& row);
    void take_presence(const PresenceWatch& presence);
    Duration pause_of(const Member& member) const;
    std::vector<Member*> due_to_ask();
    awaitable<void> ask(Member& member);
    awaitable<void> ask_all(std::vector<Member*> members, std::size_t first);
    DeviceCard card_of(const Member& member) const;

    Controller& controller_;
    FleetListener* const found_;
    std::deque<Member> members_;
    std::string rows_problem_;
    std::string presence_problem_;
    std::optional<TimePoint> rows_at_;
    std::optional<TimePoint> looked_at_;
    std::optional<std::int64_t> looking_since_;  // Unix seconds, without a break; nothing: nobody looks
    bool presence_known_ = false;
    platform::Timer changed_;  // cancelled at each change
    bool stopping_ = false;
};

}  // namespace bridge
