// What a connection that did not come about is for the judge of failures.
#pragma once

#include "agent/realtime/core/failure.hpp"
#include "platform/net_failure.hpp"

namespace realtime {

/// Which kind of signal such a failure is: whether time alone helps, and who else.
Signal::Kind kind_of(const platform::NetFailure& failure) noexcept;

/// Who ends it.
Cause cause_of(const platform::NetFailure& failure);

}  // namespace realtime
