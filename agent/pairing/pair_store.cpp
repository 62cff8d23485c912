#include "agent/pairing/pair_store.hpp"

#include <functional>
#include <memory>
#include <utility>

#include "agent/credentials/store_errors.hpp"
#include "agent/credentials/store_turn.hpp"
#include "agent/pairing/pair_parts.hpp"
#include "platform/text.hpp"
#include "platform/tunnel.hpp"
#include "platform/url.hpp"

namespace pairing {
namespace {

/// Who has failed to pair waits no longer than this for another writer, before it learns why.
constexpr std::chrono::seconds give_back_limit{3};

/// Runs `work` with the store's lock, on the worker for files.
awaitable<Error> with_lock(platform::Worker& files, credentials::Store& store,
                           std::function<Error(const credentials::Lock&)> work,
                           Duration limit = credentials::lock_limit) {
    auto locked = [&store, work = std::move(work)] {
        const auto lock = store.try_lock();
        return lock ? work(*lock) : lock.error();
    };
    std::function<Error()> turn = std::move(locked);
    auto taking = credentials::take_turn(files, std::move(turn), limit);
    const Error ec = co_await std::move(taking);
    co_return ec;
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
    if (!has_room_) return;
    needs_.files.post([store = needs_.store](std::stop_token) {
        // Who holds the lock now writes there.
        if (const auto lock = store->try_lock()) (void)store->drop_leftovers(*lock);
    });
}

awaitable<std::optional<PairResult>> PairStore::check() {
    needs_.person.say("Connections go out " + net_text(needs_.realtime.net, needs_.settings.issuer) + ".");
    if (needs_.store == nullptr) co_return std::nullopt;
    auto opened = [store = needs_.store] { return store->open(); };
    std::function<Error()> open = std::move(opened);
    const Error ec = co_await credentials::take_turn(needs_.files, std::move(open));
    if (ec) co_return not_stored(ec);
    needs_.person.say("The credential will be kept in " + needs_.store->folder().string() +
                      (needs_.store->sealed() ? ", sealed." : "."));
    // A disk that is full is noticed now, not when the login is done.
    const Error room = co_await prove_room();
    if (room) co_return not_stored(room);
    auto before = co_await load();
    if (!before || request_.force || request_.rotate) co_return std::nullopt;
    auto problem = co_await confirm_replacement(*before);
    co_return problem;
}

awaitable<Error> PairStore::prove_room() {
    has_room_ = true;  // in part, where it fails
    auto prove = [store = needs_.store](const credentials::Lock& lock) { return store->prove_room(lock); };
    std::function<Error(const credentials::Lock&)> work = std::move(prove);
    auto proving = with_lock(needs_.files, *needs_.store, std::move(work));
    const Error ec = co_await std::move(proving);
    if (ec == credentials::Errc::locked) has_room_ = false;  // it never had its turn
    co_return ec;
}

awaitable<void> PairStore::give_room_back() {
    if (!has_room_) co_return;
    auto drop = [store = needs_.store](const credentials::Lock& lock) { return store->drop_leftovers(lock); };
    std::function<Error(const credentials::Lock&)> work = std::move(drop);
    auto dropping = with_lock(needs_.files, *needs_.store, std::move(work), give_back_limit);
    const Error ec = co_await std::move(dropping);
    has_room_ = static_cast<bool>(ec);
}

awaitable<Result<credentials::Credential>> PairStore::load() const {
    auto read = [store = needs_.store] { return store->load(); };
    auto reading = platform::run_blocking(needs_.files, std::move(read));
    auto found = co_await std::move(reading);
    co_return found;
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
    // std::function wants what it holds to be copyable; the jobs share it one after the other.
    auto one = std::make_shared<const credentials::Credential>(credential.clone());
    // The same device keeps its key, or those who know it would take it for another one.
    const bool same_device = earlier_ && earlier_->device_uuid == credential.device_uuid;
    auto save = [store = needs_.store, one, same_device](const credentials::Lock& lock) {
        const Error ec = store->save(lock, *one);
        if (!ec && !same_device) (void)store->identity().make(lock);  // one that is missing is made by the agent
        return ec;
    };
    std::function<Error(const credentials::Lock&)> work = std::move(save);
    auto keeping = with_lock(needs_.files, *needs_.store, std::move(work));
    const Error ec = co_await std::move(keeping);
    if (ec) co_return not_stored(ec);
    has_room_ = false;
    co_await tell_key();
    co_return std::nullopt;
}

/// What a controller compares when it meets the device for the first time.
awaitable<void> PairStore::tell_key() {
    auto read = [store = needs_.store] { return store->identity().load_or_make(); };
    auto reading = platform::run_blocking(needs_.files, std::move(read));
    const auto key = co_await std::move(reading);
    if (!key) co_return;
    fingerprint_ = platform::fingerprint(key->public_key());
    needs_.person.say("The device's key is " + fingerprint_ + ".");
}

awaitable<EarlierPairing> PairStore::earlier() {
    earlier_.reset();
    if (needs_.store == nullptr) co_return EarlierPairing{};
    auto found = co_await load();
    if (!found) co_return EarlierPairing{nullptr, needs_.store->explain(found.error())};
    earlier_ = std::move(*found);
    co_return EarlierPairing{&*earlier_};
}

}  // namespace pairing
