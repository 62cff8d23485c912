// The command line's own table, for what is generated from it.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace cli::arguments {

/// Shows the whole table, settings included, to `look`.
void with_command_line(const std::function<void(const CLI::App&)>& look);

}  // namespace cli::arguments
