#include "agent/bridge/session_file.hpp"

#include <algorithm>
#include <optional>

#include "platform/core/base64.hpp"
#include "platform/ed25519.hpp"
#include "platform/file.hpp"

namespace bridge {
namespace {

constexpr std::size_t session_file_bytes = std::size_t{64} << 10;

/// The line in front of the session.
std::string session_owners(const platform::PublicKey& own, const platform::PublicKey& far) {
    return platform::fingerprint(own) + ' ' + platform::fingerprint(far) + '\n';
}

bool is_file_name(const std::string& uuid) {
    const auto fits = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    };
    return !uuid.empty() && std::all_of(uuid.begin(), uuid.end(), fits);
}

}  // namespace

SessionFile::SessionFile(const std::filesystem::path& folder, const std::string& uuid)
    : path_{is_file_name(uuid) ? folder / "sessions" / uuid : std::filesystem::path{}} {}

platform::Secret SessionFile::read(const platform::PublicKey& own, const platform::PublicKey& far) const {
    if (path_.empty()) return {};
    const auto text = platform::read_private_file(path_, session_file_bytes);
    const std::string owners = session_owners(own, far);
    if (!text || !text->reveal().starts_with(owners)) return {};
    auto session = platform::from_base64(text->reveal().substr(owners.size()));
    return session ? platform::Secret{std::move(*session)} : platform::Secret{};
}

void SessionFile::keep(const platform::PublicKey& own, const platform::PublicKey& far,
                       const platform::Secret& session) {
    const std::filesystem::path folder = path_.parent_path();
    if (path_.empty() || session.empty() || platform::make_private_folder(folder)) return;
    std::string text = session_owners(own, far) + platform::base64(session.reveal());
    (void)platform::write_file(path_, text);
    platform::cleanse(text);
}

void SessionFile::forget() {
    if (path_.empty()) return;
    for (const auto& one : {path_, platform::temporary_of(path_)}) (void)platform::erase_file(one);
}

}  // namespace bridge
