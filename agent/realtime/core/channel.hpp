// One joined topic on one socket: whose frame is it, and what does it mean. Pure.
// A channel belongs to a socket: when that is gone, reset() and join again with a fresh ref.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/realtime/core/frame.hpp"

namespace realtime {

/// What a frame means to the channel it belongs to.
enum class ChannelEvent : std::uint8_t {
    stale,      // of an earlier join: ignore
    accepted,   // the join's ok
    refused,    // the join's error; words() says why; no channel exists
    reply,      // answer to another push: match `ref`
    unmatched,  // the server knows no such channel: it is gone
    closed,     // the server ended the channel; words() may say why
    left,       // our own leave is done
    crashed,    // the channel's process died
    broadcast,
    notice,  // a `system` message that changes nothing here (its error's words are kept for the close behind it)
    presence_state,
    presence_diff,
    postgres_changes,
    other,
};

class Channel {
  public:
    enum class State : std::uint8_t {
        idle,     // not on this socket
        joining,  // join sent
        joined,
        leaving,  // leave sent
    };

    /// `name` without "realtime:".
    explicit Channel(std::string_view name);

    std::string_view topic() const noexcept { return topic_; }
    std::string_view name() const noexcept { return std::string_view{topic_}.substr(topic_prefix.size()); }
    State state() const noexcept { return state_; }
    Ref join_ref() const noexcept { return join_ref_; }

    /// The words of the last refusal, or of the `system` error before a close; empty where there were none.
    const std::string& words() const noexcept { return words_; }

    /// A join was sent with that ref (which is its join_ref too).
    void join_sent(Ref ref) noexcept;
    void leave_sent() noexcept;

    /// The socket is gone, or the join was given up: frames of it are stale from now on.
    void reset() noexcept;

    /// A frame whose topic is this channel's.
    ChannelEvent on_frame(const Frame& frame);

  private:
    ChannelEvent on_reply(const Frame& frame);
    ChannelEvent ended(ChannelEvent how) noexcept;

    std::string topic_;
    State state_ = State::idle;
    Ref join_ref_ = no_ref;
    std::string words_;
};

}  // namespace realtime
