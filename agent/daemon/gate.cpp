#include "agent/daemon/gate.hpp"

#include <fmt/format.h>

#include <utility>

#include "agent/pairing/bound_credential.hpp"
#include "agent/pairing/find_credential.hpp"
#include "platform/log/event.hpp"
#include "platform/log/log.hpp"
#include "platform/wait.hpp"
#include "platform/watch.hpp"

namespace agent::daemon {

using namespace net::experimental::awaitable_operators;

namespace {

namespace log = platform::log;

/// On the worker for files. `problem`: why the credential that is there is not used; empty: there is none.
GateFacts facts_of(const credentials::Store& store, std::string problem, Error why) {
    GateFacts facts{.problem = std::move(problem)};
    facts.unpaired = why == credentials::make_error_code(credentials::Errc::none) ||
                     why == credentials::make_error_code(credentials::Errc::wiped);
    if (facts.unpaired && store.wiping() && store.try_lock()) facts.owed = store.explain(credentials::Errc::owed);
    if (!facts.unpaired) facts.store = store.explain(why);
    return facts;
}

/// Never, where nothing is watched.
awaitable<void> change_in(platform::FolderWatch& watch, bool watched) {
    if (watched) {
        co_await watch.next();
        co_return;
    }
    const auto executor = co_await net::this_coro::executor;
    platform::Timer forever{executor, TimePoint::max()};
    co_await platform::expiry(forever);
}

}  // namespace

Gate::Gate(GateNeeds needs)
    : files_{needs.files},
      config_{needs.config},
      store_{needs.store},
      tokens_{needs.tokens},
      state_{needs.state},
      leaver_{needs.leaver},
      given_{std::move(needs.given)},
      device_{std::move(needs.device)},
      changes_{needs.executor, needs.config.paths.state} {}

awaitable<Result<credentials::Credential>> Gate::find() {
    problem_.clear();
    if (given_) {
        auto binding = bind(std::move(*std::exchange(given_, std::nullopt)));
        auto bound = co_await std::move(binding);
        co_return bound;
    }
    auto look = [config = config_, &store = store_, device = device_] {
        return pairing::find_credential(config, store, {.named = device});
    };
    auto looking = platform::run_blocking(files_, std::move(look));
    auto found = co_await std::move(looking);
    if (!found) co_return found.error();
    problem_ = found->problem;
    if (!found->credential) co_return found->credential.error();
    if (found->outside) {
        outside_ = found->outside;
        tokens_.set_source(*this);
    }
    auto binding = bind(std::move(*found->credential), pairing::source_of(found->outside));
    auto bound = co_await std::move(binding);
    co_return bound;
}

awaitable<Result<credentials::Credential>> Gate::read_again() {
    const pairing::OutsideToken where = *outside_;
    auto read = [where, &store = store_, device = device_] {
        return pairing::read_outside_token(where, store, {.named = device});
    };
    auto reading = platform::run_blocking(files_, std::move(read));
    auto again = co_await std::move(reading);
    if (!again) co_return again.error();
    if (!again->credential) co_return again->credential.error();
    auto binding = bind(std::move(*again->credential), pairing::source_of(where));
    auto bound = co_await std::move(binding);
    co_return bound;
}

awaitable<Result<credentials::Credential>> Gate::bind(credentials::Credential found, std::string source) {
    auto decide = [config = config_, &store = store_, one = std::move(found), source]() mutable {
        const bool stored = one.origin == credentials::Origin::stored;
        auto to = source.empty() ? pairing::bind_stored(config, store, one, stored)
                                 : pairing::bind_outside(config, source, one, true);
        return Bound{std::move(one), std::move(to)};
    };
    auto deciding = platform::run_blocking(files_, std::move(decide));
    auto bound = co_await std::move(deciding);
    if (!bound) co_return bound.error();
    co_return use(std::move(*bound));
}

Result<credentials::Credential> Gate::use(Bound bound) {
    auto& found = bound.credential;
    problem_ = bound.to.problem;
    if (!problem_.empty()) return credentials::Errc::other_backend;
    const auto* mine = tokens_.credential();
    if (!leaver_.serving() || mine == nullptr) {
        bound_ = std::move(bound.to.config);
        return std::move(found);
    }
    // The links hold on to the addresses that they were made with.
    if (found.backend.same_place(mine->backend)) return std::move(found);
    log::write_event("paired", "this machine was paired with another backend: starting over");
    leaver_.leave("the machine was paired with another backend");
    return credentials::Errc::other_backend;
}

void Gate::replay_since(credentials::WallMillis since) {
    bound_.realtime.replay_since_ms = since.time_since_epoch().count();
}

// The token file's folder is watched at the gate: a new token there ends it.
platform::FolderWatch Gate::watch_outside(const net::any_io_executor& executor) const {
    const auto& file = config_.credentials.token_file;
    return {executor, file.parent_path(),
            [name = file.filename().string()](std::string_view changed) { return changed == name; }};
}

awaitable<Error> Gate::stand(Error why) {
    const auto executor = co_await net::this_coro::executor;
    // Open before the first wait: a token that comes meanwhile is noticed.
    auto outside = watch_outside(executor);
    const bool watched = !config_.credentials.token_file.empty() && !outside.open();
    auto look = [&store = store_, problem = problem_, why] { return facts_of(store, problem, why); };
    auto looking = platform::run_blocking(files_, std::move(look));
    const auto facts = co_await std::move(looking);
    if (!facts || state_.stopping()) co_return Error{};
    auto notice = gate_notice(*facts);
    const auto line = notice.line();
    log::write_event("gate", fmt::format("at the activation gate: {}", line),
                     gate_is_wanted(*facts) ? log::Level::info : log::Level::warning);
    news_.at_gate();
    log::set_common_field("BMC_DEVICE", {});
    state_.stand_at_gate(std::move(notice));
    state_.show("gate: " + line);
    std::optional<Error> failed;
    auto changed = platform::into(failed, changes_.something_changed());
    const auto first = co_await (std::move(changed) || state_.stopped() || change_in(outside, watched));
    if (first.index() != 0 || state_.stopping()) co_return Error{};
    co_return *failed;
}

}  // namespace agent::daemon
