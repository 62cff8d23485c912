// What a call of the operating system left in errno, as an Error.
#pragma once

#include <cerrno>

#include "platform/core/result.hpp"

namespace platform {

/// Call it before anything else can change errno.
inline Error last_error() {
    return {errno, boost::system::system_category()};
}

}  // namespace platform
