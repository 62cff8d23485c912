// Declared by the parts of the daemon that end what the present credential serves: the gate, the store's watch and the
// unpairing.
#pragma once

#include <string>

namespace agent::daemon {

class Leaver {
  public:
    /// Whether the links are up.
    virtual bool serving() const = 0;
    /// Answers commands in flight with `reason`, then leaves all channels. Nothing of the device's stays, in the
    /// browser host neither. Without links nothing happens.
    virtual void leave(std::string reason) = 0;

  protected:
    ~Leaver() = default;
};

}  // namespace agent::daemon
