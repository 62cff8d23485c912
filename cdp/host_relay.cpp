#include "cdp/host_relay.hpp"

#include <limits>
#include <utility>

#include "cdp/core/message.hpp"
#include "cdp/core/targets.hpp"
#include "cdp/error.hpp"
#include "cdp/host_reset.hpp"
#include "platform/wait.hpp"

namespace cdp {
namespace {

using namespace net::experimental::awaitable_operators;
using platform::BootClock;

/// What may wait to be written to the browser before the agent is not read any further.
constexpr std::size_t browser_backlog = std::size_t{128} << 20;

/// Notices that a browser is silent, or answers nothing for very long. The time is split in parts, because a suspend
/// ends the first part at once.
class Silence {
  public:
    static constexpr int parts = 2;       // of the limit
    static constexpr int most_parts = 8;  // in all, however much else the browser says

    explicit Silence(std::uint64_t bytes_read) : bytes_read_{bytes_read} {}
    /// A part is over. True: so is the wait.
    bool part_over(std::uint64_t bytes_read) {
        silent_ = std::exchange(bytes_read_, bytes_read) == bytes_read ? silent_ + 1 : 0;
        return silent_ >= parts || ++all_ >= most_parts;
    }

  private:
    std::uint64_t bytes_read_;
    int silent_ = 0;
    int all_ = 0;
};

}  // namespace

HostRelay::HostRelay(const net::any_io_executor& executor, Transport& browser, std::size_t max_backlog)
    : browser_{browser},
      max_backlog_{max_backlog},
      browser_wake_{executor},
      agent_wake_{executor},
      answer_wake_{executor},
      drained_wake_{executor} {}

awaitable<Error> HostRelay::run() {
    std::optional<Error> ended;
    auto reading = platform::into(ended, read_browser());
    auto writing = platform::into(ended, write_browser());
    co_await (std::move(reading) || std::move(writing));
    agent_over_ = true;
    agent_wake_.cancel();
    co_return *ended;
}

awaitable<Error> HostRelay::read_browser() {
    for (;;) {
        const auto arrived = co_await browser_.read();
        if (!arrived) co_return arrived.error();
        on_browser_message(*arrived);
        while (const auto more = browser_.poll()) {
            if (!*more) co_return more->error();
            on_browser_message(**more);
        }
    }
}

void HostRelay::on_browser_message(const Arrived& arrived) {
    // One beyond the limit: its agent's command ends at its deadline.
    if (arrived.cut()) return;
    const auto message = classify(arrived.text);
    const bool ours = message.has_id && message.id < 0;
    if (message.has_id) flights_.ended(message.id);
    const bool refusal = message.kind == Message::Kind::error;  // "Session with given id not found." names no session
    // All else that the agent has a part in carries a session; an earlier one's are detached before it begins.
    if (!message.session.empty() || (refusal && !ours)) return pass_to_agent(arrived.text);
    if (message.kind == Message::Kind::event) {
        const bool gone = message.method == "Target.detachedFromTarget" && agent_ != nullptr &&
                          member(message.body, "sessionId") == agent_session_;
        if (gone) end_agent();
    } else if (asking_ && message.has_id && message.id == own_id_) {
        answer_ = message.kind == Message::Kind::result ? std::string{message.body} : std::string{};
        answer_wake_.cancel();
    }
}

bool HostRelay::idle() {
    return flights_.none(BootClock::now());
}

void HostRelay::pass_to_agent(std::string_view text) {
    if (agent_ == nullptr || agent_over_) return;
    if (agent_->queued() + text.size() > max_backlog_) return end_agent();
    agent_->queue(text, {}, {});
    agent_wake_.cancel();
}

/// One that does not read would keep its connection, and the browser from everybody else, if we waited for it to.
void HostRelay::end_agent() {
    agent_over_ = true;
    agent_->drop();
    agent_wake_.cancel();
}

awaitable<Error> HostRelay::write_browser() {
    for (;;) {
        while (browser_.queued() == 0) {
            browser_wake_.expires_at(TimePoint::max());
            co_await platform::expiry(browser_wake_);
            const auto state = co_await net::this_coro::cancellation_state;
            if (is_cancelled(state)) co_return Error{net::error::operation_aborted};
        }
        const Error ec = co_await browser_.flush();
        if (ec) co_return ec;
        drained_wake_.cancel();
    }
}

void HostRelay::queue_to_browser(std::string_view head, std::string_view body, std::string_view tail) {
    browser_.queue(head, body, tail);
    browser_wake_.cancel();
}

awaitable<std::optional<std::string>> HostRelay::ask(std::string method, std::string params, Duration limit) {
    Envelope envelope;
    // Below zero: agents count above it.
    own_id_ = own_id_ == std::numeric_limits<std::int32_t>::min() ? -1 : own_id_ - 1;
    envelope.write(own_id_, method, !params.empty(), {});
    asking_ = true;
    answer_.reset();
    queue_to_browser(envelope.head, params, envelope.tail);
    Silence silence{browser_.bytes_read()};
    while (!answer_) {
        answer_wake_.expires_after(limit / Silence::parts);
        co_await platform::expiry(answer_wake_);
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) break;
        if (silence.part_over(browser_.bytes_read())) break;
    }
    asking_ = false;
    co_return std::exchange(answer_, std::nullopt);
}

