// What is said of a name that no setting has: a misspelt one gets the name that was meant.
#pragma once

#include <string>
#include <string_view>

namespace config {

/// `key` as it stands in agent.toml or as a flag: "there is no setting log.levle; did you mean log.level?". Text from
/// outside is cleaned.
std::string unknown_key(std::string_view key);

/// Of a variable of the environment.
std::string unknown_variable(std::string_view name);

}  // namespace config
