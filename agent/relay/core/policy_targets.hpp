// Which target a command names: it is judged by where that one stands.
#pragma once

#include <string>
#include <string_view>

namespace relay {

/// The target that a command names by its id, decoded; empty where it names none. `scratch` holds it if it had escapes.
std::string_view named_target(std::string_view method, std::string_view params, std::string& scratch);

}  // namespace relay
