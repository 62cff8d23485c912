#include "agent/pairing/pair_store.hpp"

#include <utility>

#include "agent/pairing/pair_parts.hpp"
#include "platform/clock.hpp"
#include "platform/text.hpp"
#include "platform/tunnel.hpp"
#include "platform/url.hpp"

namespace pairing {
namespace {

/// Nobody tells when a lock of another process is free, and a loop must not wait in the kernel: it looks this often,
/// and no longer than a refresh may take.
constexpr std::chrono::milliseconds lock_look{50};
constexpr std::chrono::seconds lock_limit{45};

awaitable<Result<credentials::Lock>> take_lock(const credentials::Store& store) {
    const auto executor = co_await net::this_coro::executor;
    platform::Timer timer(executor);
    const auto end = platform::BootClock::now() + lock_limit;
    for (;;) {
        auto taken = store.try_lock();
        const bool busy = !taken && taken.error() == credentials::Errc::locked;
        if (!busy || platform::BootClock::now() >= end) co_return taken;
        timer.expires_after(lock_look);
        const auto [cancelled] = co_await timer.async_wait(no_throw);
        if (cancelled) co_return cancelled;
    }
}

/// "directly", "by the proxy http://proxy:3128"; and whose certificates are trusted.
std::string net_text(const platform::NetOptions& net, std::string_view url) {
    const auto parts = platform::parse_url(url);
    const auto proxy = platform::describe_proxy(net, parts ? parts->host : std::string());
    std::string text = proxy.empty() ? "directly" : "by the proxy " + proxy;
    text += "; the system's authorities are trusted";
    for (const auto& own : {net.ca_file, net.ca_folder}) {
        if (!own.empty()) text += " and those in " + own.string();
    }
    return text;
}

}  // namespace

PairStore::~PairStore() {
    if (needs_.store == nullptr) return;
    // Who holds the lock now writes there.
    if (const auto lock = needs_.store->try_lock()) (void)needs_.store->drop_leftovers(*lock);
}

awaitable<std::optional<PairResult>> PairStore::check() {
    needs_.person.say("Connections go out " + net_text(needs_.realtime.net, needs_.settings.issuer) + ".");
    if (needs_.store == nullptr) co_return std::nullopt;
    const Error ec = needs_.store->open();
    if (ec) co_return not_stored(ec);
    needs_.person.say("The credential will be kept in " + needs_.store->folder().string() +
                      (needs_.store->sealed() ? ", sealed." : "."));
    // A disk that is full is noticed now, not when the login is done.
    const Error room = co_await prove_room();
    if (room) co_return not_stored(room);
    const auto before = needs_.store->load();
    if (!before || request_.force || request_.rotate) co_return std::nullopt;
    auto problem = co_await confirm_replacement(*before);
    co_return problem;
}

awaitable<Error> PairStore::prove_room() const {
    const auto lock = co_await take_lock(*needs_.store);
    co_return lock ? needs_.store->prove_room(*lock) : lock.error();
}

awaitable<std::optional<PairResult>> PairStore::confirm_replacement(const credentials::Credential& before) const {
    const auto what = "this machine is paired already, as device " + before.device_uuid + " (" +
                      platform::clean(before.device_name, name_bytes) + ")";
    const bool replace = co_await ask(needs_.person, "T" + what.substr(1) + ". Replace it?");
    if (replace) co_return std::nullopt;
    co_return failed(PairOutcome::wrong_input,
                     what + ": add --force to replace it, or --rotate for a new credential only");
}

PairResult PairStore::not_stored(Error ec) const {
    return failed(PairOutcome::not_stored, "the store: " + needs_.store->explain(ec));
}

awaitable<std::optional<PairResult>> PairStore::keep(const credentials::Credential& credential) {
    if (needs_.store == nullptr) co_return std::nullopt;
    const auto lock = co_await take_lock(*needs_.store);
    const Error ec = lock ? needs_.store->save(*lock, credential) : lock.error();
    if (ec) co_return not_stored(ec);
    co_return std::nullopt;
}

EarlierPairing PairStore::earlier() {
    earlier_.reset();
    if (needs_.store == nullptr) return {};
    auto found = needs_.store->load();
    if (!found) return {nullptr, needs_.store->explain(found.error())};
    earlier_ = std::move(*found);
    return {&*earlier_};
}

}  // namespace pairing
