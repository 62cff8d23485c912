#include "agent/credentials/gate.hpp"

#include <utility>

#include "agent/credentials/store_files.hpp"

namespace credentials {

GateWatcher::GateWatcher(net::any_io_executor executor, std::filesystem::path folder)
    : watch_(executor, std::move(folder), [](std::string_view name) { return name == files::credential; }) {}

}  // namespace credentials
