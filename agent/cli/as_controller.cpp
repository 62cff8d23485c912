#include "agent/cli/as_controller.hpp"

#include <utility>

#include "agent/cli/identity.hpp"

namespace cli {

control::Exit as_controller(const arguments::TokenFrom& from, const config::Config& config,
                            const ControllerCommand& command) {
    control::Exit code = control::Exit::failure;
    auto identity = find_identity(from, config, code);
    if (!identity) return code;
    net::io_context io{1};
    bridge::Controller controller{io.get_executor(), std::move(*identity)};
    const auto work = [&]() -> awaitable<void> {
        code = co_await command(controller);
        controller.stop();
    };
    const auto keep = [&]() -> awaitable<void> { co_await controller.run(); };
    net::co_spawn(io, work, rethrow);
    net::co_spawn(io, keep, rethrow);
    io.run();
    return code;
}

}  // namespace cli
