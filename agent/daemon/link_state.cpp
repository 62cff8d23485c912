#include "agent/daemon/link_state.hpp"

#include <utility>

#include "platform/log/log.hpp"
#include "platform/service_manager.hpp"
#include "platform/text.hpp"
#include "platform/wait.hpp"

namespace agent::daemon {
namespace {

/// The longest status line that the service manager is given, in bytes.
constexpr std::size_t status_line_bytes = 400;

}  // namespace

LinkState::LinkState(const net::any_io_executor& executor) : changed_{executor, TimePoint::max()} {}

void LinkState::set(realtime::State state) {
    state_ = state;
    platform::log::set_common_field("BMC_STATE", to_string(state));
    changed_.cancel();
}

void LinkState::begin(const realtime::Status& status) {
    link_ = &status;
    leave_gate();
    gate_ = {.reason = "unpaired a moment ago", .remedy = {}};  // shown once the credential has gone, until the gate
}

bool LinkState::take(const realtime::Status& status) {
    if (realtime::permanent(status.cause)) changed_.cancel();
    if (status.state == state_) return false;
    set(status.state);
    return true;
}

void LinkState::stand_at_gate(GateNotice notice) {
    gate_ = std::move(notice);
    at_gate_ = true;
    set(realtime::State::gate);
}

void LinkState::show(std::string_view line) {
    auto text = platform::clean(line, status_line_bytes);
    if (text == line_) return;
    const bool first = line_.empty();
    line_ = std::move(text);
    if (first) {
        platform::service_manager::ready(line_);
        changed_.cancel();
    } else {
        platform::service_manager::status(line_);
    }
}

bool LinkState::stop() {
    if (stopping_) return false;
    stopping_ = true;
    changed_.cancel();
    return true;
}

awaitable<void> LinkState::changed() {
    co_await platform::expiry(changed_);
}

awaitable<void> LinkState::stopped() {
    while (!stopping_) {
        co_await platform::expiry(changed_);
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) co_return;
    }
}

awaitable<void> LinkState::at_gate() {
    while (!at_gate_ && !stopping_) {
        co_await platform::expiry(changed_);
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) co_return;
    }
}

awaitable<void> LinkState::ready() {
    while (line_.empty() && !stopping_) {
        co_await platform::expiry(changed_);
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) co_return;
    }
}

}  // namespace agent::daemon
