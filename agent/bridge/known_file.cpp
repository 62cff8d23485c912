#include "agent/bridge/known_file.hpp"

#include <utility>

#include "agent/credentials/lock.hpp"
#include "agent/relay/core/authorized_keys.hpp"
#include "platform/file.hpp"
#include "platform/text.hpp"

namespace bridge {
namespace {

/// Ten thousand devices.
constexpr std::size_t known_file_bytes = std::size_t{2} << 20;

}  // namespace

std::string known_name(std::string_view name) {
    const std::string line = platform::clean(name, relay::max_key_name_bytes);
    const auto first = line.find_first_not_of(' ');
    if (first == std::string::npos) return {};
    return line.substr(first, line.find_last_not_of(' ') - first + 1);
}

KnownFile::KnownFile(std::filesystem::path folder) : folder_{std::move(folder)}, path_{folder_ / "known_devices"} {}

KnownFile::Text KnownFile::load() const {
    auto text = platform::read_private_file(path_, known_file_bytes);
    if (text) return {std::string{text->reveal()}, {}};
    const bool none = text.error() == boost::system::errc::no_such_file_or_directory;
    return {{}, none ? std::string{} : platform::explain_refusal(path_, text.error())};
}

KnownDevices KnownFile::read() const {
    const Text loaded = load();
    KnownDevices known = read_known_devices(loaded.text);
    if (!known.wrong.empty()) known.wrong = path_.string() + ", " + known.wrong;
    if (!loaded.problem.empty()) known.wrong = loaded.problem;
    return known;
}

std::string KnownFile::replace(const std::string& text) {
    const Error ec = platform::write_file(path_, text);
    return ec ? path_.string() + " cannot be written: " + ec.message() : std::string{};
}

KnownFile::Remembered KnownFile::remember(const KnownDevice& device) {
    // An agent that is paired later wants the folder above for itself alone.
    for (const auto& folder : {folder_.parent_path(), folder_}) {
        if (const Error ec = platform::make_private_folder(folder)) return {platform::explain_refusal(folder, ec)};
    }
    const auto alone = credentials::Lock::take(folder_ / "known_devices.lock");
    if (!alone) return {path_.string() + " cannot be locked: " + alone.error().message()};
    const Text loaded = load();
    if (!loaded.problem.empty()) return {loaded.problem};
    const KnownDevices known = read_known_devices(loaded.text);
    if (!known.wrong.empty()) return {path_.string() + ", " + known.wrong};
    const KnownDevice* const there = known.find(device.uuid);
    if (there != nullptr && there->key != device.key) return {{}, there->key};
    return {replace(with_known_device(loaded.text, {device.uuid, device.key, known_name(device.name)}))};
}

KnownFile::Forgotten KnownFile::forget(std::string_view uuid) {
    if (!platform::may_be_there(path_)) return {};
    const auto alone = credentials::Lock::take(folder_ / "known_devices.lock");
    if (!alone) return {false, path_.string() + " cannot be locked: " + alone.error().message()};
    const Text loaded = load();
    if (!loaded.problem.empty()) return {false, loaded.problem};
    const auto without = without_known_device(loaded.text, uuid);
    if (!without) return {};
    return {true, replace(*without)};
}

}  // namespace bridge
