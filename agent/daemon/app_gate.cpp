// The gate, and what stands behind it: finding a credential, serving with it, noticing that it went or was replaced.
#include "agent/daemon/app_impl.hpp"
#include "agent/pairing/bound_credential.hpp"
#include "agent/pairing/find.hpp"
#include "agent/pairing/store_settings.hpp"
#include "platform/file.hpp"
#include "platform/log/log.hpp"
#include "platform/watch.hpp"

namespace agent::daemon {

using namespace std::chrono_literals;
using namespace net::experimental::awaitable_operators;

namespace {

namespace log = platform::log;

/// What is in flight at an `unpair` is answered within it (contract, "unpair", step 2).
constexpr Duration unpair_grace = 500ms;

constexpr std::string_view how_to_pair = "run `agent --pair` to pair this machine";

}  // namespace

/// Memory's, else that of a token which others put here, else the store's. Nothing that may not be sent to the backend
/// in force.
Result<credentials::Credential> App::Impl::find_credential() {
    gate_problem.clear();
    if (extras.credential) return bind_found(std::move(*std::exchange(extras.credential, std::nullopt)), {});
    auto found = pairing::find_credential(config, store, {.named = extras.device});
    gate_problem = found.problem;
    if (!found.credential) return found.credential.error();
    const auto source = pairing::source_of(found.outside);
    if (found.outside) {
        auto reread = [this, where = *found.outside, source]() -> Result<credentials::Credential> {
            auto again = pairing::read_outside_token(where, store, {.named = extras.device});
            if (!again.credential) return again.credential.error();
            return bind_found(std::move(*again.credential), source);
        };
        tokens.set_reread(std::move(reread));
    }
    return bind_found(std::move(*found.credential), source);
}

/// `source`: of a token from outside; else it is the store's, or this run's own.
Result<credentials::Credential> App::Impl::bind_found(credentials::Credential found, const std::string& source) {
    auto made = source.empty() ? pairing::bind_stored(config, store, found, found.origin == credentials::Origin::stored)
                               : pairing::bind_outside(config, source, found, true);
    gate_problem = made.problem;
    if (!made.problem.empty()) return credentials::Errc::other_backend;
    const auto* mine = tokens.credential();
    if (!paired || mine == nullptr) {
        bound = std::move(made.config);
        return found;
    }
    // The links hold on to the addresses that they were made with.
    if (found.backend.same_place(mine->backend)) return found;
    tell("paired", "this machine was paired with another backend: starting over");
    leave("the machine was paired with another backend", unpair_grace);
    return credentials::Errc::other_backend;
}

awaitable<void> App::Impl::stand_at_gate(Error why) {
    const bool unpaired = why == credentials::make_error_code(credentials::Errc::none) ||
                          why == credentials::make_error_code(credentials::Errc::wiped);
    const bool owing = unpaired && store.wiping() && store.try_lock();
    const std::string reason = !gate_problem.empty() ? gate_problem
                               : owing               ? store.explain(credentials::Errc::owed)
                               : unpaired            ? std::string{"not paired"}
                                                     : store.explain(why);
    // Any other sentence has a remedy of its own, and pairing may be none.
    gate_remedy = unpaired && gate_problem.empty() ? how_to_pair : "";
    const std::string line = reason + (gate_remedy.empty() ? "" : "; ") + gate_remedy;
    // Somebody unpaired it, or nobody paired it yet: that is no trouble. All else keeps a machine from its work.
    const bool wanted = unpaired && gate_problem.empty() && !owing;
    tell("gate", fmt::format("at the activation gate: {}", line), wanted ? log::Level::info : log::Level::warning);
    gate_reason = reason;
    shown = realtime::State::gate;
    was_at_gate = true;
    log::set_common_field("BMC_DEVICE", {});
    log::set_common_field("BMC_STATE", to_string(shown));
    show("gate: " + line);
    gate.expires_at(TimePoint::max());
    const auto first = co_await (watcher.something_changed() || gate.async_wait(no_throw) || outside_changed());
    if (first.index() == 0 && std::get<0>(first) && !stopping) {
        log::error("the folder {} cannot be watched any more: {}", store.folder().string(),
                   std::get<0>(first).message());
        stop();
    }
}

// The token file's folder is watched at the gate: a new token there ends it.
awaitable<void> App::Impl::outside_changed() {
    const auto& file = config.credentials.token_file;
    platform::FolderWatch watch{
        io.get_executor(), file.parent_path(),
        [name = file.filename().string()](std::string_view changed) { return changed == name; }};
    if (!file.empty() && !watch.open()) {
        co_await watch.next();
        co_return;
    }
    platform::Timer forever{io, TimePoint::max()};
    co_await forever.async_wait(no_throw);
}

// A credential that came while we run is a pairing; one that was there at the start is not.
void App::Impl::note_device() {
    const auto& uuid = tokens.credential()->device_uuid;
    log::set_common_field("BMC_DEVICE", uuid);
    const bool another = !device_served.empty() && device_served != uuid;
    if (was_at_gate || another) hooks.fire_if_set(hooks::HookEvent::paired);
    was_at_gate = false;
    device_served = uuid;
}

awaitable<void> App::Impl::serve() {
    auto on_unpair = [this] {
        if (tokens.credential() == nullptr) return;
        withdrawn = tokens.credential()->clone();
        unpair();
        net::co_spawn(
            io, [this]() -> awaitable<void> { return withdraw_in_background(); }, rethrow);
    };
    PairedEvents events{.unpair = std::move(on_unpair),
                        .other = [this](const realtime::Broadcast& broadcast) { on_other(broadcast); },
                        .status = [this](const realtime::Status& status) { on_status(status); },
                        .health = [this] { show_health(); }};
    PairedNeeds needs{.executor = io.get_executor(),
                      .network = network,
                      .files = files,
                      .config = bound,
                      .tokens = tokens,
                      .events = std::move(events)};
    // Stored messages are asked for since the last join, and none from before the pairing counts.
    const auto since = std::max(store.last_joined().value_or(credentials::WallTime{}), tokens.credential()->paired_at);
    bound.realtime.replay_since_ms = std::chrono::milliseconds{since.time_since_epoch()}.count();
    if (wipe_when_absent_too_long()) co_return finish_unpairing(credentials::WipeEnd::interrupted);
    begin_without_traces();
    watch_device();
    paired = std::make_unique<Paired>(std::move(needs));
    paired->set_pause(pausing.current());
    on_status(paired->link_status());  // the link tells of changes; this is where it begins
    const auto ended =
        co_await (paired->run() || watch_store(watcher) || device->run() || watch_absence() || follow_health());
    paired.reset();
    device.reset();
    if (tokens.credential() == nullptr) {
        finish_unpairing(credentials::WipeEnd::orderly);
    } else if (ephemeral()) {
        (void)pairing::remove_traces(config, credentials::WipeEnd::orderly);  // it ends with the process
    }
    if (ended.index() == 0 && std::get<0>(ended)) {
        log::error("{}", std::get<0>(ended).message());
    }
}

/// Whether the pairing is in memory alone: it ends with the process.
bool App::Impl::ephemeral() const {
    return tokens.credential() != nullptr && tokens.credential()->origin == credentials::Origin::ephemeral;
}

// What another device's pairing left, and the run before of one that is kept nowhere, is not for this one.
void App::Impl::begin_without_traces() {
    const auto& credential = *tokens.credential();
    const auto before = store.last_device();
    const bool known = before && (before->empty() || *before == credential.device_uuid);
    if (known && !ephemeral()) return;
    if (pairing::remove_traces(config, credentials::WipeEnd::interrupted))
        log::error("this pairing does not begin from nothing");
}

// The links are down: what the wipe still owes, then its marker goes.
void App::Impl::finish_unpairing(credentials::WipeEnd how) {
    const auto held = store.try_lock();
    const bool marked = store.wiping();
    // A refresh under way holds the lock, and finishes the wipe when it has its answer.
    const Error ec = marked && held ? store.finish_wipe(*held, how) : pairing::remove_traces(config, how);
    if (ec) log::error("the unpairing is not finished: {}", store.explain(ec));
}

// Another process may pair, rotate or wipe while we serve. Ends with its cancellation alone.
awaitable<Error> App::Impl::watch_store(credentials::GateWatcher& changes) {
    for (;;) {
        const Error ec = co_await changes.something_changed();
        if (ec == net::error::operation_aborted) co_return ec;
        follow_store();
        if (ec) {
            platform::Timer forever{io, TimePoint::max()};
            auto [cancelled] = co_await forever.async_wait(no_throw);
            co_return cancelled;
        }
    }
}

void App::Impl::follow_store() {
    if (stopping || tokens.credential() == nullptr) return;
    if (tokens.credential()->origin != credentials::Origin::stored) return;
    auto credential = store.load();
    if (!credential) {
        tell("unpaired", fmt::format("the credential was removed: {}", store.explain(credential.error())),
             log::Level::warning);
        leave("the device was unpaired", unpair_grace);
        tokens.clear();
        return;
    }
    const auto& mine = *tokens.credential();
    // The same token may be paired anew, with another backend.
    const bool there = !credential->backend.known() || credential->backend.same_place(mine.backend);
    if (there && credential->access_token == mine.access_token && credential->device_uuid == mine.device_uuid) return;
    if (credential->device_uuid == mine.device_uuid) {
        const bool again = credential->pairing_id != mine.pairing_id;
        auto found = bind_found(std::move(*credential), {});
        if (!found) return leave("the machine was paired anew", unpair_grace);
        if (again) hooks.fire_if_set(hooks::HookEvent::paired);
        return tokens.adopt(std::move(*found));
    }
    tell("paired", "this machine was paired as another device: starting over");
    leave("the machine was paired as another device", unpair_grace);
}

// The contract's order: wiped first, then nothing is relayed, then all is left.
void App::Impl::unpair() {
    if (tokens.credential() == nullptr) return;
    tell("unpaired", "unpaired: wiping the credential");
    hooks.fire_if_set(hooks::HookEvent::unpaired);
    const bool outside = tokens.credential()->origin != credentials::Origin::stored;
    std::vector<std::string_view> tokens_outside;
    if (outside) tokens_outside.push_back(tokens.credential()->access_token.reveal());
    if (const Error ec = store.wipe(tokens_outside)) {
        log::error("the credential could not be wiped whole: {}", store.explain(ec));
    }
    leave("the device was unpaired", unpair_grace);
    tokens.clear();
}

void App::Impl::leave(std::string reason, Duration grace) {
    // After an unpair nothing of the device's stays, in the browser host neither.
    if (!paired) return;
    if (stopping && tokens.credential() != nullptr) {
        const auto browser = ephemeral() ? cdp::Browser::Leave::ended : cdp::Browser::Leave::running;
        return paired->wind_down(std::move(reason), grace, browser);
    }
    paired->stop(std::move(reason), grace, cdp::Browser::Leave::ended);
}

}  // namespace agent::daemon
