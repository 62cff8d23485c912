#include "agent/cli/arguments_check.hpp"

#include "agent/cli/listen.hpp"
#include "platform/paths.hpp"

namespace cli::arguments {
namespace {

std::string of_listening(const Parsed& parsed) {
    const auto& listen = parsed.listen;
    if (parsed.command == Command::listen) return listen_command::what_is_wrong(listen);
    const bool any = listen.public_channel || !listen.event.empty() || !listen.postgres_changes.empty() ||
                     !listen.replay_since.empty() || listen.count != 0;
    return any ? "--public, --event, --postgres-changes, --replay-since and --count belong to --listen" : "";
}

}  // namespace

std::string contradiction(const Parsed& parsed) {
    const bool pairing = parsed.command == Command::pair;
    const auto& profile = parsed.config.paths.profile;
    if (!profile.empty() && !platform::is_profile_name(profile)) {
        return "--profile: letters, digits, '-', '_' and '.' only, 64 at most";
    }
    if (parsed.token_stdin && !parsed.token_file.empty()) return "--token-stdin and --token-file: one of them";
    if (parsed.token_stdin && !pairing && !parsed.ephemeral && parsed.command != Command::listen) {
        return "--token-stdin belongs to --pair, --ephemeral or --listen";
    }
    if ((parsed.force || parsed.rotate || parsed.if_unpaired) && !pairing) {
        return "--force, --rotate and --if-unpaired belong to --pair";
    }
    if (parsed.ephemeral && pairing) {
        return "--ephemeral keeps the credential in the memory of a running agent: leave --pair out";
    }
    if (parsed.delete_device && parsed.command != Command::unpair) return "--delete-device belongs to --unpair";
    if (parsed.rotate && parsed.if_unpaired) return "--rotate and --if-unpaired contradict each other";
    if (parsed.force && parsed.if_unpaired) return "--force and --if-unpaired contradict each other";
    if (!parsed.exec.empty() && parsed.command != Command::run) return "--exec belongs to no other command";
    return of_listening(parsed);
}

std::string unexpected(const std::vector<std::string>& words) {
    std::string flags, others;
    for (const auto& word : words) {
        auto& list = word.starts_with('-') ? flags : others;
        list.append(list.empty() ? "" : " ").append(word.starts_with('-') ? word.substr(0, word.find('=')) : word);
    }
    return "there is no argument " + (flags.empty() ? others : flags);
}

}  // namespace cli::arguments
