// What stands still in the browser until a client does something: targets that it lets run, and requests of pages that
// its Fetch holds until it answers each. Pure: time is an argument.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/time_point.hpp"

namespace relay {

class ClientWaits {
  public:
    /// Waits of a client that are remembered. Beyond it the oldest is forgotten: it waits until the client ends.
    static constexpr std::size_t most = 4096;

    enum class Kind : unsigned char {
        target,     // of the session: it was attached with waitForDebuggerOnStart
        request,    // that the session's Fetch holds
        challenge,  // likewise, a server's question for a password
    };
    struct One {
        Kind kind = Kind::target;
        std::string session;
        std::string request;    // its id; empty for a target
        bool answered = false;  // the client's command about it is at the browser
    };
    /// What a command of the client's lets go on.
    struct Ended {
        enum class What : unsigned char {
            nothing,
            target,   // the session's
            request,  // of the session, with that id
            fetch,    // all requests of the session
        };
        What what = What::nothing;
        std::string_view session;
        std::string_view request;
    };

    void add(One one);

    /// The command goes to the browser: what it lets go on does not wait any more, unless the command fails.
    void answer(const Ended& by_client);
    /// The outcome of that command is known.
    void settle(const Ended& by_client, bool carried_out);
    /// The session has ended, and nothing of it waits.
    void session_ended(std::string_view session);

    bool empty() const noexcept;
    /// Those that are answered among them.
    std::size_t size() const noexcept { return all_.size(); }

    /// All that waits and is not answered. The caller lets it go on.
    std::vector<One> take();
    /// The browser did not take the command that was to let it go on: it is tried again at `when`.
    void put_back(One one, TimePoint when);
    /// Before that nothing is to be tried; TimePoint::min(): it may be at once.
    TimePoint again_at() const noexcept { return again_at_; }

  private:
    std::deque<One> all_;
    TimePoint again_at_ = TimePoint::min();
};

}  // namespace relay
