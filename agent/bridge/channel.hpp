// The controller's connection to one device: it joins the channel `device:<uuid>` without presence, sends commands on
// it, and hands what it receives to a listener. After a loss it joins again, until it is stopped. One thread, the
// loop's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/realtime/core/failure.hpp"
#include "agent/realtime/settings.hpp"
#include "agent/realtime/supervisor.hpp"
#include "platform/net.hpp"

namespace bridge {

/// Hears a Channel. Called on the loop; must not destroy the Channel. Views are valid during the call.
class ChannelListener {
  public:
    /// A cdp-result, of anybody's command.
    virtual void on_result(std::string_view payload) = 0;
    /// A cdp-event, of anybody's client; `raw` are the bytes beside it, empty for none.
    virtual void on_client_event(std::string_view payload, std::string_view raw) = 0;
    /// Somebody joined or left the channel: the agent may have started anew.
    virtual void on_presence() = 0;
    /// The channel was joined, or was lost.
    virtual void on_joined(bool joined) = 0;
    /// The channel cannot be joined unless somebody does something: see Channel::why_not().
    virtual void on_barred() = 0;
    virtual void on_sent(realtime::Ticket ticket) = 0;
    virtual void on_settled(realtime::Ticket ticket, realtime::Settled how) = 0;

  protected:
    ~ChannelListener() = default;
};

/// How a command is sent.
enum class Sending : std::uint8_t {
    again,     // once more after each loss of the link, until it is acknowledged
    streamed,  // likewise, and on_sent() tells when it is written
    raw,       // as streamed, and the payload is as realtime::append_raw() makes it: where carries_bytes() says so
    once,      // twice would do harm: after a loss of the link it is Settled::uncertain
};

class Channel final : realtime::Listener {
  public:
    struct Needs {
        net::any_io_executor executor;
        platform::Worker& network;           // outlives the Channel, like all references here
        const realtime::Settings& settings;  // of the agent: the visitor's are made of it
        credentials::Tokens& tokens;
    };
    Channel(const Needs& needs, std::string uuid, ChannelListener& listener);

    /// Connects, joins and serves until stop().
    awaitable<void> run();
    /// Sends the waiting commands, for `grace` at most, then leaves the channel.
    void stop(Duration grace) { link_.stop(grace); }

    /// An id that no other controller uses: 64 random bits and a count.
    std::string new_id() { return prefix_ + std::to_string(++last_id_); }

    /// Sends a cdp-command. Authors take turns, so that one that sends much does not delay the others. Returns the
    /// command's ticket; 0: the outbox has no room.
    realtime::Ticket send(std::string payload, realtime::SenderId author, Sending how = Sending::again);
    /// The command is no longer wanted: it is not sent, nor sent again after a loss of the link.
    void withdraw(realtime::Ticket ticket) { link_.withdraw(ticket); }

    /// The agent says how many broadcasts a second are left for this end; 0: any number.
    void be_given_pace(double broadcasts) {
        pace_ = broadcasts;
        link_.be_given_pace(broadcasts);
    }
    /// What the agent said of it last; nothing: it has not said yet.
    std::optional<double> pace() const noexcept { return pace_; }

    /// When the pace has room for one more command behind `ahead` that wait. Not before `now`.
    TimePoint room_at(TimePoint now, std::size_t ahead) { return link_.room_at(now, ahead); }

    bool joined() const noexcept { return joined_; }
    bool barred() const noexcept { return barred_; }
    /// A sentence: why the channel is not joined, or why the server refuses broadcasts. Empty: neither.
    std::string why_not() const;
    /// Who has to act so that the trouble ends.
    realtime::Cause cause() const;
    std::size_t payload_limit() const { return link_.payload_limit(); }
    /// Whether the link delivers that JSON text unchanged (realtime.vsn 1.0.0 rewrites some).
    bool carries(std::string_view json) const;
    /// Whether the link takes and brings raw broadcasts.
    bool carries_bytes() const noexcept;

  private:
    void on_broadcast(const realtime::Broadcast& broadcast) override;
    void on_raw(const realtime::Broadcast& broadcast);
    void on_event(std::string_view topic, std::string_view event, std::string_view payload) override;
    void on_sent(realtime::Ticket ticket) override { listener_.on_sent(ticket); }
    void on_settled(realtime::Ticket ticket, realtime::Settled how) override { listener_.on_settled(ticket, how); }
    void on_status(const realtime::Status& status) override;

    ChannelListener& listener_;
    realtime::Settings settings_;
    realtime::Supervisor link_;
    const std::string prefix_;
    std::uint64_t last_id_ = 0;
    realtime::Ticket last_ticket_ = 0;
    std::optional<double> pace_;
    bool joined_ = false;
    bool barred_ = false;
};

}  // namespace bridge
