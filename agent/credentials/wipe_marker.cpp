#include "agent/credentials/wipe_marker.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "agent/credentials/store_files.hpp"
#include "platform/crypto.hpp"
#include "platform/file.hpp"
#include "platform/json/tree.hpp"

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

Error write_hashes(const std::filesystem::path& path, const std::vector<std::string>& hashes) {
    const nlohmann::json tree = {{"format", 1}, {"refused", hashes}};
    return platform::write_file(path, platform::to_text(tree) + "\n");
}

}  // namespace

std::filesystem::path WipeMarker::file() const {
    return folder_ / files::marker;
}

std::filesystem::path WipeMarker::refused_file() const {
    return folder_ / files::refused;
}

bool WipeMarker::is_there() const {
    return platform::may_be_there(file()) || platform::may_be_there(platform::temporary_of(file()));
}

/// Of the tokens that the marker says were wiped.
std::vector<std::string> WipeMarker::own_hashes() const {
    if (!is_there()) return {};
    if (auto whole = read_hashes(file())) return std::move(*whole);
    std::vector<std::string> hashes;
    if (!outside_) return hashes;
    for (const auto& token : outside_()) hashes.push_back(hash_of(token.reveal()));
    return hashes;
}

std::vector<std::string> WipeMarker::hashes_of(const std::vector<std::string_view>& wiped) const {
    auto hashes = own_hashes();
    for (const auto token : wiped) hashes.push_back(hash_of(token));
    return hashes;
}

Error WipeMarker::set(const std::vector<std::string>& hashes) const {
    return write_hashes(file(), hashes);
}

Error WipeMarker::refuse(const std::vector<std::string>& hashes) const {
    if (hashes.empty()) return {};
    auto known = read_hashes(refused_file()).value_or(std::vector<std::string>{});
    for (const auto& hash : hashes) {
        if (std::find(known.begin(), known.end(), hash) == known.end()) known.push_back(hash);
    }
    if (known.size() > files::refused_tokens) {
        known.erase(known.begin(), known.end() - static_cast<std::ptrdiff_t>(files::refused_tokens));
    }
    return write_hashes(refused_file(), known);
}

Error WipeMarker::remember() const {
    return refuse(own_hashes());
}

Error WipeMarker::remove() const {
    if (const Error ec = platform::remove_file(platform::temporary_of(file()))) return ec;
    return platform::remove_file(file());
}

bool WipeMarker::refuses(std::string_view token) const {
    const auto hash = hash_of(token);
    const auto in = [&](const std::vector<std::string>& hashes) {
        return std::find(hashes.begin(), hashes.end(), hash) != hashes.end();
    };
    return in(read_hashes(refused_file()).value_or(std::vector<std::string>{})) || in(own_hashes());
}

}  // namespace credentials
