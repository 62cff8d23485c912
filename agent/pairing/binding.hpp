// Whether a credential may be sent, and where: the one decision that the agent and every command keep to. It is sent to
// the backend that it was paired with, and to no other, whatever the configuration says meanwhile.
#pragma once

#include <string>
#include <string_view>

#include "agent/config/config.hpp"
#include "agent/credentials/credential.hpp"

namespace pairing {

/// Where a credential may go.
struct Binding {
    config::Config config;  // with the addresses and the public key that are in force
    std::string problem;    // not empty: it may go nowhere; a sentence with the remedy
    bool fresh = false;     // it was bound to nothing before: its `backend` is to be kept
};

/// What is known of a credential besides itself.
struct BindingFacts {
    std::string source = {};  // of a token from outside: "the token in FILE"; empty: it is our own store's
    bool joined_before =
        false;  // this machine has joined with it, so that its backend is known to be the configured one
};

/// The credential gets the public key in force, and the backend where it had none:
/// - one that is bound goes there; a configuration that names another address than the bound one is a problem;
/// - one that is not (a token from outside at its first use, a store of an earlier release) is bound to what the
///   configuration names, unless the token says that somebody else issued it. To the default it is bound only where
///   nothing speaks against it: a store that has joined before, a token from outside that names no other issuer.
/// A token that must never be sent (a secret key of the project, its public key) is a problem.
Binding bind(const config::Config& config, credentials::Credential& credential, const BindingFacts& facts);

/// The backend that the configuration describes.
credentials::Backend configured_backend(const config::Config& config);

/// The configuration for a new pairing: where it names no backend, that of the pairing before (`before`, where known).
config::Config for_pairing(const config::Config& config, const credentials::Backend& before);

/// What a configuration that was changed by bind() or for_pairing() says of an address' source where nobody named it.
inline constexpr std::string_view from_pairing = "the pairing";

/// Why a token must not be sent to the backend that `config` describes, at a pairing by a person: it names another
/// issuer, and nobody named the backend. Empty: nothing speaks against it.
std::string issuer_problem(const config::Config& config, std::string_view token);

/// Why no login can pair with what `config` describes: the login server and the backend would be two operators'. Empty:
/// it can.
std::string login_problem(const config::Config& config);

/// What the configuration names, and nothing else: empty where it names none.
credentials::Backend named_backend(const config::Config& config);

/// Why a running agent, which goes by `config`, does not pair for a command whose own configuration names `wanted`: the
/// token would go elsewhere than the person means. Empty: they agree.
std::string command_problem(const config::Config& config, const credentials::Backend& wanted);

/// "https://api.example (from the pairing; key from --api-key)": the backend in force, and who named it.
std::string describe_backend(const config::Config& config);

}  // namespace pairing
