// The token to use now, a fresh one before it runs out or on demand, and word of every change (paired, refreshed,
// wiped). Thread rule: the loop's thread. Lifetime: outlives whoever waits on it; run() is a top task of the app.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "agent/credentials/core/server_clock.hpp"
#include "agent/credentials/credential.hpp"
#include "agent/credentials/store.hpp"
#include "platform/net.hpp"

namespace credentials {

/// What a session needs to know of the token. Views are valid until the next change (generation() differs then).
struct Token {
    std::string_view access;
    std::string_view api_key;  // the token itself where no key is configured
    std::optional<WallTime> expires;
    bool refreshable = false;  // refresh() may bring another one
};

/// What a token endpoint answered.
struct Grant {
    Secret access_token;
    std::optional<Secret> refresh_token;  // rotated; absent: the old one stays
    std::optional<std::chrono::seconds> expires_in;
};

/// Asks for the next token. Errors: Errc::refused (pair again), Errc::unreachable (again later). The reference outlives
/// it.
using Fetch = std::function<awaitable<Result<Grant>>(const RefreshGrant&)>;

/// Tells the server that a token is not wanted any more (RFC 7009).
using Revoke = std::function<awaitable<Error>(const RefreshGrant&)>;

/// A refresh starts this long before the token runs out, or at a fifth of a shorter life.
inline constexpr std::chrono::seconds refresh_ahead{120};

/// The first pause after a refresh that failed, doubled up to the greatest; each is drawn at random from its whole
/// range.
inline constexpr std::chrono::seconds refresh_retry_first{5};
inline constexpr std::chrono::seconds refresh_retry_most{300};

/// After a token came the next one is not asked for sooner, unless a session wants it: a clock that is far ahead makes
/// each of them look as if it had run out.
inline constexpr std::chrono::seconds refresh_least_pause{60};

/// A token that nobody refreshes is spoken of so long before it runs out.
inline constexpr std::chrono::hours expiry_notice_ahead{14 * 24};

/// What to say of a token that runs out at `expires` and is not replaced by itself: a sentence with the remedy; empty
/// while there is time.
std::string expiry_notice(std::optional<WallTime> expires, bool refreshable, WallTime now,
                          Origin origin = Origin::stored);

class Tokens {
  public:
    /// `store` null: in memory alone (--ephemeral, one-shot proofs, tests). `fetch` empty: nothing can be refreshed.
    Tokens(net::any_io_executor executor, Store* store = nullptr, Fetch fetch = {});
    Tokens(const Tokens&) = delete;
    Tokens& operator=(const Tokens&) = delete;
    ~Tokens();

    /// The token to use now; null at the gate. It may have run out: see `expires`.
    const Token* current() const noexcept { return token_ ? &*token_ : nullptr; }

    /// Identity and the rest; null at the gate.
    const Credential* credential() const noexcept { return credential_ ? &*credential_ : nullptr; }

    /// Counts changes of current(): remember it, and see whether the token is still the one that was used.
    std::uint64_t generation() const noexcept { return generation_; }

    /// A token other than that of generation `used`: at once if there is one already, else after asking for it; callers
    /// at the same time share one request. Needs run(). Errors: Errc::none (at the gate), not_refreshable, refused,
    /// unreachable.
    awaitable<Error> refresh(std::uint64_t used);
    awaitable<Error> refresh() { return refresh(generation_); }

    /// Returns when generation() is no longer `seen`, or on cancellation.
    awaitable<void> changed(std::uint64_t seen);

    /// Refreshes ahead of expiry and on demand until stop(). It finishes a request that is under way, so that a spent
    /// refresh token is never lost.
    awaitable<Error> run();
    void stop();

    /// A credential was paired or loaded: it is used from now on.
    void adopt(Credential credential);

    /// The device has another name at the backend: shown from now on. The token and its generation stay.
    void rename(std::string name);

    /// Unpaired: nothing is usable from now on; returns what a revocation still needs. The caller wipes the store
    /// first.
    std::optional<Credential> clear();

    /// For --token-file: read again by refresh() in place of a request.
    using Reread = std::function<Result<Credential>()>;
    void set_reread(Reread reread) { reread_ = std::move(reread); }

    /// What is done with a token that arrives after the unpairing. Empty: it is dropped.
    void set_revoke(Revoke revoke) { revoke_ = std::move(revoke); }

    /// A Date of the server's: whether a token has run out is a question of its clock, not of ours.
    void learn_time(std::chrono::system_clock::time_point theirs);
    std::chrono::system_clock::time_point server_time() const;

    /// Called when a refresh failed, or went well again.
    void on_trouble(std::function<void()> listener) { trouble_changed_ = std::move(listener); }

    /// The last refresh's failure, for status; empty when it went well.
    const std::string& trouble() const noexcept { return trouble_; }

  private:
    awaitable<Error> fetch_once();
    awaitable<void> revoke_orphans();
    void judge_clock(const std::string& complaint);
    Error read_again();
    bool take_from_store();
    void merge(Credential& credential, const Grant& grant) const;
    void give_back(const RefreshGrant& asked, Grant grant);
    void note_attempt(Error ec);
    void point_at_token();
    void announce();
    WallTime wall_at_server() const;
    TimePoint due(TimePoint now) const;

    net::any_io_executor executor_;
    Store* store_;  // owned by the app, outlives us; null: in memory alone
    Fetch fetch_;
    Revoke revoke_;
    Reread reread_;
    std::optional<Credential> credential_;
    std::optional<Token> token_;
    std::uint64_t generation_ = 0;
    std::uint64_t attempts_ = 0;  // finished ones
    Error last_attempt_;
    std::string trouble_;
    std::function<void()> trouble_changed_;
    ServerClock clock_;
    bool clock_is_wrong_ = false;   // by the last Date of the server's
    std::uint64_t wanted_for_ = 0;  // a token other than that of this generation is wanted now; 0: none is
    bool stopping_ = false;
    WallTime taken_at_{};                      // when the token came, as far as we know
    TimePoint not_before_ = TimePoint::min();  // of the next attempt
    std::chrono::seconds pause_ = refresh_retry_first;
    std::vector<RefreshGrant> orphans_;  // tokens to revoke that nobody uses
    platform::Timer change_;  // never expires: cancelled on every change and attempt, which wakes all who wait
    platform::Timer work_;    // run() sleeps on it
    std::minstd_rand random_;
};

}  // namespace credentials
