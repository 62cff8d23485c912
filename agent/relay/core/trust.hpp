// Who may drive this machine: whose keys are taken, what is left for commands that no key stands behind, and which
// policy goes with a key (contract, "Sealed clients"). Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/relay/core/authorized_keys.hpp"
#include "agent/relay/core/policy_table.hpp"

namespace relay {

/// What has to be sealed.
enum class Require : std::uint8_t {
    off,      // nothing: everybody who may broadcast may command
    clients,  // clients; a command without a client gets what the profile `observe` allows
    all,      // everything: a command without a client is refused, but for those by which a client comes and goes
};
inline constexpr std::pair<std::string_view, Require> require_names[] = {
    {"off", Require::off}, {"clients", Require::clients}, {"all", Require::all}};

struct TrustSettings {
    Require require = Require::off;
    std::vector<std::string> controllers = {};  // a line each: ssh-ed25519 AAAA… name
    std::string controllers_file = {};          // more of them, in the format of authorized_keys; empty: none
    std::string controllers_text = {};          // what that file holds; read with the configuration
    std::vector<std::string> policy = {};       // NAME=profile, for the keys of that name
};

class Trust {
  public:
    explicit Trust(const TrustSettings& settings);

    /// What is wrong with the settings: which of them, and a sentence about it; empty: nothing is. Then nobody is
    /// trusted.
    struct Wrong {
        std::string_view setting;
        std::string what;
    };
    const std::optional<Wrong>& wrong() const noexcept { return wrong_; }

    Require require() const noexcept { return require_; }
    /// Whether any key is taken.
    bool offers() const noexcept { return !keys_.empty(); }
    const TrustedKey* find(const platform::PublicKey& key) const noexcept { return find_key(keys_, key); }
    const std::vector<TrustedKey>& keys() const noexcept { return keys_; }

    /// The profiles that take the machine's place for keys of a name.
    const std::map<std::string, Profile, std::less<>>& profiles() const noexcept { return profiles_; }

    /// Why a command that no key stands behind is refused, whatever the policy says: a sentence; empty: it is not.
    std::string_view plain_refusal(std::string_view method) const noexcept;
    /// Likewise for a client that is not sealed.
    std::string_view plain_client_refusal() const noexcept;
    /// What is wanted, for the `data` of such a refusal: `"require":"all"`.
    std::string require_member() const;

  private:
    void read_keys(const TrustSettings& settings);
    void read_policy(const std::vector<std::string>& words);

    Require require_;
    std::vector<TrustedKey> keys_;
    std::map<std::string, Profile, std::less<>> profiles_;
    std::optional<Wrong> wrong_;
};

}  // namespace relay
