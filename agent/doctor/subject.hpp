// What one examination looks at: the configuration, the credential, the agent that runs. The checks fill it as they go.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "agent/config/config.hpp"
#include "agent/credentials/credential.hpp"

namespace doctor {

struct Subject {
    /// `named`: the device that the command line names; empty: none.
    explicit Subject(const config::Loaded& loaded, std::string named = {});
    ~Subject();

    /// Asks the agent that runs, if one does.
    void ask_agent();
    /// How this machine comes by another token.
    std::string_view how_to_renew() const;

    const config::Loaded& loaded;
    std::string device;        // for a token from outside that names none
    config::Config config;     // with the addresses that the credential is bound to
    std::string out_of_reach;  // why the agent that runs was not asked; empty: it was, or none runs
    std::string elsewhere;     // why nothing may be sent; empty: it may
    std::optional<credentials::Credential> credential;
    std::filesystem::path token_file;        // where others put its token; empty: it is the store's
    std::unique_ptr<nlohmann::json> status;  // what the running agent says of itself; null where none runs
};

/// The member of that name in the running agent's `status`; null where there is none, or no agent runs.
const nlohmann::json* part_of(const nlohmann::json* status, const char* name);
/// A member's text; empty where there is none.
std::string word_of(const nlohmann::json& tree, const char* name);

}  // namespace doctor
