// The browser host's switchboard for one life of a browser: reads the browser without pause, hands messages of the
// present agent's sessions to it, and keeps everybody else's away from it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cdp/core/host_flights.hpp"
#include "cdp/transport.hpp"
#include "platform/clock.hpp"

namespace cdp {

/// Why an agent is served no longer.
enum class AgentEnd : std::uint8_t {
    left,             // it went, or its session ended
    asked_reset,      // it asked for the end of the browser
    browser_hangs,    // the browser says nothing, or answers or takes nothing for several times as long
    browser_refuses,  // the browser gave it no session
};

class HostRelay {
  public:
    HostRelay(const net::any_io_executor& executor, Transport& browser, std::size_t max_backlog);

    /// Reads and writes the browser's side until its connection ends.
    awaitable<Error> run();

    /// Sends a command of the host's own at the browser level and awaits its result; an empty string stands for an
    /// error. std::nullopt: the browser sent nothing for `limit`, or no answer for several times as long. One at a
    /// time.
    awaitable<std::optional<std::string>> ask(std::string method, std::string params, Duration limit);

    /// Serves an agent in its own session. While more commands wait for the browser than may wait, the browser hangs if
    /// it sends nothing for `limit`, or if the wait takes several times as long.
    awaitable<AgentEnd> serve(Transport& agent, std::string session, Duration limit);

    /// The agent waits for no answer of the browser.
    bool idle();

  private:
    awaitable<Error> read_browser();
    awaitable<Error> write_browser();
    awaitable<AgentEnd> read_agent(Duration limit);
    awaitable<void> write_agent();
    awaitable<bool> make_room(Duration limit);
    void on_browser_message(const Arrived& arrived);
    void pass_to_agent(std::string_view text);
    void end_agent();
    void queue_to_browser(std::string_view head, std::string_view body = {}, std::string_view tail = {});

    Transport& browser_;
    std::size_t max_backlog_;
    platform::Timer browser_wake_;  // something is to be written to the browser
    platform::Timer agent_wake_;    // likewise to the agent, or its session ended
    platform::Timer answer_wake_;   // the answer to ask() is there
    platform::Timer drained_wake_;  // the browser has taken what was queued
    Transport* agent_ = nullptr;
    HostFlights flights_;
    std::string agent_session_;
    bool agent_over_ = false;
    std::int32_t own_id_ = 0;
    bool asking_ = false;
    std::optional<std::string> answer_;
};

}  // namespace cdp
