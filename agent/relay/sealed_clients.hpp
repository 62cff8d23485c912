// The agent's side of sealed clients: their handshakes, and what becomes of what their posts carry. Whose key is taken
// says the Trust. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/relay/client.hpp"
#include "agent/relay/core/client_text.hpp"
#include "agent/relay/core/stream_receiver.hpp"
#include "agent/relay/core/trust.hpp"
#include "agent/relay/settings.hpp"
#include "platform/ed25519.hpp"
#include "platform/sealed.hpp"

namespace relay {

class SealedClients {
  public:
    /// Both outlive it.
    SealedClients(const ClientSettings& settings, const Trust& trust) noexcept : settings_{settings}, trust_{trust} {}

    /// Which device this is, and its key. Without one no client is sealed.
    void set_device(std::string uuid) { uuid_ = std::move(uuid); }
    void set_key(const platform::KeyPair& key) { party_.emplace(platform::SealedRole::agent, key); }

    /// Whether clients are sealed here: there is a key, and one of a controller's is taken.
    bool offers() const noexcept { return party_ && trust_.offers(); }
    /// Of this device's key, as OpenSSH shows it; empty: clients are not sealed here.
    std::string fingerprint() const { return offers() ? platform::fingerprint(party_->public_key()) : std::string{}; }

    /// Begins the client's handshake with what came with its Agent.open. Returns what is wrong with that, as a
    /// sentence; empty: the client has a greeting, which goes with the answer.
    std::string greet(Client& client, const OpenRequest& request);

    struct Verdict {
        std::string_view end;  // why the client has to end; lives for ever. Empty: it goes on
        bool proved = false;   // its key was proved just now
    };
    /// What the client's stream gave for a post, which may be anybody's.
    Verdict judge(Client& client, const StreamReceiver::Received& received);

    /// The trust has changed: why that client, sealed or not, has to end; empty: it goes on.
    std::string_view end_reason(Client& client) const;

    /// Posts that were none of a sealed stream.
    std::uint64_t ignored() const noexcept { return ignored_; }

  private:
    std::string name_of_key(const TrustedKey& key) const;

    const ClientSettings& settings_;
    const Trust& trust_;
    std::string uuid_;
    std::optional<platform::SealedParty> party_;
    std::uint64_t ignored_ = 0;
};

}  // namespace relay
