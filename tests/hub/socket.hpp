// The Phoenix side of one WebSocket: routes pushes to channels, joins and leaves. It knows no network: frames go to an
// Outlet, and when a refused join makes the whole socket stand still it says until when.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "tests/hub/channel.hpp"

namespace hub {

/// Where a socket's frames go.
class Outlet {
  public:
    virtual ~Outlet() = default;
    virtual void send(const Bytes& frame) = 0;
    /// After what was sent: a close frame, and the end.
    virtual void close(std::uint16_t code) = 0;
    /// The end, at once and without a word.
    virtual void drop() = 0;
    /// A deadline may have moved.
    virtual void deadline_changed() = 0;
};

class Socket {
  public:
    Socket(Tenant& tenant, Outlet& outlet, Version version, std::string token, Json claims);
    ~Socket();
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    void on_text(std::string_view text);
    void on_binary(std::string_view bytes);

    /// Set while a refused join holds the socket: nothing is read or delivered until then.
    std::optional<TimePoint> stalled_until() const { return stalled_until_; }
    /// The time is over: the join's reply goes out.
    void end_stall();
    /// All that was read is handled: what others sent meanwhile is let through.
    void settle();

    /// The next time at which a token may be over.
    TimePoint next_deadline() const;
    void on_deadline();

    Version version() const { return version_; }
    Tenant& tenant() { return tenant_; }
    Outlet& outlet() { return outlet_; }
    const std::string& token() const { return token_; }
    std::size_t channel_count() const { return channels_.size(); }
    bool ever_joined() const { return ever_joined_; }
    std::map<std::string, std::unique_ptr<Channel>>& channels() { return channels_; }

    /// From the socket's own process: a reply. Passes what waits.
    void answer(const Envelope& envelope);
    /// From a channel's process: waits while the socket stands still.
    void deliver(const Bytes& frame);
    /// phx_close or phx_error, and the channel is gone.
    void end_channel(Channel& channel, std::string_view event, std::string_view payload);
    /// The tenant's settings changed: a notice for each channel, then 1012.
    void request_disconnect();

  private:
    void dispatch(Push push);
    void join(const Push& push);
    void leave(const Push& push);
    void refuse(const Push& push, std::string reason, std::uint16_t then_close = 0);
    void push_to_channel(const Push& push);
    /// Empty: the join may go on.
    std::string refused_by_limits(std::uint16_t& then_close);
    std::string choose_token(const Json& payload) const;
    std::string admit(const Push& push, const JoinOptions& options, Verdict& verdict, std::string& token);

    Tenant& tenant_;
    Outlet& outlet_;
    Version version_;
    std::string token_;
    Json claims_;
    std::map<std::string, std::unique_ptr<Channel>> channels_;
    std::vector<std::unique_ptr<Channel>> ended_;  ///< until nothing of them is on the stack
    bool ever_joined_ = false;
    std::optional<TimePoint> stalled_until_;
    Bytes stalled_reply_;
    Bytes stalled_close_;  ///< phx_close of the channel that a refused second join ended
    std::uint16_t stalled_code_ = 0;
    bool holding_ = false;
    std::deque<Bytes> held_;
};

}  // namespace hub
