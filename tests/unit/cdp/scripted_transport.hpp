// A connection to a browser whose other end is the test itself.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cdp/transport.hpp"

namespace cdp::test {

/// What happens at the other end; outlives the transport.
struct FarEnd {
    explicit FarEnd(const net::any_io_executor& executor) : arrives{executor} {}

    /// The browser says something.
    void say(std::string text) {
        said.push_back(std::move(text));
        arrives.cancel();
    }
    void hang_up() {
        gone = true;
        arrives.cancel();
    }

    std::vector<std::string> written;  // commands that have reached the browser
    std::vector<std::string> said;     // messages that were not read yet
    bool takes_at_once = true;         // flush_now() gets rid of all
    int flushes = 0;                   // that went through the scheduler
    Error flush_error;
    std::uint64_t bytes_read = 0;
    std::uint64_t trickle = 0;  // bytes that come between two looks at bytes_read()
    std::size_t held = 0;       // bytes that the browser does not take
    bool gone = false;
    platform::Timer arrives;
};

class ScriptedTransport final : public Transport {
  public:
    explicit ScriptedTransport(FarEnd& far) : far_{far} {}

    awaitable<Result<Arrived>> read() override {
        for (;;) {
            if (const auto here = poll()) co_return *here;
            if (far_.gone) co_return Error{net::error::eof};
            far_.arrives.expires_at(TimePoint::max());
            co_await far_.arrives.async_wait(no_throw);
            const auto state = co_await net::this_coro::cancellation_state;
            if (is_cancelled(state)) co_return Error{net::error::operation_aborted};
        }
    }
    std::optional<Result<Arrived>> poll() override {
        if (far_.said.empty()) return std::nullopt;
        current_ = std::move(far_.said.front());
        far_.said.erase(far_.said.begin());
        far_.bytes_read += current_.size();
        return Arrived{current_, current_.size()};
    }
    void queue(std::string_view head, std::string_view body, std::string_view tail) override {
        queue_.push_back(std::string{head}.append(body).append(tail));
    }
    std::size_t queued() const override { return far_.held + queue_.size(); }
    awaitable<Error> flush() override {
        ++far_.flushes;
        write_all();
        co_return far_.flush_error;
    }
    void flush_now() override {
        if (far_.takes_at_once) write_all();
    }
    std::uint64_t bytes_read() const override { return far_.bytes_read += far_.trickle; }
    void drop() override { far_.hang_up(); }

  private:
    void write_all() {
        for (auto& one : queue_) far_.written.push_back(std::move(one));
        queue_.clear();
    }

    FarEnd& far_;
    std::vector<std::string> queue_;
    std::string current_;
};

}  // namespace cdp::test
