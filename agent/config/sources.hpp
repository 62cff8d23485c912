// Where settings come from: agent.toml, its drop-ins, the environment and the command line, in that order; later ones
// win. What is wrong with one is kept, and the others are taken all the same.
#pragma once

#include "agent/config/config.hpp"

namespace config {

/// Takes all of them over into `loaded`, whose paths are found. A file that others may write is refused.
void apply_sources(const ConfigInput& input, Loaded& loaded);

}  // namespace config
