// The command line as it was given, before it is known whether it makes sense: a member an argument.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "agent/cli/arguments.hpp"
#include "platform/paths.hpp"

namespace cli::arguments {

/// The commands by name.
enum class Name : std::uint8_t {
    run,  // no other one was given
    pair,
    unpair,
    status,
    metrics,
    pause,
    resume,
    reload,
    doctor,
    support_bundle,
    adopt,
    profiles,
    config_check,
    policy_check,
    generate,
    browser_host,
    listen,
    call,
    devices,
    watch,
    replay,
    bridge,
    login,
    logout,
    key,
    forget_device,
    hand_over,
};

/// An argument whose value may be empty, or wrong in a way that must be said.
struct Maybe {
    bool given = false;
    std::string value;
};

struct Given {
    std::map<Name, bool> flags;  // the commands that are a flag
    std::string bundle_file;
    std::filesystem::path hand_to;
    std::string generate_what;
    std::vector<std::string> policy_check;
    Maybe pause;
    Maybe topic;

    Listen listen;                  // but for topic and token
    std::vector<std::string> call;  // the device, the method, its parameters
    Call calling;                   // but for these and the token
    std::string call_timeout = "30s";
    Maybe watch;                       // the device
    Record record;                     // of --watch or --bridge
    Maybe replay;                      // the file
    std::vector<std::string> listens;  // the words behind --listen: the topic, or the addresses of the bridge
    Bridge bridge;                     // but for these, the token, the trust and the command
    Trust trust;
    Maybe forget_device;
    TokenFrom token;
    std::string device;
    Maybe name;
    bool force = false;
    bool rotate = false;
    bool if_unpaired = false;
    Maybe renew_before;
    bool no_browser = false;
    std::string callback_port;
    bool delete_device = false;
    std::string expect_account;
    bool ephemeral = false;
    std::vector<std::string> exec;
    std::string join_timeout = "60s";

    bool help_all = false;  // looked for by hand: it is printed whatever else is on the line
    std::string config_file;
    std::string profile;
    bool user_scope = false;
    bool json = false;
    std::map<std::string, std::vector<std::string>> settings;  // the words behind the flags of settings, by key
};

/// The commands that were given: at most one may be.
std::vector<Name> commands_in(const Given& given);

/// What is wrong, in a sentence; empty: nothing is. Each argument is right by itself.
std::string contradiction(const Given& given, Name command);

/// The sentence for words that no argument takes. What stands behind a flag that is written wrong may be a key: it is
/// not repeated.
std::string unexpected(const std::vector<std::string>& words);

/// The command with its arguments. Where one of them is wrong `problem` becomes the sentence that says so.
Command command_of(const Given& given, Name command, std::string& problem);

}  // namespace cli::arguments
