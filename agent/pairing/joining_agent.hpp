// What a pairing over the control socket asks of the agent that it pairs.
#pragma once

#include <string>

#include "agent/realtime/status.hpp"
#include "platform/net.hpp"

namespace pairing {

/// It notices by itself what is stored, and joins with it.
class JoiningAgent {
  public:
    virtual bool joined() const = 0;
    /// The cloud link's own words; null while there is no link.
    virtual const realtime::Status* link() const = 0;
    /// Why there is no link.
    virtual std::string why_no_link() const = 0;
    virtual bool stopping() const = 0;
    /// Returns when one of these may have changed.
    virtual awaitable<void> changed() = 0;

  protected:
    ~JoiningAgent() = default;
};

}  // namespace pairing
