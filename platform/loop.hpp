// The loop of one command: an io_context that leaves nothing behind.
// Thread rule: one thread. Lifetime: made before all that works on it, and so destroyed after it.
#pragma once

#include "platform/net.hpp"

namespace platform {

class Loop : public net::io_context {
  public:
    Loop() : net::io_context{1} {}

    /// Runs until there is nothing left to do, until stop(), or until an exception leaves a handler. The handlers and
    /// coroutines that still wait then are destroyed before this returns, while all that they refer to lives. Once.
    void run() {
        const Clearing clearing{*this};
        net::io_context::run();
    }

  private:
    struct Clearing {
        Loop& loop;
        explicit Clearing(Loop& of) noexcept : loop{of} {}
        Clearing(const Clearing&) = delete;
        Clearing& operator=(const Clearing&) = delete;
        ~Clearing() { loop.shutdown(); }
    };
};

}  // namespace platform
