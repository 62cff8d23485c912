// One line of the doctor's: a check, its outcome, what was seen, what to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace doctor {

enum class Outcome : std::uint8_t {
    ok,
    warning,  // works, and yet
    failed,   // does not work
    skipped,  // could not be looked at, or does not apply
};

/// Of a sentence that came from elsewhere (a server, a browser, the running agent) so much is shown.
inline constexpr std::size_t reason_bytes = 500;

struct Finding {
    std::string check;
    Outcome outcome = Outcome::ok;
    std::string what;         // what was seen
    std::string remedy = {};  // what to do; never empty for a warning or a failure
};

}  // namespace doctor
