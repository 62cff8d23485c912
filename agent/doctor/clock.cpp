#include "agent/doctor/clock.hpp"

#include "agent/credentials/clock_check.hpp"
#include "platform/text.hpp"

namespace doctor {

Finding judge_clock(std::optional<std::chrono::system_clock::time_point> theirs,
                    std::chrono::system_clock::time_point now) {
    if (!theirs) return {"clock", Outcome::skipped, "the backend sent no date"};
    const auto wrong = credentials::clock_complaint(*theirs, now);
    if (!wrong.empty()) return {"clock", Outcome::failed, wrong, credentials::clock_remedy};
    const auto off = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::abs(now - *theirs));
    return {"clock", Outcome::ok, "within " + platform::for_people(off.count() + 1)};
}

}  // namespace doctor
