// What those ask who act on what lay in the socket: whether the process stood still meanwhile.
#pragma once

namespace realtime {

class StandstillCheck {
  public:
    /// Where the process stood still since the last call, the connection is checked, and what arrives is stale until
    /// it has answered.
    virtual void look_for_standstill() = 0;

  protected:
    ~StandstillCheck() = default;
};

}  // namespace realtime
