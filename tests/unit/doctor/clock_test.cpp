// What the doctor makes of the date that the backend sends.
#include "agent/doctor/clock.hpp"

#include "tests/unit/doctor/findings.hpp"

namespace {

using namespace std::chrono_literals;
using doctor::judge_clock;
using doctor::Outcome;
using tests::expect_finding;

TEST(DoctorClock, IsJudgedByTheServersDate) {
    const std::chrono::system_clock::time_point now{1800000000s};
    expect_finding(judge_clock(std::nullopt, now), Outcome::skipped, "sent no date");
    expect_finding(judge_clock(now, now), Outcome::ok, "within 1 s");
    expect_finding(judge_clock(now - 2s, now), Outcome::ok, "within 3 s");
    expect_finding(judge_clock(now - 1h, now), Outcome::failed, "ahead of the server", "timedatectl");
    expect_finding(judge_clock(now + 48h, now), Outcome::failed, "behind the server", "timedatectl");
}

}  // namespace
