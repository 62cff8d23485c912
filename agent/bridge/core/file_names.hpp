// The names under which files are stored that a page or a client named: a name from far away never leads out of its
// folder. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bridge {

/// Bytes of a name in the spool.
inline constexpr std::size_t most_spool_name = 128;
/// Bytes of a download's name: a file system takes 255, and a number may be added (IncomingFile).
inline constexpr std::size_t most_download_name = 240;

/// The name for a file in the far spool: the last part of the path, with _ for each character that the spool refuses. A
/// long one loses its beginning. `count`: stands in front unless it is 0, for a file whose name is taken.
std::string spool_name(std::string_view path, int count = 0);
/// The name for a download on this machine: never a path, never empty, never hidden. A long one keeps its ending.
std::string download_name(std::string_view suggested);

/// "report.pdf" for the count 0, then "report (1).pdf", as browsers name files.
std::string numbered_name(const std::string& name, int count);

}  // namespace bridge
