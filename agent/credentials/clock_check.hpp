// The sentences about a wrong clock of this machine, which the log, a pairing and the doctor use alike.
#pragma once

#include <chrono>
#include <string>

namespace credentials {

/// A difference up to this says nothing: a Date has whole seconds, was on its way, and servers differ a little too.
inline constexpr std::chrono::seconds clock_slack{30};

/// What to do about it.
inline constexpr const char* clock_remedy =
    "set it (timedatectl set-ntp true): tokens and certificates are judged by the clock";

/// "this machine's clock is 2 d ahead of the server's"; empty while the two agree within clock_slack.
std::string clock_complaint(std::chrono::system_clock::time_point theirs, std::chrono::system_clock::time_point ours);

}  // namespace credentials
