#include "agent/cli/store_owner.hpp"

#include "agent/cli/terminal.hpp"
#include "agent/control/running_agent.hpp"

namespace cli {

std::optional<control::Exit> become_store_owner(const config::Config& config) {
    const Error ec = control::running::become_owner_of(config.paths.state);
    if (!ec) return std::nullopt;
    complain(config.paths.state.string() + ": " + ec.message());
    return control::Exit::failure;
}

}  // namespace cli
