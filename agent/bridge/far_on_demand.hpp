// A far browser whose channel is joined while somebody uses it: with forty devices on offer nobody pays for the
// messages of those that nobody looks at. One thread, the loop's. It outlives the clients that it opened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "agent/bridge/far_side.hpp"

namespace bridge {

class FarOnDemand final : public FarBrowser {
  public:
    enum class Join : std::uint8_t {
        at_once,     // and for as long as run() runs
        while_used,  // from the first client or call, until there has been none for `idle_limit`
    };
    static constexpr Duration idle_limit = std::chrono::seconds{5};

    /// `seal`: as FarSide takes it.
    FarOnDemand(const Channel::Needs& needs, Device device, Join join, const std::optional<SealKeys>& seal = {});

    std::unique_ptr<FarClient> open(const OpenWish& wish, ClientListener& listener) override;
    awaitable<Answer> call(Call call) override;

    /// Serves until stop(). At the end waiting calls are answered with an error, and clients are ended.
    awaitable<void> run();
    void stop();

    const Device& device() const noexcept { return device_; }
    /// It outlives the FarOnDemand.
    void connect(FarSideListener& listener) noexcept;

    /// Whether a client is open.
    bool has_clients() const noexcept { return clients_ > 0; }
    /// A sentence: why the channel cannot be joined unless somebody does something. Empty: nothing says so.
    std::string why_barred() const;
    /// Who has to act so that the channel is joined.
    realtime::Cause cause() const { return far_ ? far_->cause() : realtime::Cause::passing; }
    /// Bytes of one broadcast; 0: not known, since the channel is not in use.
    std::size_t payload_limit() const { return far_ ? far_->payload_limit() : 0; }
    /// Broadcasts a second that the far agent leaves for this end, 0: any number; nothing: it has not said yet.
    std::optional<double> pace() const { return far_ ? far_->pace() : std::nullopt; }

  private:
    class CountedClient;
    class Use;
    FarSide& far();
    awaitable<void> leave_when_idle();
    bool in_use() const noexcept { return clients_ + calls_ > 0; }
    void no_longer_used();

    const Channel::Needs needs_;
    const Device device_;
    const Join join_;
    const std::optional<SealKeys> seal_;
    FarSideListener* listener_ = nullptr;  // set by connect()
    std::unique_ptr<FarSide> far_;
    std::unique_ptr<FarSide> leaving_;  // nobody uses it; it says goodbye
    std::size_t clients_ = 0;
    std::size_t calls_ = 0;
    TimePoint idle_since_;
    platform::Timer changed_;  // cancelled at each change
    bool stopping_ = false;
};

}  // namespace bridge
