// Single commands beside all clients: each is matched with its result by its id, and given up at its deadline. One that
// may have reached the far agent when the link was lost is not sent again, unless it is repeatable. A result that is
// too large for the channel is read from the far agent in pieces. One thread, the loop's.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/bridge/channel.hpp"
#include "agent/bridge/core/far_text.hpp"
#include "agent/bridge/far_browser.hpp"
#include "agent/bridge/tender.hpp"
#include "platform/net.hpp"

namespace bridge {

class Calls final : Tended {
  public:
    /// The greatest result that is read in pieces, in bytes.
    static constexpr std::size_t most_result = std::size_t{256} << 20;
    /// The time limit of a command is that of the far agent, which reports a timeout itself. This end waits longer by
    /// this, so that the report arrives first.
    static constexpr Duration answer_grace = std::chrono::seconds{2};

    /// Called once with what came back. Never during send().
    using Done = std::function<void(Answer)>;

    /// `who` names the device in sentences. The channel outlives the Calls.
    Calls(const net::any_io_executor& executor, Channel& channel, std::string who);

    /// Returns the id. Needs run().
    std::string send(const Call& call, Done done);
    /// The Done of that command is not called, and the command is not sent if it still waits.
    void forget(const std::string& id);

    awaitable<Answer> call(Call call);

    void on_result(std::string_view payload);
    void on_settled(realtime::Ticket ticket, realtime::Settled how);
    /// The channel cannot be joined: all waiting commands are given up.
    void on_barred();

    /// Gives up each command at its deadline. Runs until it is cancelled.
    awaitable<void> run();
    /// Gives up all waiting commands now, and each later one at once.
    void finish();

  private:
    struct Failure {
        std::string_view reason;
        std::string sentence;
    };
    struct Waiting {
        realtime::Ticket ticket = 0;
        TimePoint deadline;
        Duration timeout{};
        Done done;
        bool uncertain = false;  // the link was lost when it had been sent: the far agent may or may not have it
        std::optional<Failure> failed = {};
    };
    using Table = std::map<std::string, Waiting, std::less<>>;

    TimePoint tend(TimePoint now) override;
    awaitable<Answer> ask(Call call);
    awaitable<Answer> read_stream(ErrorText kept, Duration timeout, ShowTransfer show);
    void submit(Waiting& waiting, std::string text, Sending how);
    void fail(Waiting& waiting, std::string_view reason, std::string sentence);
    void give_up(const std::string& id);
    Failure unanswered(const Waiting& waiting) const;
    Failure barred() const;

    const net::any_io_executor executor_;
    Channel& channel_;
    const std::string who_;
    const realtime::SenderId author_;
    Table waiting_;
    Tender tender_;
    bool finished_ = false;
};

}  // namespace bridge
