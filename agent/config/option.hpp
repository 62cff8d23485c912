// One row an option: from this table come the parser, --help, --config-check, the default file, the man page and the
// completions, so that they cannot drift apart.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/config.hpp"

namespace config {

enum class Kind : std::uint8_t {
    text,
    boolean,  // on the command line without a value: true
    integer,
    number,    // may have a fraction
    duration,  // "20s"
    bytes,     // "64MiB"
    choice,    // one of `choices`
    list,      // of texts; the flag may be given several times
};

/// How much of a value is a secret.
enum class Secrecy : std::uint8_t {
    open,       // nothing that anybody would name
    parts,      // what looks like a secret in it: a password in an address, a token in an argument
                // (platform/log/redact.hpp)
    variables,  // NAME=value: all values
    whole,
};

struct Option {
    std::string key;  // "realtime.heartbeat": in TOML a table and a name
    Kind kind = Kind::text;
    std::string help;   // one sentence without a full stop at its end
    std::string range;  // "1s to 10min", or the choices; empty: anything
    std::vector<std::string> choices;
    bool live = false;   // a reload applies it; else it needs a restart
    bool named = false;  // a list of NAME=value: a file may write it as a table
    Secrecy secrecy = Secrecy::open;

    /// Takes the value over; the sentence says why it cannot be, or is empty.
    std::function<std::string(Config&, const std::vector<std::string>&)> set;
    /// The value as TOML.
    std::function<std::string(const Config&)> get;

    std::string flag() const;         // "--realtime-heartbeat"
    std::string environment() const;  // "BMC_AGENT_REALTIME_HEARTBEAT"
};

const std::vector<Option>& options();
const Option* find_option(std::string_view key);

/// A value (as TOML, or as it was given) with its secrets hidden.
std::string without_secrets(const Option& option, std::string_view value);

/// Overwrites the secrets in the words of a command line, which every user of this machine can read: the value of
/// `--api-key`, and of the others that are not open. All behind --exec stays.
void hide_in_command_line(int argc, char** argv);

/// TOML's basic string.
std::string toml_quote(std::string_view text);

}  // namespace config
