// `agent --bridge DEVICE` as the command line sees it: the addresses it listens on, what it prints, and when it ends.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "agent/cli/arguments.hpp"
#include "agent/control/exit_code.hpp"

namespace cli::bridge_command {

/// Where it listens without --listen.
inline constexpr const char* default_listen = "127.0.0.1:9333";

/// What is wrong with the arguments: a sentence; empty when nothing is.
std::string what_is_wrong(const arguments::Bridge& bridge);

/// Of "127.0.0.1:9333", "[::1]:9333", "localhost:9333" or "9333". Otherwise `problem` becomes a sentence.
boost::asio::ip::tcp::endpoint read_listen(const std::string& text, std::string& problem);

/// Offers the browsers of the devices as local DevTools endpoints, until Ctrl-C, or until the command of --exec ends.
/// The exit code is that command's.
control::Exit run(const arguments::Bridge& wished, const config::Config& config, bool json);

}  // namespace cli::bridge_command
