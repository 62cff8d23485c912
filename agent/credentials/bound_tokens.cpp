#include "agent/credentials/bound_tokens.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "agent/credentials/format.hpp"
#include "agent/credentials/store_files.hpp"
#include "platform/crypto.hpp"
#include "platform/file.hpp"
#include "platform/json/tree.hpp"

namespace credentials {
namespace {

using nlohmann::json;

std::string hash_of_token(std::string_view token) {
    return platform::hex(platform::sha256(token));
}

/// The entries, oldest first; none where the file is missing or broken.
json read_entries(const std::filesystem::path& folder) {
    const auto text = platform::read_private_file(folder / files::bound, files::small_bytes);
    if (!text) return json::array();
    const auto tree = platform::parse_json(text->reveal());
    const auto* entries = tree ? platform::find(*tree, "tokens") : nullptr;
    return entries != nullptr && entries->is_array() ? *entries : json::array();
}

bool is_of(const json& entry, const std::string& hash) {
    return platform::get_string(entry, "sha256") == hash;
}

}  // namespace

Backend bound_backend(const std::filesystem::path& folder, std::string_view token) {
    const auto hash = hash_of_token(token);
    const json entries = read_entries(folder);
    for (const auto& entry : entries) {
        if (is_of(entry, hash)) return read_backend(entry);
    }
    return {};
}

Error bind_token(const std::filesystem::path& folder, std::string_view token, const Backend& backend) {
    const auto hash = hash_of_token(token);
    const json before = read_entries(folder);
    json entries = json::array();
    for (const auto& entry : before) {
        if (!is_of(entry, hash)) entries.push_back(entry);
    }
    entries.push_back({{"sha256", hash}, {"backend", backend_tree(backend)}});
    while (entries.size() > files::bound_tokens) entries.erase(entries.begin());
    const json tree = {{"format", 1}, {"tokens", std::move(entries)}};
    return platform::write_file(folder / files::bound, platform::to_text(tree) + "\n");
}

}  // namespace credentials
