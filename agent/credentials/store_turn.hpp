// Writing to the store from a loop: on the worker for files, and in turn with the other writers.
#pragma once

#include <chrono>
#include <functional>

#include "platform/core/result.hpp"
#include "platform/core/time_point.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace credentials {

/// Nobody tells when the lock of another writer is free: it is looked at this often, and no longer than a refresh may
/// take.
inline constexpr std::chrono::milliseconds lock_look{50};
inline constexpr std::chrono::seconds lock_limit{45};

/// Runs `work` on `files`, again while it returns Errc::locked and `limit` has not passed. `work` must not wait for the
/// lock, since the holder may need the same worker; it owns all it uses but the store, which outlives the worker.
/// Cancelled: what runs is finished on the worker, and its result is lost.
awaitable<Error> take_turn(platform::Worker& files, std::function<Error()> work, Duration limit = lock_limit);

}  // namespace credentials
