#include "agent/daemon/gate.hpp"

#include <fmt/format.h>

#include <utility>

#include "agent/pairing/bound_credential.hpp"
#include "agent/pairing/find_credential.hpp"
#include "platform/log/event.hpp"
#include "platform/log/log.hpp"
#include "platform/watch.hpp"

namespace agent::daemon {

using namespace net::experimental::awaitable_operators;

namespace {

namespace log = platform::log;

}  // namespace

Gate::Gate(GateNeeds needs)
    : config_{needs.config},
      store_{needs.store},
      tokens_{needs.tokens},
      state_{needs.state},
      leaver_{needs.leaver},
      given_{std::move(needs.given)},
      device_{std::move(needs.device)},
      changes_{needs.executor, needs.config.paths.state} {}

Result<credentials::Credential> Gate::find() {
    problem_.clear();
    if (given_) return bind(std::move(*std::exchange(given_, std::nullopt)));
    auto found = pairing::find_credential(config_, store_, {.named = device_});
    problem_ = found.problem;
    if (!found.credential) return found.credential.error();
    const auto source = pairing::source_of(found.outside);
    if (found.outside) {
        auto reread = [this, where = *found.outside, source]() -> Result<credentials::Credential> {
            auto again = pairing::read_outside_token(where, store_, {.named = device_});
            if (!again.credential) return again.credential.error();
            return bind(std::move(*again.credential), source);
        };
        tokens_.set_reread(std::move(reread));
    }
    return bind(std::move(*found.credential), source);
}

Result<credentials::Credential> Gate::bind(credentials::Credential found, const std::string& source) {
    const bool stored = found.origin == credentials::Origin::stored;
    auto made = source.empty() ? pairing::bind_stored(config_, store_, found, stored)
                               : pairing::bind_outside(config_, source, found, true);
    problem_ = made.problem;
    if (!made.problem.empty()) return credentials::Errc::other_backend;
    const auto* mine = tokens_.credential();
    if (!leaver_.serving() || mine == nullptr) {
        bound_ = std::move(made.config);
        return found;
    }
    // The links hold on to the addresses that they were made with.
    if (found.backend.same_place(mine->backend)) return found;
    log::write_event("paired", "this machine was paired with another backend: starting over");
    leaver_.leave("the machine was paired with another backend");
    return credentials::Errc::other_backend;
}

void Gate::replay_since(credentials::WallTime since) {
    bound_.realtime.replay_since_ms = std::chrono::milliseconds{since.time_since_epoch()}.count();
}

awaitable<Error> Gate::stand(Error why) {
    GateFacts facts{.problem = problem_};
    facts.unpaired = why == credentials::make_error_code(credentials::Errc::none) ||
                     why == credentials::make_error_code(credentials::Errc::wiped);
    if (facts.unpaired && store_.wiping() && store_.try_lock()) facts.owed = store_.explain(credentials::Errc::owed);
    if (!facts.unpaired) facts.store = store_.explain(why);
    auto notice = gate_notice(facts);
    const auto line = notice.line();
    log::write_event("gate", fmt::format("at the activation gate: {}", line),
                     gate_is_wanted(facts) ? log::Level::info : log::Level::warning);
    news_.at_gate();
    log::set_common_field("BMC_DEVICE", {});
    state_.stand_at_gate(std::move(notice));
    state_.show("gate: " + line);
    const auto first = co_await (changes_.something_changed() || state_.stopped() || outside_changed());
    if (first.index() != 0 || state_.stopping()) co_return Error{};
    co_return std::get<0>(first);
}

// The token file's folder is watched at the gate: a new token there ends it.
awaitable<void> Gate::outside_changed() {
    const auto executor = co_await net::this_coro::executor;
    const auto& file = config_.credentials.token_file;
    platform::FolderWatch watch{
        executor, file.parent_path(),
        [name = file.filename().string()](std::string_view changed) { return changed == name; }};
    if (!file.empty() && !watch.open()) {
        co_await watch.next();
        co_return;
    }
    platform::Timer forever{executor, TimePoint::max()};
    co_await forever.async_wait(no_throw);
}

}  // namespace agent::daemon
