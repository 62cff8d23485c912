#include "agent/bridge/known_file.hpp"

#include <utility>

#include "agent/credentials/lock.hpp"
#include "platform/file.hpp"

namespace bridge {
namespace {

/// Ten thousand devices.
constexpr std::size_t known_file_bytes = std::size_t{2} << 20;

}  // namespace

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

std::string KnownFile::remember(const KnownDevice& device) {
    // An agent that is paired later wants the folder above for itself alone.
    for (const auto& folder : {folder_.parent_path(), folder_}) {
        if (const Error ec = platform::make_private_folder(folder)) return platform::explain_refusal(folder, ec);
    }
    const auto alone = credentials::Lock::take(folder_ / "known_devices.lock");
    if (!alone) return path_.string() + " cannot be locked: " + alone.error().message();
    const Text loaded = load();
    return loaded.problem.empty() ? replace(with_known_device(loaded.text, device)) : loaded.problem;
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
