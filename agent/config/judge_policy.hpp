// Whether a rule of the owner's can match anything: a deny that is misspelt would leave open what it was to close.
#pragma once

#include <string>

namespace config {

/// What is wrong with a rule's method pattern, with the nearest name that the policy knows; empty when a command that
/// is known matches it. `rule` is as the owner wrote it: its conditions are not looked at.
std::string what_matches_nothing(const std::string& rule);

/// The command of the policy's table that is most like `method`, which is none; empty: it is one, or none is near.
std::string command_like(const std::string& method);

}  // namespace config
