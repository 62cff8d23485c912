#include "agent/daemon/unpairing.hpp"

#include <string_view>
#include <utility>
#include <vector>

#include "agent/pairing/store_settings.hpp"
#include "agent/pairing/withdraw.hpp"
#include "platform/log/event.hpp"
#include "platform/log/log.hpp"
#include "platform/wait.hpp"

namespace agent::daemon {

using namespace net::experimental::awaitable_operators;

namespace {

namespace log = platform::log;

/// An unpaired agent reaches its gate within a second (contract, "unpair"); a disk that stands still keeps nobody
/// waiting.
constexpr std::chrono::seconds way_to_gate{1};

}  // namespace

void Unpairing::unpair() {
    const auto* credential = needs_.tokens.credential();
    if (credential == nullptr) return;
    log::write_event("unpaired", "unpaired: wiping the credential");
    needs_.hooks.fire_if_set(hooks::HookEvent::unpaired);
    std::vector<std::string_view> tokens_outside;
    if (credential->origin != credentials::Origin::stored) tokens_outside.push_back(credential->access_token.reveal());
    if (const Error ec = needs_.store.wipe(tokens_outside)) {
        log::error("the credential could not be wiped whole: {}", needs_.store.explain(ec));
    }
    needs_.leaver.leave("the device was unpaired");
    needs_.tokens.clear();
}

void Unpairing::unpair_from_channel() {
    if (needs_.tokens.credential() == nullptr) return;
    withdrawn_ = needs_.tokens.credential()->clone();
    unpair();
    net::co_spawn(
        needs_.executor, [this]() -> awaitable<void> { return withdraw_unasked(); }, rethrow);
}

awaitable<void> Unpairing::withdraw_unasked() {
    auto gone = std::move(*std::exchange(withdrawn_, std::nullopt));
    auto withdrawing = pairing::withdraw(needs_.network, needs_.config, std::move(gone), false);
    auto ending = platform::before(needs_.state.stopped(), std::move(withdrawing));
    const auto how = co_await std::move(ending);
    if (!how) co_return;
    log::write_event("withdrawn", how->text, how->confirmed ? log::Level::info : log::Level::warning);
}

// The wipe first; then what is left at the server.
awaitable<control::Answer> Unpairing::unpair_on_request(bool delete_device) {
    if (needs_.tokens.credential() == nullptr) {
        auto unused = pairing::unpair_unused(needs_.store);
        if (!unused) co_return control::Answer{true, "This machine is not paired."};
        if (!unused->credential) co_return control::Answer{!unused->failed, unused->text, false};
        auto withdrawing = withdraw(std::move(*unused->credential), delete_device);
        auto answer = co_await std::move(withdrawing);
        co_return answer;
    }
    auto gone = needs_.tokens.credential()->clone();
    unpair();
    if (!store_is_empty()) co_return control::Answer{false, "the credential could not be wiped whole; see the log"};
    auto withdrawing = withdraw(std::move(gone), delete_device);
    auto answer = co_await std::move(withdrawing);
    // A status that is asked for after the answer names the gate's reason.
    platform::Timer limit{needs_.executor};
    limit.expires_after(way_to_gate);
    co_await (needs_.state.at_gate() || platform::expiry(limit));
    co_return answer;
}

awaitable<control::Answer> Unpairing::withdraw(credentials::Credential gone, bool delete_device) {
    auto withdrawing = pairing::withdraw(needs_.network, needs_.config, std::move(gone), delete_device);
    const auto done = co_await std::move(withdrawing);
    co_return control::Answer{true, done.text, done.confirmed};
}

bool Unpairing::store_is_empty() {
    const auto left = needs_.store.load();
    return !left && (left.error() == credentials::Errc::none || left.error() == credentials::Errc::wiped);
}

void Unpairing::finish(credentials::WipeEnd how) {
    const auto held = needs_.store.try_lock();
    const bool marked = needs_.store.wiping();
    if (marked && !held) finish_behind_what_is_stored(how);
    const Error ec = marked && held ? needs_.store.finish_wipe(*held, how) : pairing::remove_traces(needs_.config, how);
    if (ec) log::error("the unpairing is not finished: {}", needs_.store.explain(ec));
}

/// What is being stored holds the lock until its job is over, and nobody waits for that but the next job. A refresh
/// under way holds it for longer, and finishes the wipe itself when it has its answer.
void Unpairing::finish_behind_what_is_stored(credentials::WipeEnd how) {
    needs_.files.post([&store = needs_.store, how](std::stop_token) {
        const auto lock = store.try_lock();
        const Error ec = lock ? store.finish_wipe(*lock, how) : lock.error();
        // Who still holds it finishes it.
        if (ec && ec != credentials::Errc::locked) log::error("the unpairing is not finished: {}", store.explain(ec));
    });
}

/// Whether the pairing is in memory alone: it ends with the process.
bool Unpairing::ephemeral() const {
    const auto* credential = needs_.tokens.credential();
    return credential != nullptr && credential->origin == credentials::Origin::ephemeral;
}

awaitable<void> Unpairing::begin_without_traces(const std::optional<credentials::LastJoin>& last) {
    const bool known = last && (last->device.empty() || last->device == needs_.tokens.credential()->device_uuid);
    if (known && !ephemeral()) co_return;
    auto remove = [config = needs_.config]() -> Result<void> {
        const Error ec = pairing::remove_traces(config, credentials::WipeEnd::interrupted);
        if (ec) return ec;
        return {};
    };
    const auto removed = co_await platform::run_blocking(needs_.files, std::move(remove));
    if (!removed) log::error("this pairing does not begin from nothing");
}

void Unpairing::end_without_traces() {
    if (needs_.tokens.credential() == nullptr) return finish(credentials::WipeEnd::orderly);
    if (ephemeral()) (void)pairing::remove_traces(needs_.config, credentials::WipeEnd::orderly);
}

}  // namespace agent::daemon
