// The far browser of one device, over its channel: what `agent --bridge` and `agent --call` work with.
//
//     bridge::FarSide far{controller.far_needs(), device};
//     co_spawn far.run(); … far.call(…), far.open(…) …; far.stop();
//
// One thread, the loop's. The FarSide outlives the clients that it opened.
#pragma once

#include <memory>
#include <string>

#include "agent/bridge/channel.hpp"
#include "agent/bridge/core/choose_device.hpp"
#include "agent/bridge/far_browser.hpp"

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
    FarSide(const Channel::Needs& needs, Device device);
    ~FarSide();
    FarSide(const FarSide&) = delete;
    FarSide& operator=(const FarSide&) = delete;

    std::unique_ptr<FarClient> open(const OpenWish& wish, ClientListener& listener) override;
    awaitable<Answer> call(Call call) override;

    /// Joins the channel and serves until stop(). Calls that wait then are answered, clients are ended.
    awaitable<void> run();
    /// What waits is sent within `grace` (an Agent.close, say); then run() returns.
    void stop(Duration grace = std::chrono::seconds{1});

    const Device& device() const noexcept;
    bool joined() const noexcept;
    /// Why the channel is not joined: a sentence; empty: it is.
    std::string why_not() const;
    /// Who ends that.
    realtime::Cause cause() const;
    /// It outlives the FarSide.
    void connect(FarSideListener& listener) noexcept;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bridge
