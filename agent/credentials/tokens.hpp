// The token to use now, a fresh one before it runs out or on demand, and word of every change (paired, refreshed,
// wiped). Thread rule: the loop's thread. Lifetime: outlives all that wait on it; run() is a top task of the app.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "agent/credentials/core/refresh_pace.hpp"
#include "agent/credentials/credential.hpp"
#include "agent/credentials/grant.hpp"
#include "agent/credentials/refresh_store.hpp"
#include "agent/credentials/server_time.hpp"
#include "agent/credentials/store.hpp"
#include "agent/credentials/unwanted_tokens.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace credentials {

/// What a session needs to know of the token. Views are valid until the next change (generation() differs then).
struct Token {
    std::string_view access;
    std::string_view api_key;  // the token itself where no key is configured
    std::optional<WallTime> expires;
    bool refreshable = false;  // refresh() may bring another one
};

/// A token that nobody refreshes is spoken of so long before it runs out.
inline constexpr std::chrono::hours expiry_notice_ahead{14 * 24};

/// What to say of a token that runs out at `expires` and is not replaced by itself: a sentence with the remedy; empty
/// while there is time.
std::string expiry_notice(std::optional<WallTime> expires, bool refreshable, WallTime now,
                          Origin origin = Origin::stored);

/// Where a token from outside was found (--token-file).
class TokenSource {
  public:
    /// Reads it once more.
    virtual awaitable<Result<Credential>> read_again() = 0;

  protected:
    ~TokenSource() = default;
};

class TokensListener {
  public:
    /// A refresh failed, or went well again: trouble() says it. Called on the loop.
    virtual void on_refresh() = 0;

  protected:
    ~TokensListener() = default;
};

class Tokens {
  public:
    /// `store` null: in memory alone (--ephemeral, one-shot proofs, tests). `fetch` empty: nothing can be refreshed.
    /// `files` works with the store; null: the loop does, for one-shot commands.
    Tokens(net::any_io_executor executor, Store* store = nullptr, Fetch fetch = {}, platform::Worker* files = nullptr);
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

    /// Whether the token has run out by the server's clock while another one may be had.
    bool has_run_out() const;

    /// While a session uses the token the next one is there before this one is over, however short its life.
    void set_in_session(bool in_session);

    /// Time may have passed unseen.
    void wake() { work_.cancel(); }

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

    /// refresh() reads it again in place of a request. It outlives the tokens, or run() at least.
    void set_source(TokenSource& source) noexcept { source_ = &source; }

    /// What is done with a token that arrives after the unpairing. Empty: it is dropped.
    void set_revoke(Revoke revoke) { unwanted_.set_revoke(std::move(revoke)); }

    /// A Date of the server's: whether a token has run out is a question of its clock, not of ours.
    void learn_time(std::chrono::system_clock::time_point theirs);
    std::chrono::system_clock::time_point server_time() const { return time_.now(); }

    void connect(TokensListener& listener) noexcept { listener_ = &listener; }

    /// The last refresh's failure, for status; empty when it went well.
    const std::string& trouble() const noexcept { return trouble_; }

  private:
    awaitable<Error> fetch_once();
    awaitable<Error> fetch_stored();
    awaitable<Error> fetch_with(RefreshStore::HeldLock lock);
    awaitable<Error> read_again();
    bool is_of(const std::string& pairing) const;
    void merge(Credential& credential, const Grant& grant) const;
    void use_refreshed(Credential next);
    void note_attempt(Error ec);
    void point_at_token();
    void announce();
    TimePoint due(TimePoint now) const;

    RefreshStore store_;
    Fetch fetch_;
    TokenSource* source_ = nullptr;
    TokensListener* listener_ = nullptr;
    std::optional<Credential> credential_;
    std::optional<Token> token_;
    std::uint64_t generation_ = 0;
    std::string trouble_;
    ServerTime time_;
    RefreshPace pace_;
    UnwantedTokens unwanted_;
    bool stopping_ = false;
    platform::Timer change_;  // never expires: cancelled on every change and attempt, which wakes all who wait
    platform::Timer work_;    // run() sleeps on it
    std::minstd_rand random_;
};

}  // namespace credentials
