// The clients of one far browser: which there are, what comes for whom, and when each is tended. They belong to those
// who opened them. One thread, the loop's.
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
    /// For the answer to an Agent.open: a browser may have to start.
    static constexpr Duration open_limit = std::chrono::seconds{30};

    /// All outlive the FarClients.
    FarClients(const net::any_io_executor& executor, Channel& channel, Calls& calls);

    std::unique_ptr<FarClient> open(const OpenWish& wish, ClientListener& listener);

    void on_event(std::string_view payload);
    void on_sent(realtime::Ticket ticket);
    void on_settled(realtime::Ticket ticket, realtime::Settled how);
    void on_link();
    void on_presence();

    /// Names that are remembered while a client is being opened: any of them may be the client's.
    static constexpr std::size_t most_missed = 64;

    /// Tends them, until it is cancelled.
    awaitable<void> run();
    /// Ends them all. run() or finish() calls their listeners.
    void end_all(std::string_view sentence);
    void finish();
    /// Sends an Agent.close for each.
    void leave_all();

  private:
    void wake() override { tender_.wake(); }
    void forget(const ChannelClient& client) override;
    void close(const std::string& name) override;
    TimePoint tend(TimePoint now) override;
    void on_opened(std::size_t number, const Answer& answer);
    ChannelClient* find(std::string_view name) const;
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
    std::vector<Entry> all_;
    std::size_t last_number_ = 0;
    std::deque<std::string> missed_;  // names of clients that an event came for while one was being opened
    Tender tender_;
};

}  // namespace bridge
