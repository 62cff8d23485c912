// Arguments that are right one by one and wrong together.
#pragma once

#include <string>
#include <vector>

#include "agent/cli/arguments.hpp"

namespace cli::arguments {

/// What is wrong, in a sentence; empty: nothing is.
std::string contradiction(const Parsed& parsed);

/// The sentence for words that no argument takes. What stands behind a flag that is written wrong may be a key: it is
/// not repeated.
std::string unexpected(const std::vector<std::string>& words);

}  // namespace cli::arguments
