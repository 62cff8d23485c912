// What a browser says of itself in its first answer.
#pragma once

#include <string>

namespace cdp {

struct BrowserVersion {
    std::string product;
    std::string protocol_version;
    std::string user_agent;
};

}  // namespace cdp
