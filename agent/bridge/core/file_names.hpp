// The names under which files are stored that a page or a client named: a name from far away never leads out of its
// folder. Pure.
#pragma once

#include <string>
#include <string_view>

namespace bridge {

/// The name for a file in the far spool: that of the path, as far as the spool takes its characters.
std::string spool_name(std::string_view path);
/// The name for a download on this machine: never a path, never empty, never hidden.
std::string download_name(std::string_view suggested);
/// "report.pdf" for the count 0, then "report (1).pdf", as browsers name files.
std::string numbered_name(const std::string& name, int count);

}  // namespace bridge
