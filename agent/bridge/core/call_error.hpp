// The error object of a single command, and the HTTP status that says the same. Pure.
#pragma once

#include <string>
#include <string_view>

namespace bridge {

struct CallError {
    /// Who refused it: "agent", "bridge", or empty: the browser itself.
    std::string source;
    std::string reason;  // of the agent's refusals, such as "denied"
    std::string message;
};
CallError read_call_error(std::string_view error);

/// 403 where a policy forbids the command, 504 where the far agent was not reached, 502 else.
int status_of(const CallError& error);

}  // namespace bridge
