#include "agent/cli/given.hpp"

#include "agent/bridge/core/trust.hpp"
#include "agent/cli/listen.hpp"

namespace cli::arguments {
namespace {

std::string of_listening(const Given& given, Name command) {
    const auto& listen = given.listen;
    const bool any = listen.public_channel || !listen.event.empty() || !listen.postgres_changes.empty() ||
                     !listen.replay_since.empty() || listen.count != 0;
    if (command == Name::listen || !any) return {};
    return "--public, --event, --postgres-changes, --replay-since and --count belong to --listen";
}

std::string of_calling(const Given& given, Name command) {
    const auto& call = given.calling;
    const bool any = !call.session.empty() || !call.open.empty() || !call.screenshot.empty() || !call.pdf.empty();
    if (command == Name::call || !any) return {};
    return "--session, --open, --screenshot and --pdf belong to --call";
}

std::string of_bridging(const Given& given, Name command) {
    const auto& bridge = given.bridge;
    const bool any = bridge.open_to_local_users || bridge.print_url || !bridge.allowed_origins.empty();
    if (command == Name::bridge || !any) return {};
    return "--print-url, --open-to-local-users and --allow-origin belong to --bridge";
}

std::string of_trusting(const Given& given, Name command) {
    const auto& trust = given.trust;
    const bool controls = command == Name::call || command == Name::bridge;
    if (!trust.key_file.empty() && !controls && command != Name::key) {
        return "--key-file belongs to --call, --bridge and --key";
    }
    const bool any = trust.sealed || trust.accept_new || !trust.fingerprint.empty();
    if (any && !controls) return "--sealed, --accept-new and --fingerprint belong to --call and --bridge";
    if (trust.fingerprint.empty()) return {};
    if (!bridge::is_fingerprint(trust.fingerprint)) {
        return "--fingerprint: as agent --status prints it on the far machine: SHA256: and 43 characters";
    }
    return given.bridge.devices.size() > 1 ? "--fingerprint is that of one device: name one --bridge" : "";
}

std::string of_recording(const Given& given, Name command) {
    const bool records = command == Name::watch || command == Name::bridge;
    const auto& record = given.record;
    if (!record.file.empty() && !records) return "--record belongs to --watch or --bridge";
    if (record.with_params && record.file.empty() && command != Name::watch) {
        return "--with-params belongs to --watch or --record";
    }
    if (!record.file.empty() && (given.bridge.all || given.bridge.devices.size() > 1)) {
        return "--record: one device at a time; start a --bridge for each";
    }
    return {};
}

bool takes_token(const Given& given, Name command) {
    return given.ephemeral || command == Name::pair || command == Name::listen || command == Name::call ||
           command == Name::devices || command == Name::watch || command == Name::bridge;
}

}  // namespace

std::vector<Name> commands_in(const Given& given) {
    std::vector<Name> names;
    for (const auto& [name, is_given] : given.flags) {
        if (is_given) names.push_back(name);
    }
    if (given.topic.given) names.push_back(Name::listen);
    if (given.bridge.all || !given.bridge.devices.empty()) names.push_back(Name::bridge);
    if (!given.call.empty()) names.push_back(Name::call);
    if (given.watch.given) names.push_back(Name::watch);
    if (given.forget_device.given) names.push_back(Name::forget_device);
    if (given.replay.given) names.push_back(Name::replay);
    if (given.pause.given) names.push_back(Name::pause);
    if (!given.bundle_file.empty()) names.push_back(Name::support_bundle);
    if (!given.generate_what.empty()) names.push_back(Name::generate);
    if (!given.policy_check.empty()) names.push_back(Name::policy_check);
    if (!given.hand_to.empty()) names.push_back(Name::hand_over);
    return names;
}

std::string contradiction(const Given& given, Name command) {
    const bool pairing = command == Name::pair;
    if (!given.profile.empty() && !platform::is_profile_name(given.profile)) {
        return "--profile: letters, digits, '-', '_' and '.' only, 64 at most";
    }
    if (given.token.standard_input && !given.token.file.empty()) return "--token-stdin and --token-file: one of them";
    if (given.token.standard_input && !takes_token(given, command)) {
        return "--token-stdin belongs to --pair, --ephemeral, --listen, --call, --devices, --watch or --bridge";
    }
    if ((given.force || given.rotate || given.if_unpaired) && !pairing) {
        return "--force, --rotate and --if-unpaired belong to --pair";
    }
    if (given.ephemeral && pairing) {
        return "--ephemeral keeps the credential in the memory of a running agent: leave --pair out";
    }
    if (given.delete_device && command != Name::unpair) return "--delete-device belongs to --unpair";
    if (given.rotate && given.if_unpaired) return "--rotate and --if-unpaired contradict each other";
    if (given.force && given.if_unpaired) return "--force and --if-unpaired contradict each other";
    const bool executes = command == Name::run || command == Name::bridge;
    if (!given.exec.empty() && !executes) return "--exec belongs to no other command than --bridge";
    if (given.listens.size() > 1 && command != Name::bridge) return "--listen: one channel";
    for (const auto& wrong : {of_calling(given, command), of_bridging(given, command), of_listening(given, command),
                              of_trusting(given, command), of_recording(given, command)}) {
        if (!wrong.empty()) return wrong;
    }
    return {};
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
