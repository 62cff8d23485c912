// One client of the far browser, from Agent.open to Agent.close: its numbered stream, its lease, and its end. One
// thread, the loop's. It calls its listener while it is tended or while something comes from the channel, never during
// send().
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/bridge/channel.hpp"
#include "agent/bridge/core/far_text.hpp"
#include "agent/bridge/far_browser.hpp"
#include "agent/relay/core/gather.hpp"
#include "agent/relay/core/numbered_stream.hpp"
#include "platform/core/time_point.hpp"

namespace bridge {

class ChannelClient;

/// The owner of the table of clients.
class ClientKeeper {
  public:
    /// The client has something to send or to report: call its tend() soon.
    virtual void wake() = 0;
    /// The client is being destroyed: take it out of the table.
    virtual void forget(const ChannelClient& client) = 0;
    /// Send an Agent.close for the client of that name.
    virtual void close(const std::string& name) = 0;

  protected:
    ~ClientKeeper() = default;
};

class ChannelClient final : public FarClient {
  public:
    /// Bytes that wait to be sent to the far browser, and bytes of one message from it.
    static constexpr std::size_t most_held = std::size_t{128} << 20;
    static constexpr std::size_t most_received = std::size_t{256} << 20;
    /// Bytes of one message to it, if the far agent names no limit.
    static constexpr std::size_t most_sent = std::size_t{100} << 20;
    /// How long the far agent keeps a client that sends nothing. A sign of life is sent after each third of it.
    static constexpr Duration lease = std::chrono::seconds{120};
    /// A message that is not acknowledged after this time, while the channel is joined, counts as lost: nobody hears
    /// it.
    static constexpr Duration silence_limit = std::chrono::seconds{120};
    /// A client writes its commands one by one: how long the first of them waits for more, and how long at most.
    static constexpr Duration gather = std::chrono::microseconds{700};
    static constexpr Duration gather_most = std::chrono::milliseconds{3};
    /// Between the last reply of a broadcast and the events behind it: the local client goes on with the reply first.
    /// One that awaits a reply and listens for an event from then on would miss what comes in the same moment.
    static constexpr Duration reply_pause = std::chrono::milliseconds{2};
    /// How long after it was full the outbox is tried again.
    static constexpr Duration blocked_again = std::chrono::seconds{1};
    /// Least time between two signs of life that changes of presence cause.
    static constexpr Duration presence_pause = std::chrono::seconds{1};

    /// All of it outlives the client.
    struct Needs {
        ClientKeeper& keeper;
        Channel& channel;
        ClientListener& listener;
    };
    ChannelClient(const Needs& needs, bool of_page);
    ~ChannelClient() override;
    ChannelClient(const ChannelClient&) = delete;
    ChannelClient& operator=(const ChannelClient&) = delete;

    bool send(std::string_view message) override;

    /// The answer to its Agent.open. May destroy the client, as every function may that calls the listener.
    void on_opened(const Answer& answer);
    /// `payload` is the cdp-event's. May destroy the client.
    void on_event(const EventText& event, std::string_view payload, TimePoint now);
    void on_link();
    void on_presence(TimePoint now);
    void on_sent(realtime::Ticket ticket, TimePoint now);
    /// What became of a message of any client. Settled::too_large: the payload limit has shrunk.
    void on_settled(realtime::Ticket ticket, realtime::Settled how, TimePoint now);
    /// The channel cannot be joined, or this end stops.
    void end(Ending ending);

    /// Sends Agent.close, if the far agent has the client.
    void leave();

    /// Events that came before the answer to Agent.open were thrown away: ask the far agent for them again.
    void ask_again() { stream_.rejoined(); }

    /// Sends what is due, and reports its end to the listener. May destroy the client.
    void tend(TimePoint now);
    TimePoint due_at() const;

    bool is_opening() const noexcept { return state_ == State::opening; }
    bool is_open() const noexcept { return state_ == State::open; }
    const std::string& name() const noexcept override { return name_; }

  private:
    enum class State : unsigned char {
        opening,  // Agent.open is not answered
        open,
        ended,  // on_end() is due, or was called
    };
    std::size_t payload_limit() const;
    TimePoint life_due_at() const;
    void look_at_silence(TimePoint now);
    bool hand_over(const std::vector<std::string_view>& messages);
    bool hand_over_later();
    bool hand_over_one(std::string_view message);
    void pump(TimePoint now);
    void changed();

    const Needs needs_;
    const bool of_page_;
    relay::NumberedStream stream_;
    State state_ = State::opening;
    std::string name_;              // the far agent's, once it is open; empty again when the far agent has ended it
    OpenedText limits_;             // what the far agent said of itself
    std::optional<Ending> ending_;  // for on_end()
    realtime::Ticket ticket_ = 0;   // of the post that waits to be sent; 0: none
    relay::Gather gather_;
    bool pumped_ = true;  // nothing changed since the last look at the stream
    TimePoint blocked_until_ = TimePoint::min();
    TimePoint posted_at_ = TimePoint::min();
    TimePoint asked_for_life_ = TimePoint::max();  // by somebody's presence
    TimePoint unheard_since_ = TimePoint::max();   // since when something waits to be acknowledged
    std::vector<std::string> later_;               // messages for the listener, after the pause
    TimePoint later_at_ = TimePoint::max();
    bool* gone_ = nullptr;  // where a call of the listener sees that it destroyed the client
};

}  // namespace bridge
