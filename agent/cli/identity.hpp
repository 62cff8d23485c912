// Whose credential a command uses that speaks to the backend as a visitor (--listen, --call, --devices, --bridge): a
// token that is handed in, else the account of `agent --login`, else the device's own credential.
#pragma once

#include <optional>
#include <string>

#include "agent/bridge/controller.hpp"
#include "agent/cli/arguments.hpp"
#include "agent/control/exit_code.hpp"

namespace cli {

/// Nothing: there is none that could be used; `wrong` is the exit code, and the reason was printed.
std::optional<bridge::Identity> find_identity(const arguments::TokenFrom& from, const config::Config& config,
                                              control::Exit& wrong);

/// find_identity() reads a service's credential as the service's user, and the process is that user from then on: its
/// name. Empty: the process stays who it is.
std::string becomes(const arguments::TokenFrom& from, const config::Config& config);

}  // namespace cli
