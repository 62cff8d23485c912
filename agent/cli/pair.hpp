// `agent --pair`: by the running agent where there is one, else here; and the credential of an --ephemeral agent.
#pragma once

#include <optional>
#include <string>

#include "agent/cli/arguments.hpp"
#include "agent/control/exit_code.hpp"
#include "agent/credentials/credential.hpp"
#include "agent/pairing/pair.hpp"
#include "agent/pairing/token_input.hpp"

namespace cli::commands {

/// `parsed`: the line that `wished` is of.
control::Exit pair(const arguments::Pair& wished, const arguments::Parsed& parsed, const config::Config& config);

/// --ephemeral: a credential from the token that was handed in, kept in memory alone. The running agent is its proof.
control::Exit pair_in_memory(const arguments::Pair& wished, const config::Config& config,
                             std::optional<credentials::Credential>& out, bool& made_row);

/// The same at the running agent: its connections, its store; only the person and the token are here.
control::Exit pair_remotely(const arguments::Pair& wished, const arguments::Parsed& parsed,
                            const config::Config& config, const std::filesystem::path& socket);

// --- what both ways share

/// Whether a token was handed in by any of the ways.
bool is_handed_in(const arguments::TokenFrom& from);
/// The token's text from where the arguments say, or a sentence.
Result<credentials::Secret> fetch_token(const arguments::TokenFrom& from, std::string& problem);
/// Why nobody can log in; empty when somebody can.
std::string why_no_login(const arguments::Pair& wished);
pairing::PairRequest request_of(const arguments::Pair& wished);
control::Exit exit_of(pairing::PairOutcome outcome);
/// The last word, on standard output.
void print_paired(bool json, const std::string& uuid, const std::string& name, bool changed);

}  // namespace cli::commands
