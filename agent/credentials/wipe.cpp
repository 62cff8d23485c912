// The wipe: marker, copies, marker away. Any step may be the last before a kill; the next start goes on from the
// marker.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "agent/credentials/store.hpp"
#include "agent/credentials/store_files.hpp"
#include "platform/crypto.hpp"
#include "platform/file.hpp"
#include "platform/json.hpp"

namespace credentials {
namespace {

std::string hash_of(std::string_view token) {
    return platform::hex(platform::sha256(token));
}

/// The hashes in the marker or in refused.json. A file that cannot be read has none.
std::vector<std::string> read_hashes(const std::filesystem::path& path) {
    const auto text = platform::read_file(path, files::small_bytes);
    if (!text) return {};
    const auto tree = platform::parse_json(*text);
    if (!tree) return {};
    const auto* list = platform::find(*tree, "refused");
    if (list == nullptr || !list->is_array()) return {};
    std::vector<std::string> hashes;
    for (const auto& hash : *list) {
        if (hash.is_string()) hashes.push_back(hash.get<std::string>());
    }
    return hashes;
}

Error write_hashes(const std::filesystem::path& path, const std::vector<std::string>& hashes) {
    const nlohmann::json tree = {{"format", 1}, {"refused", hashes}};
    return platform::write_file(path, platform::to_text(tree) + "\n");
}

}  // namespace

bool Store::wiping() const {
    std::error_code ec;
    const bool there = std::filesystem::exists(file(files::marker), ec);
    // What cannot be looked at may be there: better no credential than one that was wiped.
    return there || (ec && ec != std::errc::no_such_file_or_directory);
}

Error Store::wipe(const std::vector<std::string_view>& outside) {
    std::error_code missing;
    if (!std::filesystem::exists(settings_.folder, missing)) return {};
    auto hashes = read_hashes(file(files::marker));  // of a wipe that did not finish
    for (const auto token : outside) hashes.push_back(hash_of(token));
    const Error marked = write_hashes(file(files::marker), hashes);
    const auto lock = try_lock();
    if (lock && !marked) return finish_wipe(*lock);
    // Without the lock the marker stays: its holder finishes. Without a marker (a full disk) erasing is all the more
    // urgent.
    const Error erased = erase_all();
    if (erased) return erased;
    if (!lock || !marked) return {};
    // Erasing made room: now the hashes can be kept.
    return remember_refused(hashes);
}

Error Store::finish_wipe(const Lock& lock) {
    if (!lock.held()) return Errc::locked;
    if (!wiping()) return {};
    if (const Error ec = remember_refused(read_hashes(file(files::marker)))) return ec;
    if (const Error ec = erase_all()) return ec;
    return platform::erase_file(file(files::marker));
}

Error Store::erase_all() {
    Error first;
    const auto erase = [&](const std::filesystem::path& path) {
        const Error ec = platform::erase_file(path);
        if (ec && !first) first = ec;
    };
    for (const auto name : {files::credential, files::next, files::state, files::facts}) {
        erase(file(name));
        erase(platform::temporary_of(file(name)));
    }
    // A key that a service manager hands in is not ours to erase; the sealed text is gone all the same.
    if (!settings_.key_file.empty()) (void)platform::erase_file(settings_.key_file);
    return first;
}

Error Store::remember_refused(const std::vector<std::string>& hashes) {
    if (hashes.empty()) return {};
    auto known = read_hashes(file(files::refused));
    for (const auto& hash : hashes) {
        if (std::find(known.begin(), known.end(), hash) == known.end()) known.push_back(hash);
    }
    if (known.size() > files::refused_tokens) {
        known.erase(known.begin(), known.end() - static_cast<std::ptrdiff_t>(files::refused_tokens));
    }
    return write_hashes(file(files::refused), known);
}

bool Store::is_refused(std::string_view token) const {
    const auto hash = hash_of(token);
    const auto has = [&](std::string_view name) {
        const auto hashes = read_hashes(file(name));
        return std::find(hashes.begin(), hashes.end(), hash) != hashes.end();
    };
    return has(files::refused) || has(files::marker);
}

}  // namespace credentials
