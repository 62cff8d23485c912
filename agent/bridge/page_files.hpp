// The files of the bridge's page, which stand in the executable. CMake makes them of agent/bridge/page/.
#pragma once

#include <span>
#include <string_view>

namespace bridge {

struct PageFile {
    std::string_view path;  // "/" for the page itself, else "/NAME"
    std::string_view type;  // as Content-Type has it
    std::string_view text;
};
std::span<const PageFile> page_files() noexcept;

}  // namespace bridge
