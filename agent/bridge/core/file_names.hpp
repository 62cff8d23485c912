// The names under which files are stored that a page or a client named: a name from far away never leads out of its
// folder. Pure.
#pragma once

#include <string>
#include <string_view>

namespace bridge {

/// The name for a file in the far spool: the last part of the path, with _ for each character that the spool refuses.
std::string spool_name(std::string_view path);
/// The name for a download on this machine: never a path, never empty, never hidden.
std::string download_name(std::string_view suggested);

}  // namespace bridge
