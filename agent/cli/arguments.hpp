// The command line: one command with its arguments, and any setting of the configuration as a flag.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/config/config.hpp"

namespace cli::arguments {

/// Where a token is handed in. Neither: the service manager's bmc-token, where there is one.
struct TokenFrom {
    bool standard_input = false;
    std::filesystem::path file;

    bool empty() const { return !standard_input && file.empty(); }
};

// --- the commands, a type each

/// Pairs this machine: by a login, or with a token that is handed in.
struct Pair {
    TokenFrom token;
    std::string device;
    std::string name;
    bool force = false;
    bool rotate = false;
    bool if_unpaired = false;                          // set by --renew-before too
    std::optional<std::chrono::seconds> renew_before;  // replace a credential that ends sooner
    bool no_browser = false;
    std::string expect_account;
};

/// The daemon, in the foreground.
struct Run {
    std::optional<Pair> ephemeral;  // it pairs in memory alone, with this
    std::string device;             // for a token from outside that names none
    std::vector<std::string> exec;
    Duration join_timeout = std::chrono::seconds{60};
};

/// What is to be heard.
struct Listen {
    TokenFrom token;
    std::string topic;
    bool public_channel = false;
    std::vector<std::string> postgres_changes;
    std::string event;
    std::string replay_since;  // a time ago, or Unix milliseconds
    std::uint64_t count = 0;   // 0: without end
};

/// How a far device is known again, and what this end shows it: --key-file, --sealed, --accept-new, --fingerprint.
struct Trust {
    std::filesystem::path key_file;  // empty: the profile's own key
    bool sealed = false;
    bool accept_new = false;
    std::string fingerprint;  // empty: none
};

/// One command to a far browser, or the page opened or kept as a file.
struct Call {
    TokenFrom token;
    Trust trust;
    std::string device;  // uuid or name
    std::string method;  // empty: one of the others
    std::string params;  // JSON text of an object; "-": on standard input; empty: none
    std::string session;
    std::string open;  // a URL
    std::filesystem::path screenshot;
    std::filesystem::path pdf;
    Duration timeout = std::chrono::seconds{30};
};
struct Devices {
    TokenFrom token;
};
/// Where what passes is recorded.
struct Record {
    std::filesystem::path file;  // empty: nothing is recorded
    bool with_params = false;
};
/// What passes between controllers and a far browser.
struct Watch {
    TokenFrom token;
    std::string device;  // uuid or name
    Record record = {};
};
/// The report of a recording.
struct Replay {
    std::filesystem::path file;
};

/// Far browsers as local DevTools endpoints.
struct Bridge {
    TokenFrom token;
    Trust trust;
    std::vector<std::string> devices;  // uuids or names
    bool all = false;                  // none was named: all that the token may see
    std::vector<std::string> listen;   // ADDRESS:PORT; empty: the default
    std::vector<std::string> allowed_origins;
    bool open_to_local_users = false;
    bool print_url = false;
    std::vector<std::string> exec;  // empty: none
    Record record = {};
};

/// The account that commands are sent as.
struct Login {
    bool no_browser = false;
    std::string expect_account;
};
struct Logout {};

/// Prints the public key that far machines know this controller by.
struct Key {
    std::filesystem::path key_file;  // empty: the profile's own, which is made where there is none
};
/// Takes a device out of known_devices.
struct ForgetDevice {
    std::string device;  // uuid, or the name that it is kept under
};

struct Unpair {
    bool delete_device = false;
};
struct Pause {
    std::optional<std::chrono::seconds> time;  // nothing: until --resume
};
struct SupportBundle {
    std::string file;
};
struct ConfigCheck {
    std::string device;  // for a token from outside that names none
};
struct Doctor {
    std::string device;  // likewise
};
struct PolicyCheck {
    std::vector<std::string> words;  // method, and its parameters where given
};
struct Generate {
    std::string what;
};
struct HandOver {
    std::filesystem::path socket;
};
struct Status {};
struct Metrics {};
struct Resume {};
struct Reload {};
struct Adopt {};
struct Profiles {};
struct BrowserHost {};
struct Done {};   // --help, --version: printed already
struct Wrong {};  // the line is wrong: said already

using Command = std::variant<Run, Pair, Unpair, Status, Metrics, Pause, Resume, Reload, Doctor, SupportBundle, Adopt,
                             Profiles, ConfigCheck, PolicyCheck, Generate, BrowserHost, Listen, Call, Devices, Watch,
                             Replay, Bridge, Login, Logout, Key, ForgetDevice, HandOver, Done, Wrong>;

/// Whether it is one of these.
template <class... Commands>
bool is(const Command& command) {
    return (std::holds_alternative<Commands>(command) || ...);
}

struct Parsed {
    Command command;
    config::ConfigInput config = {};  // flags, --config, --profile, --user
    bool json = false;
};

/// Whether --json stands among the words, wrong ones too; behind --exec they are the command's.
bool asks_for_json(int argc, char** argv);

Parsed parse(int argc, char** argv);

/// What --generate makes out of the table of arguments: "man", "man-config", "bash", "zsh", "fish", "config". Nothing
/// for another word.
std::optional<std::string> generate(std::string_view what);

}  // namespace cli::arguments