awaitable<AgentEnd> HostRelay::serve(Transport& agent, std::string session, Duration limit) {
    agent_ = &agent;
    agent_session_ = session;
    agent_over_ = false;
    agent.queue(R"({"host":{"session":")", session, R"("}})");
    std::optional<AgentEnd> end;
    auto reading = platform::into(end, read_agent(limit));
    auto writing = write_agent();
    const auto first = co_await (std::move(reading) || std::move(writing));
    agent_ = nullptr;
    flights_.clear();
    co_return first.index() == 0 ? *end : AgentEnd::left;
}

awaitable<AgentEnd> HostRelay::read_agent(Duration limit) {
    for (;;) {
        auto arrived = co_await agent_->read();
        if (!arrived) co_return AgentEnd::left;
        if (arrived->text == host_reset_message) co_return AgentEnd::asked_reset;
        // A command beyond Chrome's limit would leave its pipe deaf; the agent never sends one. Its first part is
        // its beginning, and might be read as a command.
        if (arrived->cut()) co_return AgentEnd::left;
        std::int32_t id = 0;
        if (leading_id(arrived->text, id)) flights_.begun(id, BootClock::now());
        queue_to_browser(arrived->text);
        const bool room = co_await make_room(limit);
        if (!room) co_return AgentEnd::browser_hangs;
    }
}

/// Until the browser has taken what is queued. False: it hangs, or the wait was cancelled. The agent is not read
/// meanwhile, so that neither its end nor its reset message would be seen.
awaitable<bool> HostRelay::make_room(Duration limit) {
    Silence silence{browser_.bytes_read()};
    while (browser_.queued() > browser_backlog) {
        drained_wake_.expires_after(limit / Silence::parts);
        co_await platform::expiry(drained_wake_);
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) co_return false;
        const bool waited = BootClock::now() >= drained_wake_.expiry() && browser_.queued() > browser_backlog;
        if (waited && silence.part_over(browser_.bytes_read())) co_return false;
    }
    co_return true;
}

/// An agent that reads no more may have asked for a reset before: what it said is read to its end.
awaitable<void> HostRelay::write_agent() {
    bool takes = true;
    while (!agent_over_) {
        if (takes && agent_->queued() > 0) {
            const Error ec = co_await agent_->flush();
            takes = !ec;
            continue;
        }
        agent_wake_.expires_at(TimePoint::max());
        co_await platform::expiry(agent_wake_);
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) co_return;
    }
}

}  // namespace cdp
