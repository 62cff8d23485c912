#include "agent/credentials/server_time.hpp"

#include "agent/credentials/clock_check.hpp"
#include "platform/clock.hpp"
#include "platform/log/log.hpp"

namespace credentials {

void ServerTime::learn(std::chrono::system_clock::time_point theirs) {
    const auto ours = std::chrono::system_clock::now();
    clock_.learn(theirs, ours, platform::BootClock::now());
    const auto complaint = clock_complaint(theirs, ours);
    const bool wrong = !complaint.empty();
    if (wrong && !ours_is_wrong_) platform::log::warning("{}: {}", complaint, clock_remedy);
    if (!wrong && ours_is_wrong_) platform::log::info("this machine's clock agrees with the server's again");
    ours_is_wrong_ = wrong;
}

std::chrono::system_clock::time_point ServerTime::now() const {
    return clock_.at(std::chrono::system_clock::now(), platform::BootClock::now());
}

WallTime ServerTime::wall_now() const {
    return std::chrono::floor<std::chrono::seconds>(now());
}

}  // namespace credentials
