#include "agent/credentials/refresh.hpp"

#include <algorithm>
#include <utility>

#include "agent/credentials/clock_words.hpp"
#include "agent/credentials/format.hpp"
#include "platform/clock.hpp"
#include "platform/file.hpp"
#include "platform/log/log.hpp"
#include "platform/text.hpp"
#include "platform/unwritten.hpp"

namespace credentials {
namespace {

using std::chrono::seconds;

/// run() looks at the wall clock this often, so that a clock that was set is noticed.
constexpr seconds look_again{300};
/// Lives of tokens that a server may claim; what is beyond is cut.
constexpr seconds shortest_life{30};
constexpr seconds longest_life{std::chrono::hours(24 * 366 * 5)};
/// A refresh token that was refused is tried again this late: only a change at the server can help.
constexpr seconds refused_pause{3600};

}  // namespace

std::string expiry_notice(std::optional<WallTime> expires, bool refreshable, WallTime now, Origin origin) {
    if (!expires || refreshable) return {};
    const auto left = *expires - now;
    if (left > expiry_notice_ahead) return {};
    const std::string remedy = origin == Origin::stored ? ": replace it with a fresh one (agent --pair --rotate)"
                                                        : ": " + std::string(how_to_renew(origin));
    if (left <= seconds::zero()) return "the device's token has run out and cannot be refreshed" + remedy;
    return "the device's token runs out in " + platform::for_people(left.count()) + " and cannot be refreshed" + remedy;
}

Tokens::Tokens(net::any_io_executor executor, Store* store, Fetch fetch)
    : executor_(executor),
      store_(store),
      fetch_(std::move(fetch)),
      change_(executor_, TimePoint::max()),
      work_(executor_, TimePoint::max()),
      random_(std::random_device{}()) {}

Tokens::~Tokens() = default;

void Tokens::adopt(Credential credential) {
    credential.pairing_id = pairing_of(credential);
    credential_ = std::move(credential);
    taken_at_ = wall_at_server();
    not_before_ = TimePoint::min();
    pause_ = refresh_retry_first;
    last_attempt_ = {};
    trouble_.clear();
    point_at_token();
}

void Tokens::learn_time(std::chrono::system_clock::time_point theirs) {
    const auto ours = std::chrono::system_clock::now();
    clock_.learn(theirs, ours, platform::BootClock::now());
    judge_clock(clock_complaint(theirs, ours));
    work_.cancel();
}

/// A clock that is wrong is told once, and once more after it was right in between.
void Tokens::judge_clock(const std::string& complaint) {
    const bool wrong = !complaint.empty();
    if (wrong && !clock_is_wrong_) platform::log::warning("{}: {}", complaint, clock_remedy);
    if (!wrong && clock_is_wrong_) platform::log::info("this machine's clock agrees with the server's again");
    clock_is_wrong_ = wrong;
}

std::chrono::system_clock::time_point Tokens::server_time() const {
    return clock_.at(std::chrono::system_clock::now(), platform::BootClock::now());
}

WallTime Tokens::wall_at_server() const {
    return std::chrono::floor<seconds>(server_time());
}

void Tokens::rename(std::string name) {
    if (credential_) credential_->device_name = std::move(name);
}

void Tokens::point_at_token() {
    const auto access = credential_->access_token.reveal();
    const bool keyed = !credential_->api_key.empty();
    const bool refreshable = static_cast<bool>(reread_) || (credential_->refresh && fetch_);
    token_ = Token{access, keyed ? credential_->api_key.reveal() : access, credential_->expires_at, refreshable};
    ++generation_;
    announce();
}

std::optional<Credential> Tokens::clear() {
    auto gone = std::exchange(credential_, std::nullopt);
    token_.reset();
    trouble_.clear();
    ++generation_;
    announce();
    return gone;
}

void Tokens::announce() {
    change_.cancel();
    work_.cancel();
}

void Tokens::stop() {
    stopping_ = true;
    announce();
}

awaitable<void> Tokens::changed(std::uint64_t seen) {
    while (generation_ == seen && !stopping_) {
        co_await change_.async_wait(no_throw);
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) co_return;
    }
}

awaitable<Error> Tokens::refresh(std::uint64_t used) {
    if (generation_ != used) co_return Error{};
    if (!credential_) co_return Errc::none;
    if (!token_->refreshable) co_return Errc::not_refreshable;
    if (last_attempt_ && platform::BootClock::now() < not_before_) co_return last_attempt_;
    wanted_for_ = generation_;
    work_.cancel();
    const auto seen = attempts_;
    while (attempts_ == seen && generation_ == used && !stopping_) {
        co_await change_.async_wait(no_throw);
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) co_return net::error::operation_aborted;
    }
    if (generation_ != used) co_return Error{};
    co_return stopping_ ? make_error_code(Errc::stopped) : last_attempt_;
}

TimePoint Tokens::due(TimePoint now) const {
    if (!token_ || !token_->refreshable) return TimePoint::max();
    if (wanted_for_ == generation_) return now;
    if (!token_->expires) return TimePoint::max();
    const auto left = std::min<Duration>(*token_->expires - wall_at_server(), longest_life);
    const auto life = std::min<Duration>(*token_->expires - taken_at_, longest_life);
    const auto ahead = std::min<Duration>(refresh_ahead, life / 5);
    return std::max(now + left - ahead, not_before_);
}

