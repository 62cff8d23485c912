// The far browser of one device, over its channel: what `agent --bridge` and `agent --call` work with.
//
//     bridge::FarSide far{controller.far_needs(), device};
//     co_spawn far.run(); … far.call(…), far.open(…) …; far.stop();
//
// One thread, the loop's. The FarSide outlives the clients that it opened.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "agent/bridge/channel.hpp"
#include "agent/bridge/core/choose_device.hpp"
#include "agent/bridge/far_browser.hpp"
#include "agent/bridge/sealing.hpp"

namespace bridge {

class FarSide;

/// Called on the loop; must not destroy the FarSide.
class FarSideListener {
  public:
    /// joined() or why_not() has changed.
    virtual void on_link(const FarSide& far) = 0;

  protected:
    ~FarSideListener() = default;
};

class FarSide final : public FarBrowser {
  public:
    /// `seal`: the far browser is spoken to inside of TLS alone. Nothing: in plain.
    FarSide(const Channel::Needs& needs, Device device, const std::optional<SealKeys>& seal = {});
    ~FarSide();
    FarSide(const FarSide&) = delete;
    FarSide& operator=(const FarSide&) = delete;

    std::unique_ptr<FarClient> open(const OpenWish& wish, ClientListener& listener) override;
    awaitable<Answer> call(Call call) override;

    /// Joins the channel and serves until stop(). At the end waiting calls are answered with an error, and clients are
    /// ended.
    awaitable<void> run();
    /// Sends what waits (an Agent.close, say) within `grace`; then run() returns.
    void stop(Duration grace = std::chrono::seconds{1});

    const Device& device() const noexcept;
    /// The key that the far agent has proved, taken or not; nothing: none yet.
    std::optional<platform::PublicKey> shown_key() const;
    /// What lets a sealed browser's handshake resume: handed in before run(), and taken at the end. Empty: nothing.
    void resume(platform::Secret session);
    platform::Secret take_session();
    bool joined() const noexcept;
    /// A sentence: why the channel is not joined. Empty: it is joined.
    std::string why_not() const;
    /// Who has to act so that the channel is joined.
    realtime::Cause cause() const;
    /// Bytes of one broadcast.
    std::size_t payload_limit() const;
    /// Broadcasts a second that the far agent leaves for this end, 0: any number; nothing: it has not said yet.
    std::optional<double> pace() const noexcept;
    /// It outlives the FarSide.
    void connect(FarSideListener& listener) noexcept;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bridge
