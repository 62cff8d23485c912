#include "agent/pairing/proof.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "agent/credentials/token_endpoint.hpp"
#include "agent/credentials/tokens.hpp"
#include "agent/realtime/status.hpp"
#include "agent/realtime/supervisor.hpp"
#include "platform/text.hpp"
#include "platform/wait.hpp"

using namespace net::experimental::awaitable_operators;

namespace pairing {
namespace {

/// Leaving the channel after the proof.
constexpr std::chrono::seconds leave_grace{1};

/// Between two looks at the clock.
constexpr std::chrono::seconds look_pause{1};

/// Watches the link until it is joined or told that it never will be.
class Watcher final : public realtime::Listener {
  public:
    Watcher(net::any_io_executor executor, ProofProgress told) : wake_(std::move(executor)), told_(std::move(told)) {}

    void on_broadcast(const realtime::Broadcast&) override {}
    void on_settled(realtime::Ticket, realtime::Settled) override {}
    void on_status(const realtime::Status& status) override {
        if (done_) return;
        const bool waits = status.state == realtime::State::waiting;
        if (waits) proof_.reason = status.reason;
        if (waits) proof_.cause = status.cause;
        if (status.state == realtime::State::joined) {
            proof_ = {Proven::joined, {}, status.warning, realtime::Cause::passing};
            done_ = true;
        } else if (waits && realtime::permanent(status.cause)) {
            proof_.how = Proven::refused;
            done_ = true;
        }
        wake_.cancel();
    }

    awaitable<Proof> wait(Duration limit) {
        const TimePoint end = platform::BootClock::now() + limit;
        for (TimePoint now = platform::BootClock::now(); !done_ && now < end; now = platform::BootClock::now()) {
            if (told_) told_(proof_.reason, std::chrono::ceil<std::chrono::seconds>(end - now));
            wake_.expires_at(std::min(end, now + look_pause));
            co_await platform::expiry(wake_);
            const auto state = co_await net::this_coro::cancellation_state;
            if (is_cancelled(state)) break;
        }
        if (!done_ && proof_.reason.empty()) proof_.reason = "the channel was not joined in time";
        co_return proof_;
    }

  private:
    platform::Timer wake_;  // the next look at the clock; cancelled when the link says something
    ProofProgress told_;
    Proof proof_;
    bool done_ = false;
};

awaitable<Proof> wait_and_stop(Watcher& watcher, realtime::Supervisor& link, Duration limit) {
    Proof proof = co_await watcher.wait(limit);
    link.stop(leave_grace);
    co_return proof;
}

}  // namespace

ProofProgress show_waiting(Person& person) {
    return [&person, said = std::string{}](const std::string& reason, std::chrono::seconds left) mutable {
        if (!reason.empty() && reason != said) {
            person.say(fmt::format("Not joined yet: {}; it is tried for another {} s.",
                                   platform::clean(reason, reason_bytes), left.count()));
            said = reason;
        }
        person.count_down(fmt::format("Waiting for the channel: {} s left", left.count()));
    };
}

awaitable<Proof> prove(platform::Worker& network, realtime::Settings settings, credentials::Credential credential,
                       Duration limit, ProofProgress told) {
    const auto executor = co_await net::this_coro::executor;
    auto own = realtime::settings_of_visitor(std::move(settings));
    own.purpose = "the pairing's proof";
    credentials::Tokens tokens(executor);
    tokens.adopt(std::move(credential));
    Watcher watcher(executor, std::move(told));
    realtime::Supervisor link(executor, network, own, tokens, watcher);
    std::optional<Proof> proof;
    auto watching = platform::into(proof, wait_and_stop(watcher, link, limit));
    auto running = platform::ignoring(link.run());
    co_await (std::move(running) && std::move(watching));
    co_return std::move(*proof);
}

awaitable<Proof> prove_stored(platform::Worker& network, realtime::Settings settings, credentials::Store& store,
                              credentials::Credential credential, Duration limit) {
    const auto executor = co_await net::this_coro::executor;
    auto own = realtime::settings_of_visitor(std::move(settings));
    own.purpose = "the look at the stored credential";
    credentials::Tokens tokens(executor, &store, credentials::make_fetch(network, own.net));
    tokens.adopt(std::move(credential));
    Watcher watcher(executor, {});
    realtime::Supervisor link(executor, network, own, tokens, watcher);
    const auto look = [&]() -> awaitable<Proof> {
        Proof proof = co_await wait_and_stop(watcher, link, limit);
        tokens.stop();
        co_return proof;
    };
    std::optional<Proof> proof;
    auto looking = platform::into(proof, look());
    auto running = platform::ignoring(link.run());
    auto refreshing = platform::ignoring(tokens.run());
    co_await (std::move(running) && std::move(looking) && std::move(refreshing));
    co_return std::move(*proof);
}

}  // namespace pairing
