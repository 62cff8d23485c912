#include "agent/control/manager_line.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "agent/control/health_report.hpp"
#include "agent/control/status.hpp"

namespace control {

std::string manager_line(const Report& report, TimePoint) {
    const auto state = report.link != nullptr ? report.link->state : realtime::State::connecting;
    std::string line{to_string(state)};
    if (report.link != nullptr && !report.link->reason.empty()) line += fmt::format(": {}", report.link->reason);
    const auto ailments = examine(vitals_of(report));
    const auto news = [](const Ailment& one) { return one.what > Trouble::paused; };
    const auto worst = std::find_if(ailments.begin(), ailments.end(), news);
    if (state == realtime::State::joined && worst != ailments.end()) {
        line += fmt::format("{}{}", serves(worst->what) ? ", but " : ", and serves no command: ", worst->sentence);
    }
    if (!report.paused.empty())
        line += " | paused";  // for how long is --status's to say: this line is not written anew
    if (!report.message.empty()) line += fmt::format(" | {}", report.message);
    return line;
}

}  // namespace control
