#include "agent/credentials/credential_watch.hpp"

#include <utility>

#include "agent/credentials/store_files.hpp"

namespace credentials {

CredentialWatch::CredentialWatch(net::any_io_executor executor, std::filesystem::path folder)
    : watch_(executor, std::move(folder), [](std::string_view name) { return name == files::credential; }) {}

}  // namespace credentials
