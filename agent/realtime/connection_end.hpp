// Why a connection is over, and the loop that ends its group once that is known. Thread rule: the loop's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/realtime/core/failure.hpp"
#include "agent/realtime/core/given_tokens.hpp"
#include "platform/net.hpp"

namespace realtime {

/// Why a connection is over, or why there was none.
struct End {
    enum class Cause : std::uint8_t {
        failed,    // judged by `kind`, `number` and `text`
        stopped,   // we were asked to
        unpaired,  // the credentials are gone
    };
    Cause cause = Cause::failed;
    Signal::Kind kind = Signal::Kind::connect;
    int number = 0;
    std::string text = {};
    bool offline = false;  // the server was never reached: trying again soon costs it nothing
    Generation used = 0;   // of the token that was refused; 0: the end speaks of none
};

class ConnectionEnd {
  public:
    explicit ConnectionEnd(const net::any_io_executor& executor) : timer_{executor} {}

    /// The connection is over. The first cause counts.
    void finish(End end);
    bool over() const noexcept { return end_.has_value(); }
    /// Stopped, where nothing else was said.
    End end() const { return end_.value_or(End{.cause = End::Cause::stopped}); }

    /// We close the connection: its end is no failure from now on.
    void closing() noexcept { closing_ = true; }
    bool is_closing() const noexcept { return closing_; }

    /// Until finish() was called, or until it is cancelled.
    awaitable<void> run();

  private:
    std::optional<End> end_;
    bool closing_ = false;
    platform::Timer timer_;
};

}  // namespace realtime
