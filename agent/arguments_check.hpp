// Arguments that are right one by one and wrong together.
#pragma once

#include <string>

#include "agent/arguments.hpp"

namespace arguments {

/// What is wrong, in a sentence; empty: nothing is.
std::string contradiction(const Parsed& parsed);

}  // namespace arguments
