// Whether a large result still lies in memory, or in its file.
#pragma once

#include <memory>
#include <string>

#include "agent/relay/io_streams.hpp"
#include "platform/clock.hpp"

namespace tests {

/// What is in memory is read at once, and what is in a file by the worker.
inline bool in_memory(relay::IoStreams& streams, const std::string& handle) {
    const auto read = std::make_shared<bool>(false);
    streams.read({handle, {}, 0, 2}, platform::BootClock::now(), [read](const relay::Piece&) { *read = true; });
    return *read;
}

}  // namespace tests
