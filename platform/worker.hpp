// Blocking work (curl, slow files) away from the loop: a thread with a queue, and an awaitable for its result.
// The program has two of them, one for the network and one for files, owned by the composition root.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

#include "platform/net.hpp"

namespace platform {

/// One thread that runs jobs in the order they came. The io_context that jobs report to must outlive the Worker.
class Worker {
  public:
    /// `name` is shown by tools that list threads (15 characters at most).
    explicit Worker(std::string name);
    /// Asks the running job and the queued ones to stop, and waits for them and for the thread.
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Queues a job. `stop` is set when the Worker ends. A job must not throw; one that finds no memory ends the
    /// process with no_memory_words.
    void post(std::function<void(std::stop_token stop)> job);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

namespace detail {

template <class R>
struct BlockingResult {
    using Type = Result<R>;
};
template <class T, class E>
struct BlockingResult<boost::system::result<T, E>> {
    using Type = boost::system::result<T, E>;
};

template <class F>
constexpr auto blocking_return() {
    if constexpr (std::is_invocable_v<F&, std::stop_token>) {
        return std::type_identity<std::invoke_result_t<F&, std::stop_token>>{};
    } else {
        return std::type_identity<std::invoke_result_t<F&>>{};
    }
}

template <class F>
using BlockingReturn = typename decltype(blocking_return<F>())::type;

/// What run_blocking(worker, F) gives: Result<T> for a function that returns T or Result<T>; one with another kind of
/// error as it is.
template <class F>
using Blocking = typename BlockingResult<BlockingReturn<F>>::Type;

// Said explicitly: an error_code does not turn into a Result<bool> by itself.
template <class R>
R failed_with(net::error::basic_errors code) {
    return R(boost::system::in_place_error, net::error::make_error_code(code));
}

/// Somebody on the loop waits for a job of a worker.
class WaitingCall {
  public:
    /// The loop is at its end: nobody waits any more.
    virtual void drop() = 0;

  protected:
    ~WaitingCall() = default;
};

/// Those of one io_context. It owns who waits, as it owns all other handlers: they end with it, however long the jobs
/// take. The loop's thread.
class WaitingCalls final : public net::execution_context::service {
  public:
    using key_type = WaitingCalls;
    static net::execution_context::id id;

    explicit WaitingCalls(net::execution_context& context) : service{context} {}
    void add(WaitingCall& one) { all_.insert(&one); }
    void remove(WaitingCall& one) { all_.erase(&one); }

  private:
    void shutdown() override;

    std::set<WaitingCall*> all_;
};

// Shared by the loop, which alone touches `handler`, and the worker.
template <class R, class Handler>
struct BlockingCall final : WaitingCall {
    BlockingCall(Handler h, const net::any_io_executor& ex)
        : handler(std::move(h)), work(ex), calls(net::use_service<WaitingCalls>(ex.context())) {
        calls.add(*this);
    }

    void drop() override {
        handler.reset();
        work.reset();
    }

    void finish(std::exception_ptr error, R value) {
        if (!handler) return;  // the wait was cancelled, or the cancellation came after the result
        calls.remove(*this);
        auto done = std::move(*handler);
        handler.reset();
        work.reset();
        std::move(done)(error, std::move(value));
    }

    std::optional<Handler> handler;
    net::executor_work_guard<net::any_io_executor> work;
    WaitingCalls& calls;
    std::stop_source stop;
};

template <class F>
Blocking<F> call_blocking(F& function, std::stop_token stop) {
    if (stop.stop_requested()) return failed_with<Blocking<F>>(net::error::operation_aborted);
    if constexpr (std::is_invocable_v<F&, std::stop_token>) {
        if constexpr (std::is_void_v<BlockingReturn<F>>)
            return function(std::move(stop)), Blocking<F>{};
        else
            return function(std::move(stop));
    } else {
        if constexpr (std::is_void_v<BlockingReturn<F>>)
            return function(), Blocking<F>{};
        else
            return function();
    }
}

template <class F, class Handler>
void start_blocking(Worker& worker, F function, Handler handler) {
    using R = Blocking<F>;
    const net::any_io_executor executor = net::get_associated_executor(handler);
    auto slot = net::get_associated_cancellation_slot(handler);
    // std::function wants what it holds to be copyable; functions and results need not be.
    auto job = std::make_shared<std::optional<F>>(std::move(function));
    auto result =
        std::make_shared<R>(failed_with<R>(net::error::fault));  // without memory for it io_context::run() throws
    const auto call = std::make_shared<BlockingCall<R, Handler>>(std::move(handler), executor);
    try {
        if (slot.is_connected()) {
            // Weak: the slot lives in the coroutine that `call` keeps alive.
            slot.assign([weak = std::weak_ptr(call), executor](net::cancellation_type) {
                const auto cancelled = weak.lock();
                if (!cancelled) return;
                cancelled->stop.request_stop();
                net::post(executor,
                          [cancelled] { cancelled->finish(nullptr, failed_with<R>(net::error::operation_aborted)); });
            });
        }
        worker.post([call, job = std::move(job), result = std::move(result), executor](std::stop_token ending) {
            const std::stop_callback forward(ending, [&call] { call->stop.request_stop(); });
            std::exception_ptr error;
            try {
                *result = call_blocking(**job, call->stop.get_token());
            } catch (...) {
                error = std::current_exception();
            }
            job->reset();  // it may remove a file or release a lock: before anybody goes on
            net::post(executor, [call, result, error] { call->finish(error, std::move(*result)); });
        });
    } catch (...) {
        call->calls.remove(*call);  // its handler goes: io_context::run() throws this
        throw;
    }
}

}  // namespace detail

/// Runs `function` (taking nothing, or a std::stop_token) on `worker` and awaits what it returns: T or Result<T>, as a
/// Result<T>. An exception of the function is thrown at the awaiting side.
/// A cancelled wait ends with operation_aborted at once; the function sees it in its stop token, and its result is
/// dropped. So it must own all that it uses. What it holds is destroyed on the worker, before an uncancelled wait ends.
/// Name the function first (style, rule 6): `auto fetch = [url] {…}; auto got = co_await run_blocking(worker, fetch);`
template <class F>
awaitable<detail::Blocking<F>> run_blocking(Worker& worker, F function) {
    auto initiate = [&worker](auto handler, F job) {
        detail::start_blocking(worker, std::move(job), std::move(handler));
    };
    return net::async_initiate<const net::use_awaitable_t<>, void(std::exception_ptr, detail::Blocking<F>)>(
        initiate, net::use_awaitable, std::move(function));
}

}  // namespace platform