awaitable<Error> Tokens::run() {
    while (!stopping_) {
        const auto now = platform::BootClock::now();
        const auto when = due(now);
        if (when > now) {
            work_.expires_at(std::min(when, now + look_again));
            co_await work_.async_wait(no_throw);
            continue;
        }
        const auto asked_for = generation_;
        const Error ec = co_await fetch_once();
        // It failed for a token that was replaced meanwhile: nothing is known of the new one.
        const bool of_another = ec && credential_ && generation_ != asked_for;
        if (of_another) {
            announce();
        } else {
            note_attempt(ec);
        }
        if (!orphans_.empty()) co_await revoke_orphans();
    }
    co_return Error{};
}

void Tokens::note_attempt(Error ec) {
    ++attempts_;
    wanted_for_ = 0;
    last_attempt_ = ec;
    if (!ec) {
        pause_ = refresh_retry_first;
        not_before_ = platform::BootClock::now() + refresh_least_pause;
        if (!trouble_.empty()) platform::log::info("the token is refreshed again");
        trouble_.clear();
    } else if (credential_) {
        trouble_ = ec.message();
        platform::log::warning("the token was not refreshed: {}", trouble_);
        std::uniform_int_distribution<seconds::rep> draw(1, pause_.count());
        const bool hopeless = ec == Errc::refused || ec == Errc::not_refreshable;
        not_before_ = platform::BootClock::now() + (hopeless ? refused_pause : seconds(draw(random_)));
        pause_ = std::min(pause_ * 2, refresh_retry_most);
    }
    if (trouble_changed_) trouble_changed_();
    announce();
}

Error Tokens::read_again() {
    auto next = reread_();
    if (!next) return next.error();
    if (next->access_token == credential_->access_token) return Errc::not_refreshable;
    adopt(std::move(*next));
    return {};
}

/// Another process of this profile may have refreshed or paired since we read the store.
bool Tokens::take_from_store() {
    if (store_ == nullptr || credential_->origin != Origin::stored) return false;
    auto stored = store_->load();
    if (!stored || stored->access_token == credential_->access_token) return false;
    // A pairing with another backend is not for the addresses in use: whoever made us starts over with it.
    const bool same_pairing = pairing_of(*stored) == pairing_of(*credential_);
    if (!same_pairing && stored->backend.known() && !stored->backend.same_place(credential_->backend)) return false;
    stored->backend = credential_->backend;
    adopt(std::move(*stored));
    return true;
}

awaitable<Error> Tokens::fetch_once() {
    if (reread_) co_return read_again();
    const bool stored = store_ != nullptr && credential_->origin == Origin::stored;
    std::optional<Lock> lock;
    if (stored) {
        auto taken = store_->try_lock();
        if (!taken) co_return taken.error();
        lock = std::move(*taken);
        const bool newer = take_from_store();
        if (newer) co_return Error{};
        // The refresh token is spent by the request: the room for what comes back must be there first.
        const Error full = store_->reserve(*credential_);
        if (full) co_return full;
    }
    // Copies: an unpair during the request takes the credential away.
    const RefreshGrant asked = credential_->clone().refresh.value_or(RefreshGrant{});
    const auto pairing = credential_->pairing_id;
    auto granted = co_await fetch_(asked);
    if (!granted && lock) (void)store_->drop_leftovers(*lock);
    if (!granted) co_return granted.error();
    platform::step_done("refresh:granted");
    if (!credential_ || credential_->pairing_id != pairing) {
        give_back(asked, std::move(*granted));
        if (lock) (void)store_->finish_wipe(*lock);
        co_return Errc::changed;
    }
    Credential next = credential_->clone();
    merge(next, *granted);
    if (lock) {
        const Error ec = store_->save_refreshed(*lock, next);
        if (ec == Errc::wiped || ec == Errc::changed) {
            give_back(asked, std::move(*granted));
            (void)store_->finish_wipe(*lock);
            co_return ec;
        }
        // Any other failure: the old refresh token is spent, so what is in memory is all there is.
        if (ec) {
            platform::log::error(
                "the refreshed token is not stored and the one before is used up: after a restart this machine has to "
                "be paired again (agent --pair), unless a later refresh is stored: {}",
                platform::explain_unwritten(store_->folder(), ec));
        }
    }
    credential_ = std::move(next);
    taken_at_ = wall_at_server();
    point_at_token();
    co_return Error{};
}

void Tokens::merge(Credential& credential, const Grant& grant) const {
    credential.access_token = grant.access_token.clone();
    if (grant.refresh_token && credential.refresh) credential.refresh->token = grant.refresh_token->clone();
    const auto claims = claims_of(credential.access_token.reveal());
    if (claims && claims->expires) {
        credential.expires_at = claims->expires;
    } else if (grant.expires_in) {
        credential.expires_at = wall_at_server() + std::clamp(*grant.expires_in, shortest_life, longest_life);
    } else {
        credential.expires_at.reset();
    }
}

void Tokens::give_back(const RefreshGrant& asked, Grant grant) {
    Secret token = grant.refresh_token ? std::move(*grant.refresh_token) : std::move(grant.access_token);
    orphans_.push_back({std::move(token), asked.client_id, asked.token_url, asked.revocation_url, asked.resource});
}

awaitable<void> Tokens::revoke_orphans() {
    while (!orphans_.empty()) {
        const RefreshGrant orphan = std::move(orphans_.back());
        orphans_.pop_back();
        if (!revoke_) continue;
        const Error ec = co_await revoke_(orphan);
        if (ec) platform::log::warning("a token that came after the unpairing was not revoked: {}", ec.message());
    }
}

}  // namespace credentials
