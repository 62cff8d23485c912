// The wipe: marker, copies, marker away. Any step may be the last before a kill; the next start goes on from the
// marker.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "agent/credentials/store.hpp"
#include "agent/credentials/store_files.hpp"
#include "platform/crypto.hpp"
#include "platform/file.hpp"
#include "platform/json/tree.hpp"
#include "platform/text.hpp"

namespace credentials {
namespace {

std::string hash_of(std::string_view token) {
    return platform::hex(platform::sha256(token));
}

/// The hashes in the marker or in refused.json; nothing where the file is not whole.
std::optional<std::vector<std::string>> read_hashes(const std::filesystem::path& path) {
    const auto text = platform::read_file(path, files::small_bytes);
    if (!text) return std::nullopt;
    const auto tree = platform::parse_json(*text);
    if (!tree) return std::nullopt;
    const auto* list = platform::find(*tree, "refused");
    if (list == nullptr || !list->is_array()) return std::nullopt;
    std::vector<std::string> hashes;
    for (const auto& hash : *list) {
        if (hash.is_string()) hashes.push_back(hash.get<std::string>());
    }
    return hashes;
}

/// What cannot be looked at may be there: better no credential than one that was wiped.
bool may_be_there(const std::filesystem::path& path) {
    std::error_code ec;
    const auto status = std::filesystem::symlink_status(path, ec);
    return status.type() != std::filesystem::file_type::not_found;
}

Error write_hashes(const std::filesystem::path& path, const std::vector<std::string>& hashes) {
    const nlohmann::json tree = {{"format", 1}, {"refused", hashes}};
    return platform::write_file(path, platform::to_text(tree) + "\n");
}

}  // namespace

bool Store::wiping() const {
    const auto marker = file(files::marker);
    return may_be_there(marker) || may_be_there(platform::temporary_of(marker));
}

/// Of the tokens that the marker says were wiped.
std::vector<std::string> Store::hashes_of_marker() const {
    if (!wiping()) return {};
    if (auto whole = read_hashes(file(files::marker))) return std::move(*whole);
    std::vector<std::string> hashes;
    if (!settings_.outside) return hashes;
    for (const auto& token : settings_.outside()) hashes.push_back(hash_of(token.reveal()));
    return hashes;
}

Error Store::wipe(const std::vector<std::string_view>& outside) {
    std::error_code missing;
    if (!std::filesystem::exists(settings_.folder, missing)) return {};
    auto hashes = hashes_of_marker();  // of a wipe that did not finish
    for (const auto token : outside) hashes.push_back(hash_of(token));
    const Error marked = write_hashes(file(files::marker), hashes);
    const auto lock = try_lock();
    if (lock && !marked && !settings_.owed) return finish_wipe(*lock);
    // Without the lock the marker stays: its holder finishes. Without a marker (a full disk) erasing is all the more
    // urgent.
    const Error erased = erase_all();
    if (erased) return erased;
    if (!lock || !marked) return {};
    // Erasing made room: now the hashes can be kept.
    return remember_refused(hashes);
}

Error Store::finish_wipe(const Lock& lock, WipeEnd how) {
    if (!lock.held()) return Errc::locked;
    if (!wiping()) return {};
    if (const Error ec = remember_refused(hashes_of_marker())) return ec;
    if (const Error ec = erase_all()) return ec;
    if (settings_.owed && settings_.owed(how)) return Errc::owed;
    // The marker last: it knows which tokens are refused.
    const auto marker = file(files::marker);
    if (const Error ec = platform::remove_file(platform::temporary_of(marker))) return ec;
    return platform::remove_file(marker);
}

Error Store::erase_all() {
    Error first;
    const auto erase = [&](const std::filesystem::path& path) {
        for (const auto& one : {path, platform::temporary_of(path)}) {
            const Error ec = platform::erase_file(one);
            if (ec && !first) first = ec;
        }
    };
    for (const auto name : files::secrets) erase(file(name));
    for (const auto name : files::memories) erase(file(name));
    if (settings_.key_file.empty()) return first;
    // A key that a service manager hands in is not ours to erase; the sealed text is gone all the same.
    for (const auto& one : {settings_.key_file, platform::temporary_of(settings_.key_file)}) {
        (void)platform::erase_file(one);
    }
    return first;
}

std::vector<std::filesystem::path> Store::leftovers() const {
    std::vector<std::filesystem::path> found;
    for (const auto name : files::secrets) {
        auto path = platform::temporary_of(file(name));
        if (may_be_there(path)) found.push_back(std::move(path));
    }
    return found;
}

Result<Credential> Store::load_leftover() {
    Error why = Errc::none;
    for (const auto& path : leftovers()) {
        // Room that was taken and not yet written to has blanks alone.
        const auto text = platform::read_private_file(path, files::credential_bytes);
        if (text && platform::trim(text->reveal()).empty()) continue;
        auto whole = load_file(path);
        if (whole) return whole;
        why = whole.error();
    }
    return why;
}

Error Store::drop_leftovers(const Lock& lock) {
    if (!lock.held()) return Errc::locked;
    Error first;
    for (const auto name : files::secrets) {
        const Error ec = platform::erase_file(platform::temporary_of(file(name)));
        if (ec && !first) first = ec;
    }
    return first;
}

Error Store::remember_refused(const std::vector<std::string>& hashes) {
    if (hashes.empty()) return {};
    auto known = read_hashes(file(files::refused)).value_or(std::vector<std::string>{});
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
    const auto in = [&](const std::vector<std::string>& hashes) {
        return std::find(hashes.begin(), hashes.end(), hash) != hashes.end();
    };
    return in(read_hashes(file(files::refused)).value_or(std::vector<std::string>{})) || in(hashes_of_marker());
}

}  // namespace credentials
