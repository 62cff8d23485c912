// A bystander on the channel of one device: hears what passes between controllers and the far browser, and sends
// nothing on the channel, neither commands nor presence. It keeps joining until it is stopped. One thread, the loop's.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/bridge/channel.hpp"
#include "agent/bridge/core/choose_device.hpp"
#include "agent/bridge/core/watched.hpp"
#include "agent/bridge/tender.hpp"
#include "agent/realtime/core/failure.hpp"
#include "platform/net.hpp"

namespace bridge {

class Watch final : realtime::Listener, Tended {
  public:
    struct Outputs {
        std::function<void(const SeenMessage&)> sight;
        /// A sentence about the channel: that it was joined, or why it is not joined.
        std::function<void(std::string_view)> say;
    };
    Watch(const Channel::Needs& needs, Device device, Outputs outputs);
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    /// Until stop(), or until the channel cannot be joined unless somebody does something: see why_barred().
    awaitable<void> run();
    void stop();
    /// Once run() has ended: the commands that have no answer.
    std::vector<SeenMessage> take_open() { return watched_.take_open(); }

    /// A sentence: why the channel cannot be joined. Empty: run() ended for another reason.
    const std::string& why_barred() const noexcept { return barred_; }
    /// Who has to act so that it can be joined.
    realtime::Cause cause() const noexcept { return cause_; }

  private:
    void on_broadcast(const realtime::Broadcast& broadcast) override;
    void on_settled(realtime::Ticket, realtime::Settled) override {}
    void on_status(const realtime::Status& status) override;
    TimePoint tend(TimePoint now) override;
    void show(const std::vector<SeenMessage>& sights) const;

    const Device device_;
    const Outputs outputs_;
    realtime::Settings settings_;
    realtime::Supervisor link_;
    Watched watched_;
    Tender tender_;
    bool joined_ = false;
    std::string said_;    // the last sentence about the channel
    std::string barred_;  // why it cannot be joined
    realtime::Cause cause_ = realtime::Cause::passing;
};

}  // namespace bridge
