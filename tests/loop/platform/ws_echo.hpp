// Scripts of a Peer that speak WebSocket by Beast's server.
#pragma once

#include "peer.hpp"

namespace tests {

/// Sends every message back until the client closes.
Peer::Script echo_script();

}  // namespace tests
