// The arguments for far browsers that are spoken to inside of TLS, as a part of the table of all arguments.
#pragma once

#include "agent/cli/table.hpp"

namespace cli::arguments {

void add_trusting(CLI::App& app, Given& given, Marks& marks);

}  // namespace cli::arguments
