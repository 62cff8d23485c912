#include "cdp/command_writer.hpp"

#include <utility>

#include "platform/wait.hpp"

namespace cdp {

CommandWriter::CommandWriter(const net::any_io_executor& executor, Transport& transport)
    : TurnEnd{platform::Turns::of(executor)}, transport_{transport}, wake_{executor} {}

void CommandWriter::write(std::int32_t id, std::string_view method, std::string_view params, std::string_view session) {
    envelope_.write(id, method, !params.empty(), session);
    transport_.queue(envelope_.head, params, envelope_.tail);
    if (!turns_.at_end(*this)) wake();
}

void CommandWriter::at_turn_end() {
    if (!sleeps_) return;
    transport_.flush_now();
    if (transport_.queued() > 0) wake();
}

void CommandWriter::wake() {
    if (std::exchange(sleeps_, false)) wake_.cancel();
}

awaitable<Error> CommandWriter::run() {
    for (;;) {
        while (transport_.queued() == 0) {
            sleeps_ = true;
            wake_.expires_at(TimePoint::max());
            co_await platform::expiry(wake_);
            const auto state = co_await net::this_coro::cancellation_state;
            if (is_cancelled(state)) co_return Error{net::error::operation_aborted};
        }
        const Error ec = co_await transport_.flush();
        if (ec) co_return ec;
    }
}

}  // namespace cdp
