// How the credential is kept, as the configuration and the service manager say it: the same for every command.
#pragma once

#include "agent/credentials/outside.hpp"
#include "agent/credentials/store.hpp"
#include "agent/service/config.hpp"

/// Without a configured key file the service manager's credential `bmc-key` (LoadCredentialEncrypted=) seals the store.
inline credentials::StoreSettings store_settings(const service::Config& config) {
    auto key = config.credentials.key_file;
    if (key.empty()) key = credentials::systemd_credential("bmc-key").value_or("");
    return {.folder = config.paths.state, .bind = config.credentials.bind, .key_file = std::move(key)};
}
