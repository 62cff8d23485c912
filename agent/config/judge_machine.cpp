#include "agent/config/judge_machine.hpp"

#include <grp.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "agent/credentials/outside_secrets.hpp"
#include "platform/crypto.hpp"
#include "platform/file.hpp"
#include "platform/process/program.hpp"
#include "platform/text.hpp"

namespace config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t shown_bytes = 200;
/// What a group's entry may have with all its members.
constexpr std::size_t group_entry_bytes = 1 << 16;

std::string shown(const fs::path& path) {
    return platform::clean(path.string(), shown_bytes);
}

std::string wrong_folder(const fs::path& file) {
    std::error_code ec;
    if (!fs::is_directory(file, ec)) return {};
    return "names " + shown(file) + ", which is a folder: name a file within it";
}

/// A device or a pipe keeps nothing of what is written there.
std::string wrong_kind(const fs::path& file) {
    if (auto wrong = wrong_folder(file); !wrong.empty()) return wrong;
    std::error_code ec;
    const auto status = fs::status(file, ec);
    if (!fs::exists(status) || fs::is_regular_file(status)) return {};
    return "names " + shown(file) + ", which is no ordinary file and keeps nothing: name a file on a disk";
}

}  // namespace

std::string what_is_wrong_with_path(const fs::path& path) {
    if (path.is_absolute()) return {};
    if (path.native().starts_with('~')) {
        return "names " + shown(path) + ": no shell replaces the ~ here, write the whole path, one that begins with /";
    }
    return "names " + shown(path) +
           ", which depends on the folder where the agent is started: write the whole path, one that begins with /";
}

std::string what_is_wrong_with_program(const std::string& program, std::string_view path) {
    if (program.empty()) return "names no program: its first word is empty";
    const auto found = platform::find_program(program, path);
    if (found) return {};
    const auto name = platform::clean(program, shown_bytes);
    const bool bare = program.find('/') == std::string::npos;
    if (found.error().value() == EACCES) {
        return "names " + name + ", which this user may not run: chmod +x, or is it a folder?";
    }
    if (program.find(' ') != std::string::npos) {
        return "names the program \"" + name + "\", which is not there: give each word its own element of the list";
    }
    if (bare) return "names the program " + name + ", which is in none of PATH's folders: write its whole path";
    return "names the program " + name + ", which is not there";
}

std::string what_is_wrong_with_hook(const std::vector<std::string>& words, std::string_view path) {
    return words.empty() ? std::string{} : what_is_wrong_with_program(words.front(), path);
}

std::string what_is_wrong_with_key_file(const fs::path& file) {
    if (auto wrong = wrong_kind(file); !wrong.empty()) return wrong;
    const auto text = credentials::read_outside(file);
    if (!text && text.error() == boost::system::errc::no_such_file_or_directory) {
        return what_is_wrong_with_written_file(file);
    }
    if (!text) return "names " + shown(file) + ", which cannot be used: " + text.error().message();
    if (text->size() == platform::seal_key_bytes) return {};
    const auto decoded = platform::from_hex(text->reveal());
    if (decoded && decoded->size() == platform::seal_key_bytes) return {};
    return "names " + shown(file) + ", which is no key (" + std::to_string(text->size()) +
           " bytes): it holds 32 bytes or 64 hexadecimal digits, as  openssl rand -hex 32  writes them";
}

std::string what_is_wrong_with_token_file(const fs::path& file) {
    return wrong_folder(file);
}

std::string what_is_wrong_with_written_file(const fs::path& file) {
    if (auto wrong = wrong_kind(file); !wrong.empty()) return wrong;
    std::error_code ec;
    const auto folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    if (!fs::exists(folder, ec) && !ec) {
        return "names a file in " + shown(folder) + ", which is not there: make that folder";
    }
    if (!ec && !fs::is_directory(folder, ec)) return "names a file in " + shown(folder) + ", which is no folder";
    return {};
}

std::string what_is_wrong_with_folder(const fs::path& folder) {
    if (!folder.is_absolute()) return "must be an absolute path, one that begins with /";
    // The first part that is there decides; missing folders below it are made.
    std::error_code ec;
    for (fs::path there = folder; !there.empty(); there = there.parent_path()) {
        const auto status = fs::status(there, ec);
        if (fs::is_directory(status)) {
            if (there == folder || ::access(there.c_str(), W_OK | X_OK) == 0) break;
            return "is not there, and this user may not make it: " + shown(there) + " is not writable";
        }
        if (fs::exists(status)) return "leads through " + shown(there) + ", which is a file and no folder";
        if (there == there.parent_path()) break;
    }
    if (fs::is_directory(folder, ec) && ::access(folder.c_str(), W_OK | X_OK) != 0) {
        return "names " + shown(folder) + ", where this user may not write";
    }
    return {};
}

std::string what_is_wrong_with_socket(const std::string& path) {
    constexpr std::size_t most = sizeof(sockaddr_un::sun_path) - 1;
    if (!path.empty() && path.front() != '/') return "must be an absolute path, one that begins with /";
    if (path.size() <= most) return {};
    return "has a path of " + std::to_string(path.size()) + " bytes: a unix socket's may have " + std::to_string(most);
}

std::string what_is_wrong_with_group(const std::string& name) {
    if (name.empty()) return {};
    std::array<char, group_entry_bytes> room{};
    group entry{};
    group* found = nullptr;
    const int failed = ::getgrnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
    if (found != nullptr || (failed != 0 && failed != ENOENT)) return {};
    return "names the group " + platform::clean(name, shown_bytes) +
           ", which this machine does not have: groupadd it, or leave it empty for root and the service's user alone";
}

}  // namespace config
