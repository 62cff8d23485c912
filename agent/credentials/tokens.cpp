#include "agent/credentials/tokens.hpp"

#include <algorithm>
#include <utility>

#include "agent/credentials/clock_check.hpp"
#include "agent/credentials/format.hpp"
#include "platform/clock.hpp"
#include "platform/file.hpp"
#include "platform/log/log.hpp"
#include "platform/text.hpp"
#include "platform/wait.hpp"

namespace credentials {
namespace {

using std::chrono::seconds;

/// run() looks at the wall clock this often, so that a clock that was set is noticed.
constexpr seconds look_again{300};
/// Lives of tokens that a server may claim; a longer one is cut.
constexpr seconds shortest_life{30};
constexpr seconds longest_life{std::chrono::hours(24 * 366 * 5)};

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

Tokens::Tokens(net::any_io_executor executor, Store* store, Fetch fetch, platform::Worker* files)
    : store_(store, files),
      fetch_(std::move(fetch)),
      change_(executor, TimePoint::max()),
      work_(executor, TimePoint::max()),
      random_(std::random_device{}()) {}

Tokens::~Tokens() = default;

void Tokens::adopt(Credential credential) {
    credential.pairing_id = pairing_of(credential);
    credential_ = std::move(credential);
    pace_.start_over(time_.wall_now(), platform::BootClock::now());
    trouble_.clear();
    point_at_token();
}

void Tokens::learn_time(std::chrono::system_clock::time_point theirs) {
    time_.learn(theirs);
    work_.cancel();
}

void Tokens::rename(std::string name) {
    if (credential_) credential_->device_name = std::move(name);
}

void Tokens::point_at_token() {
    const auto access = credential_->access_token.reveal();
    const bool keyed = !credential_->api_key.empty();
    const bool refreshable = source_ != nullptr || (credential_->refresh && fetch_);
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
        co_await platform::expiry(change_);
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) co_return;
    }
}

awaitable<Error> Tokens::refresh(std::uint64_t used) {
    if (generation_ != used) co_return Error{};
    if (!credential_) co_return Errc::none;
    if (!token_->refreshable) co_return Errc::not_refreshable;
    if (pace_.is_pausing(platform::BootClock::now())) co_return pace_.last_error();
    pace_.want(generation_);
    work_.cancel();
    const auto seen = pace_.tries();
    while (pace_.tries() == seen && generation_ == used && !stopping_) {
        co_await platform::expiry(change_);
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) co_return net::error::operation_aborted;
    }
    if (generation_ != used) co_return Error{};
    co_return stopping_ ? make_error_code(Errc::stopped) : pace_.last_error();
}

TimePoint Tokens::due(TimePoint now) const {
    if (!token_ || !token_->refreshable) return TimePoint::max();
    return pace_.due(generation_, token_->expires, time_.now(), now);
}

bool Tokens::has_run_out() const {
    return token_ && token_->refreshable && token_->expires && *token_->expires <= time_.now();
}

void Tokens::set_in_session(bool in_session) {
    pace_.set_in_session(in_session);
    work_.cancel();
}

awaitable<Error> Tokens::run() {
    while (!stopping_) {
        const auto now = platform::BootClock::now();
        const auto when = due(now);
        if (when > now) {
            work_.expires_at(std::min(when, now + look_again));
            co_await platform::expiry(work_);
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
        if (!unwanted_.empty()) co_await unwanted_.revoke_all();
    }
    co_return Error{};
}

void Tokens::note_attempt(Error ec) {
    const auto now = platform::BootClock::now();
    if (!ec) {
        pace_.note_success(now);
        if (!trouble_.empty()) platform::log::info("the token is refreshed again");
        trouble_.clear();
    } else if (credential_) {
        trouble_ = ec.message();
        platform::log::warning("the token was not refreshed: {}", trouble_);
        const bool hopeless = ec == Errc::refused || ec == Errc::not_refreshable;
        pace_.note_failure(ec, hopeless, now, std::uniform_real_distribution<double>{0.0, 1.0}(random_));
    } else {
        pace_.note_failure_without_credential(ec);
    }
    if (listener_ != nullptr) listener_->on_refresh();
    announce();
}

awaitable<Error> Tokens::read_again() {
    const auto used = generation_;
    auto reading = source_->read_again();
    auto next = co_await std::move(reading);
    if (!next) co_return next.error();
    if (generation_ != used) co_return Errc::changed;
    if (next->access_token == credential_->access_token) co_return Errc::not_refreshable;
    adopt(std::move(*next));
    co_return Error{};
}

/// Whether that pairing is still in use: an unpairing or another pairing may come during every wait.
bool Tokens::is_of(const std::string& pairing) const {
    return credential_ && credential_->pairing_id == pairing;
}

awaitable<Error> Tokens::fetch_once() {
    const bool stored = store_.keeps(*credential_);
    auto fetching = source_ != nullptr ? read_again() : stored ? fetch_stored() : fetch_with(nullptr);
    const Error ec = co_await std::move(fetching);
    co_return ec;
}

awaitable<Error> Tokens::fetch_stored() {
    const auto pairing = credential_->pairing_id;
    auto looking = store_.look(credential_->clone());
    auto seen = co_await std::move(looking);
    if (!seen) co_return seen.error();
    const RefreshStore::HeldLock lock = std::move(seen->lock);
    Error ec = Errc::changed;
    if (is_of(pairing) && seen->newer) {
        seen->newer->backend = credential_->backend;
        adopt(std::move(*seen->newer));
        ec = {};
    } else if (is_of(pairing)) {
        ec = co_await fetch_with(lock);
    }
    co_await store_.let_go(lock);
    co_return ec;
}

awaitable<Error> Tokens::fetch_with(RefreshStore::HeldLock lock) {
    // Copies: an unpair during the request takes the credential away.
    const RefreshGrant asked = credential_->clone().refresh.value_or(RefreshGrant{});
    const auto pairing = credential_->pairing_id;
    auto granted = co_await fetch_(asked);
    if (!granted) co_return granted.error();
    platform::step_done("refresh:granted");
    Error ec = Errc::changed;
    if (is_of(pairing)) {
        Credential next = credential_->clone();
        merge(next, *granted);
        auto keeping = store_.keep(next.clone(), std::move(lock));
        ec = co_await std::move(keeping);
        if (!ec && !is_of(pairing)) ec = Errc::changed;
        if (!ec) use_refreshed(std::move(next));
    }
    if (ec) unwanted_.add(asked, std::move(*granted));
    co_return ec;
}

void Tokens::use_refreshed(Credential next) {
    next.device_name = std::move(credential_->device_name);  // it may have been renamed while the token was stored
    credential_ = std::move(next);
    pace_.note_token(time_.wall_now(), platform::BootClock::now());
    point_at_token();
}

void Tokens::merge(Credential& credential, const Grant& grant) const {
    credential.access_token = grant.access_token.clone();
    if (grant.refresh_token && credential.refresh) credential.refresh->token = grant.refresh_token->clone();
    const auto claims = claims_of(credential.access_token.reveal());
    if (claims && claims->expires) {
        credential.expires_at = claims->expires;
    } else if (grant.expires_in) {
        credential.expires_at = time_.wall_now() + std::clamp(*grant.expires_in, shortest_life, longest_life);
    } else {
        credential.expires_at.reset();
    }
}

}  // namespace credentials
