// The ways in which a call fails that each scenario of this folder is walked with.
#pragma once

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/unit/failing_calls/calls.hpp"

namespace failing_calls {

inline std::string name_of(const testing::TestParamInfo<Failure>& info) {
    if (info.param.writes_a_part) return "FullAfterAPart";
    return info.param.error == ENOSPC ? "Full" : "Broken";
}

/// A full disk, one that is full in the middle of a write, and a broken one.
inline auto all_failures() {
    return testing::Values(Failure{ENOSPC, false}, Failure{ENOSPC, true}, Failure{EIO, false});
}

}  // namespace failing_calls
