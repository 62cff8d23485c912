// Declared by the parts of the daemon that change what health depends on.
#pragma once

namespace agent::daemon {

class HealthListener {
  public:
    /// Something changed that health depends on. Called on the loop.
    virtual void on_health() = 0;

  protected:
    ~HealthListener() = default;
};

}  // namespace agent::daemon
