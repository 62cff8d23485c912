// Where a browser comes from: started by us, found at an address, or offered by the browser host.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "cdp/core/explain.hpp"
#include "cdp/core/fence_state.hpp"
#include "cdp/settings.hpp"
#include "cdp/transport.hpp"
#include "platform/wait.hpp"

namespace cdp {

/// An open way to a browser, or why there is none.
struct Opened {
    std::unique_ptr<Transport> transport;  // null: `error` and `problem` say why
    Fence fence;                           // of a browser that we started
    std::string root_session;              // stands for the browser target; empty: the connection itself does
    Error error;
    std::string problem;  // a sentence with the remedy
};

/// One browser after another: open(), watch() while the connection is used, close(), open() again.
class Source {
  public:
    virtual ~Source() = default;

    virtual awaitable<Opened> open() = 0;

    /// Told while open() waits for a person: a sentence that says for what. Called on the loop.
    void on_waiting(std::function<void(std::string)> listener) { on_waiting_ = std::move(listener); }

    /// After open() had no consent: returns when there is another browser to ask.
    virtual awaitable<void> changed() {
        const auto executor = co_await net::this_coro::executor;
        platform::Timer never{executor, TimePoint::max()};
        co_await platform::expiry(never);
    }

    /// Runs beside the connection until it is cancelled; tells when the browser has ended without a word on the
    /// connection. The source asks for a restart by Errc::planned_restart, only while `idle` says yes.
    virtual awaitable<void> watch(std::function<void(Error)> ended, std::function<bool()> idle) = 0;

    /// The next close() is to end the browser also where it would live on without us (in the browser host).
    virtual void discard() {}

    /// After it returns nothing of this browser of ours is left. `answered`: it had answered a command. The sentence
    /// says why it ended; empty where the Error's own message is all there is to say. The transport is gone already.
    virtual awaitable<std::string> close(Error why, bool answered) = 0;

    /// Why the last open() or close() had no browser, of one that we start ourselves.
    virtual LaunchCause cause() const noexcept { return LaunchCause::unknown; }

  protected:
    void report_waiting(std::string sentence) const {
        if (on_waiting_) on_waiting_(std::move(sentence));
    }

  private:
    std::function<void(std::string)> on_waiting_;
};

std::unique_ptr<Source> make_launch_source(const net::any_io_executor& executor, const Settings& settings);
std::unique_ptr<Source> make_attach_source(const net::any_io_executor& executor, const Settings& settings);
std::unique_ptr<Source> make_hosted_source(const net::any_io_executor& executor, const Settings& settings);

}  // namespace cdp
