#include "agent/cli/as_controller.hpp"

#include <exception>
#include <utility>

#include "agent/cli/identity.hpp"
#include "platform/loop.hpp"

namespace cli {

control::Exit as_controller(const arguments::TokenFrom& from, const config::Config& config,
                            const ControllerCommand& command) {
    control::Exit code = control::Exit::failure;
    auto identity = find_identity(from, config, code);
    if (!identity) return code;
    platform::Loop io;
    bridge::Controller controller{io.get_executor(), std::move(*identity)};
    std::exception_ptr failed;
    const auto work = [&]() -> awaitable<void> {
        try {
            code = co_await command(controller);
        } catch (...) {
            failed = std::current_exception();
        }
        controller.stop();
    };
    const auto keep = [&]() -> awaitable<void> { co_await controller.run(); };
    net::co_spawn(io, work, rethrow);
    net::co_spawn(io, keep, rethrow);
    io.run();
    if (failed) std::rethrow_exception(failed);
    return code;
}

}  // namespace cli
