// The person whom a pairing talks to: at this process's own terminal, or at the other end of the control socket.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "platform/net.hpp"

namespace pairing {

/// Called on the loop. An empty function: the person cannot do that, and is not asked to.
struct Person {
    std::function<void(std::string_view)> say;                              // a line; always there
    std::function<void(std::string_view)> count_down = {};                  // a line that the next one replaces,
                                                                            // and an empty one takes away
    std::function<awaitable<bool>(std::string)> confirm = {};               // yes or no; no at the input's end
    std::function<awaitable<std::optional<std::string>>()> read_line = {};  // nothing at the input's end
    std::function<awaitable<std::optional<std::string>>(std::string)> browse = {};  // opens an address on a screen that
                                                                                    // the person sees; what went wrong
};

}  // namespace pairing
