// One client of the far browser, from Agent.open to Agent.close: its message stream, its lease, and its end. One
// thread, the loop's. It calls its listener while it is tended or while something comes from the channel, never during
// send().
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/bridge/channel.hpp"
#include "agent/bridge/core/asks.hpp"
#include "agent/bridge/core/far_text.hpp"
#include "agent/bridge/far_browser.hpp"
#include "agent/bridge/sealing.hpp"
#include "agent/realtime/core/raw_payload.hpp"
#include "agent/relay/client_stream.hpp"
#include "agent/relay/core/gather.hpp"
#include "agent/relay/core/pace_turns.hpp"
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
    /// Turns of all clients of the far browser, and what was said of the pace that they share.
    virtual relay::PaceTurns& turns() = 0;
    virtual void be_given_pace(double broadcasts) = 0;

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
    /// The last part of a handshake goes with the client's first command, if that comes within this time.
    static constexpr Duration hello_pause = std::chrono::milliseconds{100};
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
        Sealing* sealing = nullptr;  // null: the client is in plain
    };
    /// `connection`: of a sealed client; what it begins with has been taken for the Agent.open.
    ChannelClient(const Needs& needs, bool of_page, std::unique_ptr<platform::SealedConnection> connection = {});
    ~ChannelClient() override;
    ChannelClient(const ChannelClient&) = delete;
    ChannelClient& operator=(const ChannelClient&) = delete;

    bool send(std::string_view message) override;

    /// A sealed client's: a command of this end's own, which the listener does not hear of. `done` is called once, when
    /// it is answered or when the client ends, unless forget() is called before; never during ask(). Returns its
    /// number.
    std::uint64_t ask(const Asks::Question& question, Asks::Done done);
    void forget(std::uint64_t number) {
        abandoned_ = true;
        asks_.forget(number);
    }
    /// A sealed client's: nothing more is asked. The far agent ends it when all is answered.
    void say_all();

    /// The answer to its Agent.open. May destroy the client, as every function may that calls the listener.
    void on_opened(const Answer& answer);
    /// `event` is read from the payload. May destroy the client.
    void on_event(const EventText& event, const realtime::RawPayload& payload);
    void on_link();
    void on_presence(TimePoint now);
    void on_sent(realtime::Ticket ticket, TimePoint now);
    /// What became of a message of any client. Settled::too_large: the payload limit has shrunk.
    void on_settled(realtime::Ticket ticket, realtime::Settled how, TimePoint now);
    /// The channel cannot be joined, or this end stops.
    void end(Ending ending);

    /// Sends Agent.close, if the far agent has the client and does not end it by itself.
    void leave();

    /// Events that came before the answer to Agent.open were thrown away: ask the far agent for them again.
    void ask_again() { stream_.rejoined(); }

    /// Sends what is due, and reports its end to the listener. May destroy the client.
    void tend(TimePoint now);
    TimePoint due_at() const;

    bool is_opening() const noexcept { return state_ == State::opening; }
    bool is_open() const noexcept { return state_ == State::open; }
    /// A post waits for the channel to send it.
    bool posts() const noexcept { return ticket_ != 0; }
    const std::string& name() const noexcept override { return name_; }

  private:
    enum class State : unsigned char {
        opening,  // Agent.open is not answered
        open,
        ended,  // on_end() is due, or was called
    };
    std::size_t payload_limit() const;
    bool unseal();
    TimePoint life_due_at() const { return std::min(posted_at_ + lease / 3, asked_for_life_); }
    void look_at_silence(TimePoint now);
    bool hand_over(const std::vector<std::string_view>& messages);
    bool hand_over_later();
    bool hand_over_one(std::string_view message);
    void pump(TimePoint now);
    void post(TimePoint now);
    bool acknowledge_last();
    void changed() {
        pumped_ = false;
        needs_.keeper.wake();
    }

    const Needs needs_;
    const bool of_page_;
    relay::ClientStream stream_;
    Asks asks_;
    bool abandoned_ = false;  // forget() was called: its command is not to be carried out any more
    State state_ = State::opening;
    std::string name_;              // the far agent's, once it is open; empty again when the far agent has ended it
    OpenedText limits_;             // what the far agent said of itself
    std::optional<Ending> ending_;  // for on_end()
    realtime::Ticket ticket_ = 0;   // of the post that waits to be sent; 0: none
    relay::Gather gather_;
    bool pumped_ = true;  // nothing changed since the last look at the stream
    relay::PaceTurn turn_;
    TimePoint blocked_until_ = TimePoint::min();  // by an outbox that had no room
    TimePoint posted_at_ = TimePoint::min();
    TimePoint asked_for_life_ = TimePoint::max();  // by somebody's presence
    TimePoint unheard_since_ = TimePoint::max();   // since when something waits to be acknowledged
    std::vector<std::string> later_;               // messages for the listener, after the pause
    TimePoint later_at_ = TimePoint::max();
    bool* gone_ = nullptr;  // where a call of the listener sees that it destroyed the client
};

}  // namespace bridge
