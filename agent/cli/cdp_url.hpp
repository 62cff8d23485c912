// The addresses of browsers as a command of --exec finds them in its environment.
#pragma once

#include <string>
#include <vector>

namespace cli {

/// `environment` with BMC_CDP_URL for the first of the addresses, BMC_CDP_URL_2 for the second and so on, in place of
/// those that were there. Entries are NAME=VALUE.
std::vector<std::string> with_cdp_urls(std::vector<std::string> environment, const std::vector<std::string>& urls);

}  // namespace cli
