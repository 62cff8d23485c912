// The text of credential.json: versioned, read by the previous release as long as `format` stays.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "agent/credentials/credential.hpp"
#include "agent/credentials/machine.hpp"

namespace credentials {

inline constexpr int credential_format = 1;

struct StoredCredential {
    Credential credential;
    MachineTag machine;
};

Secret to_text(const Credential& credential, const MachineTag& machine);

/// Errors: Errc::damaged, Errc::newer_format.
Result<StoredCredential> from_text(std::string_view text);

/// {"format":1,"sealed":"…"} around a sealed text, and back: Errc::key_wrong, Errc::damaged.
std::string seal_text(const Secret& key, const Secret& text);
bool is_sealed(std::string_view text);
Result<Secret> unseal_text(const Secret& key, std::string_view text);

/// A backend as it is kept: the member "backend" of an object. A credential of an earlier release has none, and one
/// that lacks an address is as good as none.
nlohmann::json backend_tree(const Backend& backend);
Backend read_backend(const nlohmann::json& tree);

/// Which pairing a credential belongs to: kept over refreshes, another one after every pairing.
std::string pairing_of(const Credential& credential);

}  // namespace credentials
