// The description of the protocol that Chrome serves as /json/protocol. A browser on a pipe has none to give, so the
// bridge brings that of Chromium 156, without the descriptions for people.
#pragma once

#include <string_view>

namespace bridge {

/// JSON text: {"version", "domains"}.
std::string_view protocol_description();

}  // namespace bridge
