#include "platform/worker.hpp"

#include <pthread.h>

#include <boost/asio/thread_pool.hpp>
#include <new>

#include "platform/no_memory.hpp"

namespace platform {
struct Worker::Impl {
    std::stop_source ending;
    net::thread_pool thread{1};
};

Worker::Worker(std::string name) : impl_(std::make_unique<Impl>()) {
    name.resize(std::min<std::size_t>(name.size(), 15));
    net::post(impl_->thread, [name = std::move(name)] {
#ifdef __APPLE__
        ::pthread_setname_np(name.c_str());
#else
        ::pthread_setname_np(::pthread_self(), name.c_str());
#endif
    });
}

Worker::~Worker() {
    impl_->ending.request_stop();
    impl_->thread.join();
}

void Worker::post(std::function<void(std::stop_token)> job) {
    net::post(impl_->thread, [job = std::move(job), stop = impl_->ending.get_token()] {
        try {
            job(stop);
        } catch (const std::bad_alloc&) {
            end_without_memory();  // nor is there any to tell the job's caller, which would wait for ever
        }
    });
}

namespace detail {

net::execution_context::id WaitingCalls::id;

/// What waits may hold others that wait.
void WaitingCalls::shutdown() {
    while (!all_.empty()) {
        WaitingCall* const one = *all_.begin();
        all_.erase(all_.begin());
        one->drop();
    }
}

}  // namespace detail

}  // namespace platform
