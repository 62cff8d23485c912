#include "agent/bridge/far_on_demand.hpp"

#include <utility>

#include "agent/bridge/core/far_text.hpp"
#include "agent/realtime/wait.hpp"
#include "platform/clock.hpp"

namespace bridge {

using namespace net::experimental::awaitable_operators;

namespace {

constexpr Duration idle_goodbye = std::chrono::milliseconds{300};

}  // namespace

/// A client of a FarSide. While there is one the channel stays joined.
class FarOnDemand::CountedClient final : public FarClient {
  public:
    CountedClient(FarOnDemand& owner, std::unique_ptr<FarClient> client) : owner_{owner}, client_{std::move(client)} {
        ++owner_.clients_;
    }
    ~CountedClient() override {
        client_.reset();
        --owner_.clients_;
        owner_.no_longer_used();
    }
    CountedClient(const CountedClient&) = delete;
    CountedClient& operator=(const CountedClient&) = delete;

    bool send(std::string_view message) override { return client_->send(message); }
    const std::string& name() const noexcept override { return client_->name(); }

  private:
    FarOnDemand& owner_;
    std::unique_ptr<FarClient> client_;
};

/// A call that is under way.
class FarOnDemand::Use {
  public:
    explicit Use(FarOnDemand& owner) : owner_{owner} { ++owner_.calls_; }
    ~Use() {
        --owner_.calls_;
        owner_.no_longer_used();
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

  private:
    FarOnDemand& owner_;
};

FarOnDemand::FarOnDemand(const Channel::Needs& needs, Device device, Join join, const std::optional<SealKeys>& seal)
    : needs_{needs}, device_{std::move(device)}, join_{join}, seal_{seal}, changed_{needs.executor, TimePoint::max()} {
    if (join_ == Join::at_once) far();
}

FarSide& FarOnDemand::far() {
    if (far_) return *far_;
    far_ = std::make_unique<FarSide>(needs_, device_, seal_);
    if (listener_ != nullptr) far_->connect(*listener_);
    changed_.cancel();
    return *far_;
}

void FarOnDemand::connect(FarSideListener& listener) noexcept {
    listener_ = &listener;
    if (far_) far_->connect(listener);
}

std::unique_ptr<FarClient> FarOnDemand::open(const OpenWish& wish, ClientListener& listener) {
    return std::make_unique<CountedClient>(*this, far().open(wish, listener));
}

awaitable<Answer> FarOnDemand::call(Call call) {
    // A FarSide that is made now would never be run.
    if (stopping_ && !far_) co_return Answer{false, {}, write_bridge_error("stopped", "The bridge is being stopped.")};
    const Use use{*this};
    auto answer = co_await far().call(std::move(call));
    co_return answer;
}

awaitable<void> FarOnDemand::run() {
    while (!stopping_) {
        if (!far_) {
            changed_.expires_at(TimePoint::max());
            co_await platform::expiry(changed_);
            continue;
        }
        auto serving = far_->run();
        co_await (std::move(serving) && leave_when_idle());
        leaving_.reset();
    }
}

/// Returns when the FarSide that run() serves has been told to stop.
awaitable<void> FarOnDemand::leave_when_idle() {
    idle_since_ = platform::BootClock::now();
    while (!stopping_) {
        const bool stays = join_ == Join::at_once || in_use();
        const TimePoint next = stays ? TimePoint::max() : idle_since_ + idle_limit;
        if (next <= platform::BootClock::now()) break;
        co_await realtime::wait_until(changed_, next);
    }
    if (stopping_) co_return;
    leaving_ = std::move(far_);
    leaving_->stop(idle_goodbye);
}

void FarOnDemand::no_longer_used() {
    if (in_use()) return;
    idle_since_ = platform::BootClock::now();
    changed_.cancel();
}

void FarOnDemand::stop() {
    stopping_ = true;
    changed_.cancel();
    if (far_) far_->stop();
}

std::string FarOnDemand::why_barred() const {
    if (!far_ || far_->joined() || !realtime::permanent(far_->cause())) return {};
    return far_->why_not();
}

}  // namespace bridge
