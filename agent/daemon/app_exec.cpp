// A step of CI: `--exec CMD` runs once the channel is joined.
#include <unistd.h>

#include "agent/daemon/app_impl.hpp"
#include "platform/log/log.hpp"
#include "platform/text.hpp"

namespace agent::daemon {

using namespace std::chrono_literals;
using namespace net::experimental::awaitable_operators;

namespace {

namespace log = platform::log;

/// Of the reason why the channel is not joined.
constexpr std::size_t reason_bytes = 600;

}  // namespace

// A step of CI: the command begins when the channel is joined, and the agent ends with it.
awaitable<void> App::Impl::run_command() {
    platform::Timer limit{io};
    limit.expires_after(extras.join_timeout);
    while (shown != realtime::State::joined && !stopping) {
        const auto first = co_await (limit.async_wait(no_throw) || joined_or_stopped.async_wait(no_throw));
        if (first.index() != 0) {
            end_where_nothing_helps();
            continue;
        }
        log::error("not joined within {}: the command was not started",
                   platform::for_people(std::chrono::duration_cast<std::chrono::seconds>(extras.join_timeout).count()));
        code = exit_code(control::Exit::join_timeout);
        stop();
    }
    if (stopping) co_return;
    std::vector<std::string> environment;
    for (char** entry = ::environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
    environment.push_back("BMC_DEVICE_UUID=" + tokens.credential()->device_uuid);
    environment.push_back("BMC_AGENT_SOCKET=" + config.paths.control_socket().string());
    step.emplace(io.get_executor(), extras.command, std::move(environment));
    code = co_await step->run();
    // One that could not be run has printed nothing: what is due says why.
    if (step->started()) extras.command_ran();
    step.reset();
    stop();
}

// A step does not wait for what somebody has to mend first.
void App::Impl::end_where_nothing_helps() {
    if (!paired || stopping || shown != realtime::State::waiting) return;
    const auto& status = paired->link_status();
    if (!realtime::permanent(status.cause)) return;
    log::error("not joined, and time alone does not mend it: the command was not started; {}",
               platform::clean(status.reason, reason_bytes));
    code = exit_code(control::exit_of(status.cause));
    stop();
}

awaitable<void> App::Impl::wait_for_stop() {
    while (!stopping) co_await joined_or_stopped.async_wait(no_throw);
}

}  // namespace agent::daemon
