// What the agent answers itself: Agent.getInfo, and IO.read and IO.close on the results that it keeps.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/relay/io_streams.hpp"
#include "agent/relay/settings.hpp"
#include "cdp/browser.hpp"

namespace relay {

/// Who this agent is.
struct Identity {
    std::string version;
    std::string instance;  // of this process: another one after each start
    std::string uuid;      // the device's
    std::string name;      // the device's, for people
};

/// What changes while it runs.
struct Present {
    std::size_t payload_limit = 0;
    std::vector<std::string> drivers = {};  // what its clients are called
    std::string fingerprint = {};           // of this device's key; empty: clients are not sealed here
};
/// The result of Agent.getInfo, as JSON text.
std::string write_info(const Identity& identity, const cdp::BrowserStatus& browser, const Settings& settings,
                       const Present& present);

/// The parameters of an IO.read. `wrong` says what Chrome would say; empty when they are good.
struct IoParams {
    std::string handle;
    std::optional<std::size_t> offset;
    std::optional<std::size_t> size;
    std::string_view wrong;
};
IoParams parse_io_params(std::string_view params);

/// Chrome's code for parameters that are wrong.
inline constexpr int invalid_params_code = -32602;
inline constexpr int method_not_found_code = -32601;
inline constexpr int session_not_found_code = -32001;
inline constexpr int server_error_code = -32000;

/// The result of an IO.read, as JSON text.
std::string write_piece(const Piece& piece);

/// What write_piece() adds around the quoted data, at most.
inline constexpr std::size_t piece_overhead = 64;

}  // namespace relay
