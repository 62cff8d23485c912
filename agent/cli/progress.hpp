// A line on the terminal while bytes go from one machine to the other.
#pragma once

#include "agent/bridge/progress.hpp"
#include "platform/core/time_point.hpp"

namespace cli {

/// "upload of a.bin: 12.3 of 45.6 MB (27 %)", at most `columns` wide.
std::string transfer_line(const bridge::Transfer& transfer, std::size_t columns);

/// Between two such lines.
inline constexpr Duration transfer_line_pause = std::chrono::milliseconds{100};

/// Shows a transfer on standard error, and takes the line away at its end. Empty where standard error is no terminal,
/// and with --json.
bridge::ShowTransfer show_transfers();

}  // namespace cli
