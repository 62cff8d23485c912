// How far the system keeps a browser that we started from the machine's files (cdp/fence.hpp).
#pragma once

#include <string>

namespace cdp {

struct Fence {
    bool wanted = false;  // there is a policy or something to hide
    bool policy = false;  // Chrome reads our managed policy
    bool hidden = false;  // our folders cannot be read
    std::string problem;  // a sentence with the remedy, where something of it is missing; else empty
};

}  // namespace cdp
