// What SIGINT, SIGTERM and SIGHUP mean to the agent. Pure.
#pragma once

#include <csignal>
#include <cstdint>
#include <string_view>

namespace agent::daemon {

enum class SignalMeaning : std::uint8_t {
    reload,  // read the configuration again
    stop,    // in order, within the grace
    kill,    // do not wait any longer
};

class StopSignals {
  public:
    /// `managed`: by a service manager, whose SIGHUP is a reload; without one it says that the terminal is gone.
    constexpr SignalMeaning on(int number, bool managed) noexcept {
        if (number == SIGHUP && managed) return SignalMeaning::reload;
        if (asked_) return SignalMeaning::kill;
        asked_ = true;
        return SignalMeaning::stop;
    }

  private:
    bool asked_ = false;
};

constexpr std::string_view name_of_signal(int number) noexcept {
    return number == SIGINT ? "SIGINT" : number == SIGTERM ? "SIGTERM" : "SIGHUP";
}

}  // namespace agent::daemon
