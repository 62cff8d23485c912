// A step of CI: `--exec CMD` runs once the channel is joined.
#include <unistd.h>

#include "agent/app_impl.hpp"
#include "platform/log.hpp"
#include "platform/process.hpp"
#include "platform/text.hpp"

using namespace std::chrono_literals;
using namespace net::experimental::awaitable_operators;

namespace {

namespace log = platform::log;

}  // namespace

// A step of CI: the command begins when the channel is joined, and the agent ends with it.
awaitable<void> App::Impl::run_command() {
    platform::Timer limit{io};
    limit.expires_after(extras.join_timeout);
    while (shown != core::State::joined && !stopping) {
        const auto first = co_await (limit.async_wait(no_throw) || joined_or_stopped.async_wait(no_throw));
        if (first.index() != 0) continue;
        log::error("not joined within {}: the command was not started",
                   platform::for_people(std::chrono::duration_cast<std::chrono::seconds>(extras.join_timeout).count()));
        code = exit_code(service::Exit::join_timeout);
        stop();
    }
    if (stopping) co_return;
    platform::ProcessOptions options;
    options.arguments = extras.command;
    for (char** entry = ::environ; *entry != nullptr; ++entry) options.environment.emplace_back(*entry);
    options.environment.push_back("BMC_DEVICE_UUID=" + tokens.credential()->device_uuid);
    options.environment.push_back("BMC_AGENT_SOCKET=" + config.paths.control_socket().string());
    options.descriptors = {{0, 0}, {1, 1}, {2, 2}};
    options.own_group = false;
    auto process = platform::Process::spawn(io.get_executor(), options);
    if (!process) {
        log::error("--exec {}: {}", extras.command.front(), process.error().message());
        code = 127;
        co_return stop();
    }
    auto ended = co_await (process->wait() || wait_for_stop());
    if (ended.index() == 0 && std::get<0>(ended)) {
        const auto& how = *std::get<0>(ended);
        code = how.signalled ? 128 + how.code : how.code;
    }
    stop();
}

awaitable<void> App::Impl::wait_for_stop() {
    while (!stopping) co_await joined_or_stopped.async_wait(no_throw);
}
