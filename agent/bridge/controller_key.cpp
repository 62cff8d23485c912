#include "agent/bridge/controller_key.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/host_name.hpp>

#include "agent/credentials/lock.hpp"
#include "platform/file.hpp"
#include "platform/net.hpp"

namespace bridge {
namespace {

using platform::KeyErrc;
using platform::KeyPair;

/// A private key with its comment; one of another kind may be longer, and is named.
constexpr std::size_t key_file_bytes = std::size_t{64} << 10;

std::string wrong_key(const std::filesystem::path& file, const Error& why) {
    const std::string path = file.string();
    if (why == KeyErrc::encrypted) {
        return path + " is protected by a passphrase, which nothing here can ask for: hand in a key without one " +
               "(ssh-keygen -p takes it away), or use the profile's own (agent --key)";
    }
    if (why == KeyErrc::other_type) {
        return path + " is a key of another type: only Ed25519 is taken (ssh-keygen -t ed25519 makes one)";
    }
    if (why == KeyErrc::no_key) return path + " is no private key in OpenSSH's format or PEM";
    if (why == KeyErrc::damaged) return path + " is a damaged key";
    return platform::explain_refusal(file, why);
}

Result<KeyPair> load_key(const std::filesystem::path& file) {
    const auto text = platform::read_private_file(file, key_file_bytes);
    if (!text) return text.error();
    return KeyPair::read(text->reveal());
}

std::optional<KeyPair> make_key(const std::filesystem::path& file, std::string& problem) {
    KeyPair made = KeyPair::make();
    const Error ec = platform::write_file(file, made.to_pem().reveal());
    if (!ec) return made;
    problem = file.string() + " cannot be written: " + ec.message();
    return std::nullopt;
}

}  // namespace

std::optional<KeyPair> read_controller_key(const std::filesystem::path& file, std::string& problem) {
    auto key = load_key(file);
    if (key) return std::move(*key);
    problem = wrong_key(file, key.error());
    return std::nullopt;
}

std::optional<KeyPair> own_controller_key(const std::filesystem::path& folder, std::string& problem) {
    const auto file = folder / "key";
    // An agent that is paired later wants the folder above for itself alone.
    for (const auto& each : {folder.parent_path(), folder}) {
        if (const Error ec = platform::make_private_folder(each)) {
            problem = platform::explain_refusal(each, ec);
            return std::nullopt;
        }
    }
    const auto alone = credentials::Lock::take(folder / "key.lock");  // two commands at once make one key
    if (!alone) {
        problem = file.string() + " cannot be locked: " + alone.error().message();
        return std::nullopt;
    }
    return platform::may_be_there(file) ? read_controller_key(file, problem) : make_key(file, problem);
}

std::string controller_name() {
    Error unnamed;
    std::array<char, 4096> room{};
    passwd entry{};
    passwd* found = nullptr;
    const bool known = ::getpwuid_r(::geteuid(), &entry, room.data(), room.size(), &found) == 0 && found != nullptr;
    return (known ? std::string{entry.pw_name} : std::to_string(::geteuid())) + "@" + net::ip::host_name(unnamed);
}

}  // namespace bridge
