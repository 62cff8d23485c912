// What a configuration names on this machine: programs, files, folders, groups. Each function tells what is wrong in a
// sentence that begins with a verb, as the setting's name stands in front of it; empty when nothing is.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace config {

/// A path in a file or in the environment, which must not depend on the folder in which somebody starts the agent.
std::string what_is_wrong_with_path(const std::filesystem::path& path);

/// A program by its name (looked for in `path`, a PATH) or its path.
std::string what_is_wrong_with_program(const std::string& program, std::string_view path);

/// A hook's argument list; an empty one is none.
std::string what_is_wrong_with_hook(const std::vector<std::string>& words, std::string_view path);

/// The key that seals the store. One that is not there yet is made by the first pairing.
std::string what_is_wrong_with_key_file(const std::filesystem::path& file);

/// A token that others put there, now or later.
std::string what_is_wrong_with_token_file(const std::filesystem::path& file);

/// A file that the agent makes and writes into: its folder must be there.
std::string what_is_wrong_with_written_file(const std::filesystem::path& file);

/// A folder that the agent makes where it is not there.
std::string what_is_wrong_with_folder(const std::filesystem::path& folder);

/// A unix socket's path.
std::string what_is_wrong_with_socket(const std::string& path);

std::string what_is_wrong_with_group(const std::string& name);

}  // namespace config
