// The command line: one command, its arguments, and any setting of the configuration as a flag.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/config/config.hpp"

namespace cli::arguments {

enum class Command : std::uint8_t {
    run,  // the daemon, in the foreground
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
    hand_over,
    done,   // --help, --version: printed already
    wrong,  // the line is wrong: said already
};

/// What `--listen` shall hear.
struct Listen {
    std::string topic;
    bool public_channel = false;
    std::vector<std::string> postgres_changes;
    std::string event;
    std::string replay_since;  // a time ago, or Unix milliseconds
    std::uint64_t count = 0;   // 0: without end
};

struct Parsed {
    Command command = Command::run;
    config::ConfigInput config;  // flags, --config, --profile, --user
    bool json = false;

    bool token_stdin = false;
    std::filesystem::path token_file;
    std::string device;
    std::string name;
    bool force = false;
    bool ephemeral = false;
    bool rotate = false;
    bool if_unpaired = false;                          // set by --renew-before too
    std::optional<std::chrono::seconds> renew_before;  // replace a credential that ends sooner
    bool no_browser = false;
    std::string expect_account;
    bool delete_device = false;
    std::string bundle_file;
    std::filesystem::path hand_to;
    std::string generate_what;
    Listen listen;
    std::optional<std::chrono::seconds> pause_time;  // of --pause; nothing: until --resume
    std::vector<std::string> policy_check;           // method, and its parameters where given
    std::vector<std::string> exec;
    Duration join_timeout = std::chrono::seconds{60};
};

/// Whether --json stands among the words, wrong ones too; behind --exec they are the command's.
bool asks_for_json(int argc, char** argv);

Parsed parse(int argc, char** argv);

/// What --generate makes out of the table of arguments: "man", "man-config", "bash", "zsh", "fish", "config". Nothing
/// for another word.
std::optional<std::string> generate(std::string_view what);

}  // namespace cli::arguments
