// The table of one far browser's clients: hands each event to its client, and calls tend() of each client when it is
// due. A client is owned by the caller of open(). One thread, the loop's.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/bridge/calls.hpp"
#include "agent/bridge/channel_client.hpp"
#include "agent/bridge/tender.hpp"

namespace bridge {

class FarClients final : ClientKeeper, Tended {
  public:
    /// Time limit of an Agent.open: the far browser may have to start.
    static constexpr Duration open_limit = std::chrono::seconds{30};

    /// All outlive the FarClients.
    FarClients(const net::any_io_executor& executor, Channel& channel, Calls& calls, Sealing* sealing = nullptr);

    /// Sealed, if there is a Sealing.
    std::unique_ptr<ChannelClient> open(const OpenWish& wish, ClientListener& listener);
    /// Null: there is none of that name.
    ChannelClient* find(std::string_view name) const;

    /// `raw` are the bytes beside the payload, empty for none.
    void on_event(std::string_view payload, std::string_view raw);
    void on_sent(realtime::Ticket ticket);
    void on_settled(realtime::Ticket ticket, realtime::Settled how);
    void on_link();
    void on_presence();

    /// Names that are remembered while a client is being opened: any of them may be the client's.
    static constexpr std::size_t most_missed = 64;

    /// Tends the clients, until it is cancelled.
    awaitable<void> run();
    /// Ends all clients. run() or finish() then calls their listeners.
    void end_all(std::string_view sentence);
    void finish();
    /// Sends an Agent.close for each client.
    void leave_all();

  private:
    void wake() override { tender_.wake(); }
    void forget(const ChannelClient& client) override;
    void close(const std::string& name) override;
    relay::PaceTurns& turns() override { return turns_; }
    void be_given_pace(double broadcasts) override;
    std::size_t posts() const;
    TimePoint tend(TimePoint now) override;
    void on_opened(std::size_t number, const Answer& answer);
    bool any_opening() const;
    void note_missed(std::string name);
    template <class Do>
    void for_each(Do&& act);

    struct Entry {
        std::size_t number;  // of the open
        ChannelClient* client;
    };
    Channel& channel_;
    Calls& calls_;
    Sealing* const sealing_;
    std::vector<Entry> all_;
    std::size_t last_number_ = 0;
    std::deque<std::string> missed_;  // names of clients that an event came for while one was being opened
    Tender tender_;
    relay::PaceTurns turns_;
};

}  // namespace bridge
