#include "agent/credentials/outside_secrets.hpp"

#include <cstdlib>

#include "platform/file.hpp"
#include "platform/text.hpp"

namespace credentials {
namespace {

std::optional<std::filesystem::path> manager_folder() {
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    if (folder == nullptr || *folder != '/') return std::nullopt;
    return std::filesystem::path(folder);
}

Result<Secret> read_raw(const std::filesystem::path& path) {
    const auto folder = manager_folder();
    if (!folder || path.parent_path() != *folder) return platform::read_private_file(path, outside_bytes);
    auto text = platform::read_file(path, outside_bytes);
    if (!text) return text.error();
    return Secret(std::move(*text));
}

}  // namespace

Result<Secret> read_outside(const std::filesystem::path& path) {
    auto raw = read_raw(path);
    if (!raw) return raw.error();
    const auto trimmed = platform::trim(raw->reveal());
    if (trimmed.size() == raw->size()) return raw;
    return Secret(trimmed);
}

std::optional<std::filesystem::path> systemd_credential(std::string_view name) {
    const auto folder = manager_folder();
    std::error_code ec;
    if (!folder || !std::filesystem::exists(*folder / name, ec)) return std::nullopt;
    return *folder / name;
}

}  // namespace credentials
