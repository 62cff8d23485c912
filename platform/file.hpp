// Files that must survive a kill and must not be read by others: private from the first byte, replaced as a whole.
// All calls block: a loop that serves leaves them to a worker. Thread rule: any thread, one writer a path.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/result.hpp"
#include "platform/secret.hpp"

namespace platform {

/// What is wrong with a file beyond what errno says (those come as generic_category codes).
enum class FileErrc {
    too_large = 1,  // beyond the reader's bound
    not_a_file,     // a folder, link, device or socket where a regular file is wanted
    loose_mode,     // others may read or write what must be private; mode_complaint() has the command that mends it
    foreign_owner,  // belongs to somebody else than us (or root)
    open_way,  // somebody else could put another one in its place: a folder or link on the way; mode_complaint() says
    stranger,  // somebody listens on a socket who may not (platform/trust.hpp)
};
Error make_error_code(FileErrc errc) noexcept;

inline constexpr mode_t private_file_mode = 0600;
inline constexpr mode_t private_folder_mode = 0700;

/// Reads a regular file of at most `max` bytes.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t max);

/// The same for a secret: the buffer in between is cleansed, links are not followed, and a file that others may read or
/// write, or that belongs to another user than root and us, is refused (loose_mode, foreign_owner), also where another
/// user could replace it (open_way).
Result<Secret> read_private_file(const std::filesystem::path& path, std::size_t max);

/// Replaces the file as a whole, so that a reader or a restart after a kill sees the old text or the new one, never a
/// part: a temporary file in the same folder (created with `mode`), fsync, rename, fsync of the folder.
Error write_file(const std::filesystem::path& path, std::string_view text, mode_t mode = private_file_mode);

/// Makes room for `bytes` in the temporary file that the next write_file(path) uses, on disk and synced, so that a full
/// disk is noticed before something irreplaceable is fetched.
Error reserve_file(const std::filesystem::path& path, std::size_t bytes, mode_t mode = private_file_mode);

/// Overwrites the file's bytes as far as the medium allows, removes it and syncs the folder. No file: no error.
Error erase_file(const std::filesystem::path& path);

/// Removes a file that has no secret in it, and syncs the folder. No file: no error.
Error remove_file(const std::filesystem::path& path);

/// Makes the folder and those above it that are not there, with a mode that lets nobody else write in them.
Error make_folders(const std::filesystem::path& path);

/// Creates the folder (and its parents, 0755) with mode 0700, and checks it as check_private() does. `shared`: mode
/// bits that group and others may have in one that was there already (never to write).
Error make_private_folder(const std::filesystem::path& path, mode_t shared = 0);

/// Refuses a folder or file that others may read or write, that is not ours, or that another user could replace. Links
/// are followed that none but root or we can change (systemd's state folder of a dynamic user). No such path: errno's
/// ENOENT.
Error check_private(const std::filesystem::path& path, mode_t shared = 0);

/// The sentence for a path that check_private() refused, with the exact command that mends it.
std::string mode_complaint(const std::filesystem::path& path, mode_t shared = 0);

/// Whether an error of this file says that others could read, write or replace what is private.
bool is_distrust(Error error) noexcept;

/// What kept a file or folder from being used: mode_complaint() where that is known, else the path and the error's
/// message.
std::string explain_refusal(const std::filesystem::path& path, Error error, mode_t shared = 0);

/// Whether it is there, or cannot be looked at: what asks for a trace of a wipe takes the doubt for one.
bool may_be_there(const std::filesystem::path& path);

/// Where the temporary file of write_file(path) and reserve_file(path) is. Left over by a kill; the next write reuses
/// it.
std::filesystem::path temporary_of(const std::filesystem::path& path);

/// For tests that kill the process at each step: called with the step's name ("write:credential.json", …) after the
/// step is done. Null (the default): nothing.
using StepHook = void (*)(std::string_view step);
void set_step_hook(StepHook hook) noexcept;

/// Says that a step is done. For code that has durable steps besides those of this file.
void step_done(std::string_view step);

}  // namespace platform

template <>
struct boost::system::is_error_code_enum<platform::FileErrc> : std::true_type {};
