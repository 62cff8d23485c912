#include "agent/credentials/device_memory.hpp"

#include <nlohmann/json.hpp>

#include "agent/credentials/store_errors.hpp"
#include "agent/credentials/store_files.hpp"
#include "platform/file.hpp"
#include "platform/json/tree.hpp"

namespace credentials {
namespace {

std::optional<nlohmann::json> read_state(const std::filesystem::path& folder) {
    const auto text = platform::read_file(folder / files::state, files::small_bytes);
    if (!text) return std::nullopt;
    auto tree = platform::parse_json(*text);
    if (!tree) return std::nullopt;
    return std::move(*tree);
}

}  // namespace

std::optional<WallTime> DeviceMemory::last_joined() const {
    const auto tree = read_state(folder_);
    const auto seconds = tree ? platform::get_integer(*tree, "joined_at") : std::nullopt;
    if (!seconds) return std::nullopt;
    return WallTime(std::chrono::seconds(*seconds));
}

std::optional<std::string> DeviceMemory::last_device() const {
    const auto tree = read_state(folder_);
    if (!tree) return std::nullopt;
    return platform::get_string(*tree, "device").value_or("");
}

Error DeviceMemory::note_joined(WallTime when, std::string_view device) const {
    if (marker_.is_there()) return Errc::wiped;
    const nlohmann::json tree = {{"joined_at", when.time_since_epoch().count()}, {"device", device}};
    return platform::write_file(folder_ / files::state, platform::to_text(tree) + "\n");
}

std::optional<std::string> DeviceMemory::facts(std::size_t max_bytes) const {
    auto text = platform::read_file(folder_ / files::facts, max_bytes);
    if (!text) return std::nullopt;
    return std::move(*text);
}

Error DeviceMemory::save_facts(std::string_view text) const {
    if (marker_.is_there()) return Errc::wiped;
    return platform::write_file(folder_ / files::facts, text);
}

}  // namespace credentials
