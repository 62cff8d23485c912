// The sentence about a file that could not be written: which one, why, and what to do.
#pragma once

#include <filesystem>
#include <string>

#include "platform/core/result.hpp"

namespace platform {

/// "/x cannot be written (No space left on device): make room there (df -h /x, df -i /x)".
std::string explain_unwritten(const std::filesystem::path& path, Error error);

/// The remedy; empty if the error's own words say everything.
std::string remedy_of_unwritten(const std::filesystem::path& path, Error error);

/// Whether an error is one of writing alone: no room, a quota, a limit of size, a file system that is read only.
bool is_of_writing(Error error) noexcept;

}  // namespace platform
