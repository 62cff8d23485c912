// What the tests of the doctor expect of one finding.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "agent/doctor/finding.hpp"

namespace doctor {

inline void PrintTo(const Finding& finding, std::ostream* out) {
    *out << finding.check << " (" << static_cast<int>(finding.outcome) << "): " << finding.what << " -> "
         << finding.remedy;
}

}  // namespace doctor

namespace tests {

/// Also that a warning and a failure have a remedy, and nothing else has one.
inline void expect_finding(const doctor::Finding& finding, doctor::Outcome outcome, const std::string& what,
                           const std::string& remedy = {}) {
    const auto shown = testing::PrintToString(finding);
    EXPECT_EQ(finding.outcome, outcome) << shown;
    EXPECT_THAT(finding.what, testing::HasSubstr(what)) << shown;
    EXPECT_THAT(finding.remedy, testing::HasSubstr(remedy)) << shown;
    const bool wants_remedy = outcome == doctor::Outcome::warning || outcome == doctor::Outcome::failed;
    EXPECT_EQ(!finding.remedy.empty(), wants_remedy) << shown;
}

}  // namespace tests
