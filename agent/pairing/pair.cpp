#include "agent/pairing/pair.hpp"

#include <utility>

#include "agent/credentials/clock_words.hpp"
#include "agent/pairing/pair_work.hpp"
#include "platform/text.hpp"
#include "platform/tunnel.hpp"
#include "platform/url.hpp"

namespace pairing {
namespace {

constexpr int http_unauthorized = 401;
constexpr int http_forbidden = 403;
constexpr int http_not_found = 404;
constexpr int http_conflict = 409;

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

/// What to do about a device that the backend does not let this account register.
std::string registration_remedy(int status) {
    switch (status) {
        case 0:
            return ": see whether the backend is reachable (agent --doctor)";
        case http_unauthorized:
            return ": the backend does not take this token, or not with this key: hand in another one, or log in";
        case http_forbidden:
            return ": this account may register no devices. Have somebody who may register one and name it by --device "
                   "UUID, or hand in a device token by --token-stdin; on a backend of your own, let the policies of "
                   "the table devices allow its owner's insert (packaging/supabase/schema.sql does)";
        case http_not_found:
            return ": there is no table devices at pairing.rest_url: check api.url, and run "
                   "packaging/supabase/schema.sql on a backend of your own";
        default:
            return {};
    }
}

}  // namespace

awaitable<bool> Work::ask(std::string question) const {
    if (!needs.person.confirm) co_return false;
    auto asking = needs.person.confirm(std::move(question));
    const bool yes = co_await std::move(asking);
    co_return yes;
}

awaitable<std::optional<PairResult>> Work::check_store() {
    say("Connections go out " + net_text(needs.realtime.net, needs.settings.issuer) + ".");
    if (needs.store == nullptr) co_return std::nullopt;
    const Error ec = needs.store->open();
    if (ec) co_return not_stored(ec);
    say("The credential will be kept in " + needs.store->folder().string() +
        (needs.store->sealed() ? ", sealed." : "."));
    // A disk that is full is noticed now, not when the login is done.
    const Error room = co_await prove_room();
    if (room) co_return not_stored(room);
    const auto before = needs.store->load();
    if (!before || request.force || request.rotate) co_return std::nullopt;
    auto problem = co_await confirm_replacement(*before);
    co_return problem;
}

awaitable<Error> Work::prove_room() const {
    const auto lock = co_await take_lock(*needs.store);
    co_return lock ? needs.store->prove_room(*lock) : lock.error();
}

awaitable<std::optional<PairResult>> Work::confirm_replacement(const Credential& before) const {
    const auto what = "this machine is paired already, as device " + before.device_uuid + " (" +
                      platform::clean(before.device_name, name_bytes) + ")";
    const bool replace = co_await ask("T" + what.substr(1) + ". Replace it?");
    if (replace) co_return std::nullopt;
    co_return failed(PairOutcome::wrong_input,
                     what + ": add --force to replace it, or --rotate for a new credential only");
}

std::optional<PairResult> Work::choose_device() {
    if (!request.device_name.empty()) {
        auto wrong = what_is_wrong_with_name(request.device_name);
        if (!wrong.empty()) return failed(PairOutcome::wrong_input, "--name: " + std::move(wrong));
    }
    const auto before = needs.store != nullptr ? needs.store->load() : Result<Credential>(credentials::Errc::none);
    if (request.rotate) {
        if (!before) return failed(PairOutcome::wrong_input, "--rotate: " + needs.store->explain(before.error()));
        if (request.device_uuid.empty()) request.device_uuid = before->device_uuid;
        if (!token.device_uuid.empty() && token.device_uuid != before->device_uuid) {
            return failed(PairOutcome::wrong_input,
                          "this machine is device " + before->device_uuid + ", but the token belongs to device " +
                              token.device_uuid + ": hand in one of this device, or use --force to become the other");
        }
        if (request.device_uuid != before->device_uuid) {
            return failed(PairOutcome::wrong_input,
                          "--rotate keeps device " + before->device_uuid + ": leave --device out, or use --force");
        }
    }
    const auto wanted = request.device_uuid.empty() ? token.device_uuid : request.device_uuid;
    if (!wanted.empty()) {
        const auto uuid = credentials::normalise_uuid(wanted);
        if (!uuid) {
            return failed(PairOutcome::wrong_input, "--device: " + platform::clean(wanted, name_bytes) +
                                                        " is no UUID, such as " + credentials::make_uuid());
        }
        if (!token.device_uuid.empty() && *uuid != token.device_uuid) {
            return failed(PairOutcome::wrong_input,
                          "--device names " + *uuid + ", but the token belongs to device " + token.device_uuid);
        }
        device.uuid = *uuid;
        known = true;
        return std::nullopt;
    }
    known = earlier = static_cast<bool>(before);
    device.uuid = before ? before->device_uuid : credentials::make_uuid();
    if (before) device.name = before->device_name;
    return std::nullopt;
}

/// Another account than before: the row of the earlier device is not there for it, and could not be joined.
bool Work::takes_new_device(const Lookup& found) {
    const bool person = token.kind == TokenKind::user || token.kind == TokenKind::refresh;
    if (!earlier || request.rotate || !person || found.device || found.failure) return false;
    device = Device{credentials::make_uuid(), {}};
    known = earlier = false;
    return true;
}

void Work::judge_clock(credentials::WallTime theirs) const {
    const auto wrong = credentials::clock_complaint(theirs, std::chrono::system_clock::now());
    if (!wrong.empty()) say("Note: " + wrong + ": " + credentials::clock_remedy + ".");
}

awaitable<std::optional<PairResult>> Work::settle_row() {
    const Secret key = token.api_key.empty() ? Secret(std::string_view(needs.api_key)) : token.api_key.clone();
    const RestAccess rest{needs.network,      needs.realtime.net, needs.settings.rest_url, key,
                          token.access_token, !request.ephemeral, needs.person.say};
    const Lookup found = co_await find_device(rest, device.uuid);
    // No `unpair` from before this moment counts; a second, since the header has no fractions.
    if (found.server_time) paired_at = *found.server_time + std::chrono::seconds(1);
    if (found.server_time) judge_clock(*found.server_time);
    if (takes_new_device(found)) say("The device of the earlier pairing is not this account's: taking a new one.");
    if (found.device) device.name = found.device->name;
    const bool rename = !request.device_name.empty() && request.device_name != device.name;
    if (!request.device_name.empty()) device.name = request.device_name;
    if (device.name.empty()) device.name = host_name();
    if (found.device && !rename) co_return std::nullopt;
    if (found.failure) {
        // The proof decides: REST may be closed to a token that may well join.
        if (known) say("The device's row could not be read (" + found.failure->what + "); the channel will tell.");
        if (known) co_return std::nullopt;
        co_return failed(outcome_of(found.failure->cause), "registering the device: " + found.failure->what + " (" +
                                                               rest.url + ")" +
                                                               registration_remedy(found.failure->status));
    }
    if (known && !rename) co_return std::nullopt;
    say("Registering device " + device.uuid + " as " + platform::clean(device.name, name_bytes) + "…");
    const auto wished = device.name;
    const auto wrong = co_await register_device(rest, device);
    if (wrong && known) {
        say("The device keeps its name: " + wrong->what + ".");
        co_return std::nullopt;
    }
    if (wrong) {
        const bool taken = wrong->status == http_conflict;
        co_return failed(taken ? PairOutcome::wrong_input : outcome_of(wrong->cause),
                         "registering the device: " + wrong->what + registration_remedy(wrong->status));
    }
    if (device.name != wished)
        say("That name is taken: registered as " + platform::clean(device.name, name_bytes) + ".");
    co_return std::nullopt;
}

Credential Work::make() const {
    Credential credential;
    credential.device_uuid = device.uuid;
    credential.device_name = platform::clean(device.name, name_bytes);
    credential.access_token = token.access_token.clone();
    credential.api_key = token.api_key.empty() ? Secret(std::string_view(needs.api_key)) : token.api_key.clone();
    if (token.refresh) {
        const auto& from = *token.refresh;
        credential.refresh = credentials::RefreshGrant{from.token.clone(), from.client_id, from.token_url,
                                                       from.revocation_url, from.resource};
    }
    credential.expires_at = token.expires_at;
    credential.paired_at = paired_at;
    credential.account = token.account;
    credential.backend = needs.backend;
    // Who handed in a token has no login server here that could be another one later.
    if (!logged_in) credential.backend.issuer = credential.backend.resource = {};
    return credential;
}

awaitable<std::optional<PairResult>> Work::prove_it() {
    say("Joining device:" + device.uuid + " at " + needs.realtime.url + " as a proof…");
    Credential credential = make();
    ProofTold told = tell_waiting(needs.person);
    const Proof proof =
        co_await prove(needs.network, needs.realtime, std::move(credential), proof_limit, std::move(told));
    if (needs.person.count_down) needs.person.count_down({});
    if (proof.how == Proven::joined) {
        if (!proof.warning.empty()) say("Joined, but: " + platform::clean(proof.warning));
        co_return std::nullopt;
    }
    co_return failed(outcome_of(proof.cause), "the proof: the channel of device " + device.uuid +
                                                  " was not joined: " + platform::clean(proof.reason, reason_bytes));
}

PairResult Work::not_stored(Error ec) const {
    return failed(PairOutcome::not_stored, "the store: " + needs.store->explain(ec));
}

awaitable<std::optional<PairResult>> Work::keep(const Credential& credential) {
    if (needs.store == nullptr) co_return std::nullopt;
    const auto lock = co_await take_lock(*needs.store);
    const Error ec = lock ? needs.store->save(*lock, credential) : lock.error();
    if (ec) co_return not_stored(ec);
    co_return std::nullopt;
}

/// However a pairing ends, the room that it took for its result does not stay.
struct Room {
    explicit Room(credentials::Store* where) noexcept : store{where} {}
    Room(const Room&) = delete;
    Room& operator=(const Room&) = delete;
    ~Room() {
        if (store == nullptr) return;
        // Who holds the lock now writes there.
        if (const auto lock = store->try_lock()) (void)store->drop_leftovers(*lock);
    }
    credentials::Store* store;
};

awaitable<PairResult> pair(PairNeeds needs, PairRequest request, TokenInput token) {
    Work work{std::move(needs), std::move(request), std::move(token)};
    const Room room{work.needs.store};
    // The store comes first: a login that could not be kept is none.
    auto problem = co_await work.check_store();
    if (problem) co_return std::move(*problem);
    problem = co_await work.get_token();
    if (problem) co_return std::move(*problem);
    problem = work.choose_device();
    if (problem) co_return std::move(*problem);
    problem = co_await work.settle_row();
    if (problem) co_return std::move(*problem);
    problem = co_await work.exchange_for_device();
    if (problem) co_return std::move(*problem);
    if (work.request.prove) problem = co_await work.prove_it();
    if (problem) co_return std::move(*problem);
    Credential credential = work.make();
    problem = co_await work.keep(credential);
    if (problem) co_return std::move(*problem);
    PairResult result;
    result.credential = std::move(credential);
    result.made_row = !work.known;
    co_return result;
}

}  // namespace pairing
