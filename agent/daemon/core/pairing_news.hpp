// Whether a credential is of a new pairing: one that came while the agent runs is, one that was there at the start is
// not. Pure.
#pragma once

#include <string>
#include <string_view>

namespace agent::daemon {

class PairingNews {
  public:
    /// The agent stood at its gate: what comes next was paired meanwhile.
    void at_gate() noexcept { was_at_gate_ = true; }

    /// That device is served from now on. True: it was paired since the start.
    bool serves(std::string_view device) {
        const bool another = !served_.empty() && served_ != device;
        const bool news = was_at_gate_ || another;
        was_at_gate_ = false;
        served_ = device;
        return news;
    }

  private:
    std::string served_;  // the last one; empty: none since the start
    bool was_at_gate_ = false;
};

}  // namespace agent::daemon
