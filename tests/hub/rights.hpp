// Asks somebody else who may do what on a private topic: the row-level security of a PostgreSQL, behind a socket.
#pragma once

#include <string>

#include "tests/hub/tenant.hpp"

namespace hub {

/// Sends {"claims": {…}, "topic": "…"} as a line to the Unix socket `path` and reads {"read", "write", "presence"}
/// (true or false each) as a line. Blocks the hub, as a join blocks its socket at the real server; 10 s at most. No
/// answer: no rights.
Rights ask_rights(const std::string& path, const Json& claims, const std::string& topic);

}  // namespace hub
