// Judges a merged configuration as far as that can be done without a network, so that what cannot work is refused
// before it runs anywhere.
#pragma once

#include <string>
#include <vector>

#include "agent/config/config.hpp"

namespace config {

/// Adds what is wrong to loaded.errors, each with its origin, and what is odd and harmless to loaded.notices.
/// `environment`: "NAME=value"; PATH and the proxies' variables are looked at.
void judge(Loaded& loaded, const std::vector<std::string>& environment);

}  // namespace config
