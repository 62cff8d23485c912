// Programs by bare name: where a PATH leads, as env(1) and the shells look.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/result.hpp"

namespace platform {

/// Where PATH is looked for when the environment has none.
inline constexpr std::string_view usual_path = "/usr/local/bin:/usr/bin:/bin";

/// The file that `name` stands for. With a slash it is a path already; else the first executable regular file of that
/// name in `path`'s folders, which are separated by colons (an empty one is the working directory).
/// Errors (generic category): ENOENT where there is none, EACCES where all that there are may not be executed.
Result<std::string> find_program(std::string_view name, std::string_view path);

/// What an argument list runs, as far as its words tell: the program (as this process's PATH finds it), and a script
/// behind it.
std::vector<std::filesystem::path> programs_of(const std::vector<std::string>& command);

}  // namespace platform
