#include "agent/cli/key.hpp"

#include <nlohmann/json.hpp>

#include "agent/bridge/controller_key.hpp"
#include "agent/bridge/known_file.hpp"
#include "agent/bridge/session_file.hpp"
#include "agent/cli/store_owner.hpp"
#include "agent/cli/terminal.hpp"
#include "agent/pairing/store_settings.hpp"
#include "platform/json/tree.hpp"

namespace cli::key_command {
namespace {

using control::Exit;

/// The uuids of the devices that are kept under that uuid or name.
std::vector<std::string> those_known(const bridge::KnownDevices& known, const std::string& device) {
    std::vector<std::string> found;
    for (const bridge::KnownDevice& one : known.devices) {
        if (one.uuid == device) return {one.uuid};
        if (one.name == device) found.push_back(one.uuid);
    }
    return found;
}

}  // namespace

Exit print(const arguments::Key& wished, const config::Config& config, bool json) {
    std::string problem;
    auto key = wished.key_file.empty() ? std::nullopt : bridge::read_controller_key(wished.key_file, problem);
    if (!problem.empty()) return complain(problem), Exit::failure;
    if (!key) {
        if (const auto wrong = become_store_owner(config)) return *wrong;
        key = bridge::own_controller_key(pairing::controller_store_settings(config).folder, problem);
    }
    if (!key) return complain(problem), Exit::failure;
    const auto line = platform::openssh_line(key->public_key(), bridge::controller_name());
    if (!json) return cli::print(line + "\n"), Exit::ok;
    print_json(platform::to_text({{"key", line}, {"fingerprint", platform::fingerprint(key->public_key())}}) + "\n");
    return Exit::ok;
}

Exit forget(const arguments::ForgetDevice& wished, const config::Config& config) {
    if (const auto wrong = become_store_owner(config)) return *wrong;
    bridge::KnownFile file{pairing::controller_store_settings(config).folder};
    const bridge::KnownDevices known = file.read();
    if (!known.wrong.empty()) return complain(known.wrong), Exit::failure;
    const auto found = those_known(known, wished.device);
    if (found.size() > 1) {
        return complain("several known devices are named " + wished.device + ": name one of them by its uuid, as in " +
                        file.path().string()),
               Exit::no_device;
    }
    if (found.empty()) {
        return complain("no known device has that uuid or name: " + wished.device + " (" + file.path().string() + ")"),
               Exit::no_device;
    }
    bridge::SessionFile{pairing::controller_store_settings(config).folder, found.front()}.forget();
    const auto forgotten = file.forget(found.front());
    if (!forgotten.problem.empty()) return complain(forgotten.problem), Exit::failure;
    cli::print("The key of " + wished.device + " is forgotten.\n");
    return Exit::ok;
}

}  // namespace cli::key_command
