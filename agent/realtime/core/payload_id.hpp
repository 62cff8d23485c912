// What the link itself looks for in the payload of a command or a result: its id. Pure.
#pragma once

#include <string_view>

namespace realtime {

/// The bytes of the id, as they came; empty where there is none.
std::string_view id_in(std::string_view payload);

/// The same of a `cdp-command` that is answered; empty for one that is not (a client's post), and where it is neither
/// a number nor a string.
std::string_view id_of_answered(std::string_view command);

}  // namespace realtime
