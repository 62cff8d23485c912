// The files of certificate authorities that the owner names: what is wrong with them, before a connection needs them.
#pragma once

#include <filesystem>
#include <string>

namespace platform {

/// What is wrong with a PEM file of authorities: a sentence that names the path and the remedy; empty when nothing is.
std::string what_is_wrong_with_ca_file(const std::filesystem::path& file);

/// The same for a folder in which each authority is a file named by its hash.
std::string what_is_wrong_with_ca_folder(const std::filesystem::path& folder);

/// Whether the folder has entries of eight hexadecimal digits, a dot and a number.
bool is_hashed_folder(const std::filesystem::path& folder);

}  // namespace platform
