// How the credential is kept, and what a wipe of it owes, as the configuration and the service manager say it: the same
// for every command.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "agent/config/config.hpp"
#include "agent/credentials/store.hpp"

namespace pairing {

/// Without a configured key file the service manager's credential `bmc-key` (LoadCredentialEncrypted=) seals the store.
/// `config` is copied where it is needed later.
credentials::StoreSettings store_settings(const config::Config& config);

/// Where the account's credential of `agent --login` lies: beside the device's, whose agent never looks there.
credentials::StoreSettings controller_store_settings(const config::Config& config);

/// Where others put a token for us, if they did.
struct OutsideToken {
    std::filesystem::path file;
    credentials::Origin origin;
};
std::optional<OutsideToken> outside_token(const config::Config& config);

/// Where downloads and uploads lie: the setting's folder, in launch mode else one of ours. Empty: nowhere.
std::string spool_folder(const config::Config& config);

/// What a pairing leaves for no other one: downloads and uploads, temporary profiles whose agent was killed, a browser
/// that the browser host keeps (only after a kill: who ends in order has told it already). Says in the log what is in
/// the way.
Error remove_traces(const config::Config& config, credentials::WipeEnd how);

}  // namespace pairing
