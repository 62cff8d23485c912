// A pipe: two descriptors with one owner each, neither of which a child inherits unasked.
#pragma once

#include "platform/core/result.hpp"
#include "platform/unique_fd.hpp"

namespace platform {

struct Pipe {
    UniqueFd read;
    UniqueFd write;
};

/// Both ends are close-on-exec. The Error is the system's: no descriptor is left, for this process or for all.
Result<Pipe> make_pipe();

}  // namespace platform
