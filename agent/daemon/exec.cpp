#include "agent/daemon/exec.hpp"

#include <unistd.h>

#include <csignal>
#include <utility>

#include "platform/log/log.hpp"
#include "platform/text.hpp"
#include "platform/wait.hpp"

namespace agent::daemon {

using namespace net::experimental::awaitable_operators;

namespace {

namespace log = platform::log;

/// Of the reason why the channel is not joined.
constexpr std::size_t reason_bytes = 600;

}  // namespace

Exec::Exec(net::any_io_executor executor, ExecSettings settings, const credentials::Tokens& tokens, LinkState& state,
           StepOwner& owner)
    : executor_{std::move(executor)}, settings_{std::move(settings)}, tokens_{tokens}, state_{state}, owner_{owner} {}

awaitable<void> Exec::run() {
    if (settings_.command.empty()) co_return;
    const bool joined = co_await joined_in_time();
    if (!joined) co_return;
    step_.emplace(executor_, settings_.command, environment());
    code_ = co_await step_->run();
    // One that could not be run has printed nothing: what is due says why.
    if (step_->started()) settings_.command_ran();
    step_.reset();
    owner_.stop();
}

/// False: the agent stops.
awaitable<bool> Exec::joined_in_time() {
    platform::Timer limit{executor_};
    limit.expires_after(settings_.join_timeout);
    while (!ready() && !state_.stopping()) {
        const auto first = co_await (platform::expiry(limit) || state_.changed());
        if (first.index() == 0) {
            const auto time = std::chrono::duration_cast<std::chrono::seconds>(settings_.join_timeout).count();
            log::error("not joined within {}: the command was not started", platform::for_people(time));
            give_up(control::Exit::join_timeout);
        } else if (waits_in_vain()) {
            const auto& status = *state_.link();
            log::error("not joined, and time alone does not mend it: the command was not started; {}",
                       platform::clean(status.reason, reason_bytes));
            give_up(control::exit_of(status.cause));
        }
    }
    co_return !state_.stopping();
}

// Unpaired in the moment of the join, there is no device that the step could be for: it waits for the next join.
bool Exec::ready() const {
    return state_.joined() && tokens_.credential() != nullptr;
}

// A step does not wait for what somebody has to mend first.
bool Exec::waits_in_vain() const {
    const auto* link = state_.link();
    return link != nullptr && !state_.stopping() && state_.state() == realtime::State::waiting &&
           realtime::permanent(link->cause);
}

void Exec::give_up(control::Exit code) {
    code_ = static_cast<int>(code);
    owner_.stop();
}

std::vector<std::string> Exec::environment() const {
    auto all = platform::pick_environment({"*"});
    all.push_back("BMC_DEVICE_UUID=" + tokens_.credential()->device_uuid);
    all.push_back("BMC_AGENT_SOCKET=" + settings_.control_socket);
    return all;
}

bool Exec::signal(int number) {
    if (step_) return step_->signal(number), true;
    // A step that never began has not passed.
    if (!settings_.command.empty() && !state_.stopping()) code_ = 128 + number;
    return false;
}

void Exec::end() {
    if (step_) step_->signal(SIGTERM);
}

}  // namespace agent::daemon
