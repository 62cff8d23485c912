// The keys of those who may drive this machine, where they stand in a file of their own.
#pragma once

#include "agent/config/config.hpp"

namespace config {

/// Reads the file that trust.controllers_file names, if any: a file that another user could change is refused.
void read_controllers(Loaded& loaded);

}  // namespace config
