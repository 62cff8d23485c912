// The gate: where a credential comes from next, whether it may be sent to the backend in force, and the sentence while
// there is none.
// Thread rule: the loop's thread. Lifetime: the process's; all it is made with outlives it.
#pragma once

#include <optional>
#include <string>

#include "agent/config/config.hpp"
#include "agent/credentials/credential.hpp"
#include "agent/credentials/credential_watch.hpp"
#include "agent/credentials/store.hpp"
#include "agent/credentials/tokens.hpp"
#include "agent/daemon/core/pairing_news.hpp"
#include "agent/daemon/leaver.hpp"
#include "agent/daemon/link_state.hpp"
#include "agent/pairing/binding.hpp"
#include "agent/pairing/store_settings.hpp"
#include "platform/core/result.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace agent::daemon {

struct GateNeeds {
    net::any_io_executor executor;
    platform::Worker& files;
    const config::Config& config;
    credentials::Store& store;
    credentials::Tokens& tokens;
    LinkState& state;
    Leaver& leaver;
    std::optional<credentials::Credential> given;  // of this run alone, used before all others
    std::string device;                            // of a token from outside that names none; empty: none is named
};

class Gate final : private credentials::TokenSource {
  public:
    explicit Gate(GateNeeds needs);
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    /// Begins to watch the store's folder. Error: errno's.
    Error open() { return changes_.open(); }
    /// The store's changes, for who waits for them while a credential is served.
    credentials::CredentialWatch& changes() noexcept { return changes_; }

    /// The given credential, else that of a token which others put here, else the store's. Nothing that may not be sent
    /// to the backend in force.
    awaitable<Result<credentials::Credential>> find();

    /// Whether the credential may be sent, and where. One for another backend than the links were made with ends them.
    /// `source`: of a token from outside; else it is the store's, or this run's own.
    awaitable<Result<credentials::Credential>> bind(credentials::Credential found, std::string source = {});

    /// Shows `why` there is none, and waits until another look is worth it: the store or the token's folder changed, or
    /// the agent stops. Error: the store's folder cannot be watched any more.
    awaitable<Error> stand(Error why);

    /// That device is served from now on. True: it was paired since the start.
    bool serves(std::string_view device) { return news_.serves(device); }

    /// The configuration with the addresses that the credential in use is bound to.
    const config::Config& bound() const noexcept { return bound_; }
    /// The next join asks for stored messages since then.
    void replay_since(credentials::WallMillis since);

  private:
    /// What was found, with where it may go.
    struct Bound {
        credentials::Credential credential;
        pairing::Binding to;
    };
    platform::FolderWatch watch_outside(const net::any_io_executor& executor) const;
    awaitable<Result<credentials::Credential>> read_again() override;
    Result<credentials::Credential> use(Bound bound);

    platform::Worker& files_;
    const config::Config& config_;
    credentials::Store& store_;
    credentials::Tokens& tokens_;
    LinkState& state_;
    Leaver& leaver_;
    std::optional<credentials::Credential> given_;
    std::string device_;
    std::optional<pairing::OutsideToken> outside_;  // where the token of others was found last
    credentials::CredentialWatch changes_;
    config::Config bound_;
    std::string problem_;  // why the credential that is there is not used; empty: there is none
    PairingNews news_;
};

}  // namespace agent::daemon
