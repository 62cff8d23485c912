#include "agent/pairing/proof.hpp"

#include <utility>

#include "agent/credentials/refresh.hpp"
#include "agent/realtime/status.hpp"
#include "agent/realtime/supervisor.hpp"

using namespace net::experimental::awaitable_operators;

namespace pairing {
namespace {

/// Leaving the channel after the proof.
constexpr std::chrono::seconds leave_grace{1};

bool is_final(core::Class failure) {
    return failure == core::Class::reauthenticate || failure == core::Class::rights ||
           failure == core::Class::configuration || failure == core::Class::switched_off;
}

/// Watches the link until it is joined or told that it never will be.
class Watcher final : public realtime::Listener {
  public:
    explicit Watcher(net::any_io_executor executor) : decided_(std::move(executor), TimePoint::max()) {}

    void on_broadcast(const realtime::Broadcast&) override {}
    void on_settled(realtime::Ticket, realtime::Settled) override {}
    void on_status(const realtime::Status& status) override {
        if (done_) return;
        proof_.reason = status.reason;
        if (status.state == core::State::joined) {
            decide(Proven::joined, {});
            proof_.warning = status.warning;
        } else if (status.state == core::State::waiting && is_final(status.failure)) {
            decide(Proven::refused, status.reason);
        }
    }

    awaitable<Proof> wait(Duration limit) {
        // The decision may have come before anybody waits.
        if (!done_) {
            decided_.expires_after(limit);
            co_await decided_.async_wait(no_throw);
        }
        if (!done_ && proof_.reason.empty()) proof_.reason = "the channel was not joined in time";
        co_return proof_;
    }

  private:
    void decide(Proven how, std::string reason) {
        done_ = true;
        proof_.how = how;
        proof_.reason = std::move(reason);
        decided_.cancel();
    }

    platform::Timer decided_;
    Proof proof_;
    bool done_ = false;
};

awaitable<Proof> wait_and_stop(Watcher& watcher, realtime::Supervisor& link, Duration limit) {
    Proof proof = co_await watcher.wait(limit);
    link.stop(leave_grace);
    co_return proof;
}

}  // namespace

awaitable<Proof> prove(platform::Worker& network, realtime::Settings settings, credentials::Credential credential,
                       Duration limit) {
    const auto executor = co_await net::this_coro::executor;
    auto own = realtime::settings_of_visitor(std::move(settings));
    own.purpose = "the pairing's proof";
    credentials::Tokens tokens(executor);
    tokens.adopt(std::move(credential));
    Watcher watcher(executor);
    realtime::Supervisor link(executor, network, own, tokens, watcher);
    auto both = co_await (link.run() && wait_and_stop(watcher, link, limit));
    co_return std::move(std::get<1>(both));
}

}  // namespace pairing
