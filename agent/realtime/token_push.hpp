// Decides when each new access token goes to the joined channels, which send it (realtime/channels). While it runs,
// credentials::Tokens has the next token ready before the one in use is over. Thread rule: the loop's thread.
#pragma once

#include <optional>
#include <string_view>

#include "agent/credentials/tokens.hpp"
#include "agent/realtime/connection_end.hpp"
#include "agent/realtime/core/given_tokens.hpp"
#include "platform/net.hpp"

namespace realtime {

/// The channels that hold a token each.
class TokenHolders {
  public:
    /// Whether a joined channel was given an older token than that generation: a token may come while a join with the
    /// one before is under way.
    virtual bool behind(Generation present) const = 0;
    /// Pushes it to those that are behind.
    virtual void push_token(Generation present, std::string_view access, TimePoint now) = 0;
    /// Another token is there: what was refused for the old one is worth a try.
    virtual void another_token(TimePoint now) = 0;

  protected:
    ~TokenHolders() = default;
};

class TokenPush {
  public:
    /// The server looks at a channel's token at most once in this time.
    static constexpr Duration push_interval = std::chrono::seconds{10};
    /// Before the known token is over the next one is pushed, however short the time since the last push.
    static constexpr Duration last_moment = std::chrono::milliseconds{1500};

    /// Everything handed in by reference outlives it.
    TokenPush(const net::any_io_executor& executor, credentials::Tokens& tokens,
              const std::optional<TimePoint>& stop_by, TokenHolders& holders, ConnectionEnd& ending);

    /// Until there is no token any more, which finishes the connection, or until it is cancelled.
    awaitable<void> run();

    /// A channel was joined, or time may have passed unseen.
    void wake();

    /// The device's channel is joined with that token.
    void joined_with(const credentials::Token& token) { given_over_at_ = over_at(token); }

  private:
    awaitable<void> follow();
    awaitable<void> unpaired();
    void take();
    void push(TimePoint now);
    TimePoint push_at() const;
    TimePoint over_at(const credentials::Token& token) const;

    credentials::Tokens& tokens_;
    const std::optional<TimePoint>& stop_by_;
    TokenHolders& holders_;
    ConnectionEnd& ending_;
    platform::Timer timer_;
    Generation taken_ = 0;  // of the token that was looked at last
    TimePoint pushed_{};    // zero: nothing was
    TimePoint given_over_at_ =
        TimePoint::max();                   // when the token that the server was given last runs out, by its clock
    TimePoint over_at_ = TimePoint::max();  // when the token that is there now does
};

}  // namespace realtime
