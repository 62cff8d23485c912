#include "agent/credentials/clock_check.hpp"

#include <fmt/core.h>

#include "platform/text.hpp"

namespace credentials {

std::string clock_complaint(std::chrono::system_clock::time_point theirs, std::chrono::system_clock::time_point ours) {
    const auto off = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::abs(ours - theirs));
    if (off <= clock_slack) return {};
    return fmt::format("this machine's clock is {} {} the server's", platform::for_people(off.count()),
                       ours > theirs ? "ahead of" : "behind");
}

}  // namespace credentials
