// A person takes the machine for a while (`agent --pause`): keeps the pause over restarts, says when it begins, and
// when it is over, by word or by time. Thread rule: the loop's thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "agent/control/control.hpp"
#include "agent/relay/pause.hpp"
#include "platform/clock.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace agent::daemon {

class PauseListener {
  public:
    /// The pause began, changed or ended. Called on the loop.
    virtual void on_pause() = 0;

  protected:
    ~PauseListener() = default;
};

class Pausing {
  public:
    /// `files` keeps the pause.
    Pausing(net::any_io_executor executor, platform::Worker& files, std::filesystem::path state_folder,
            PauseListener& listener);

    /// The pause that an earlier run left; before run().
    void recall();
    /// Ends a pause whose time is over; returns after stop().
    awaitable<void> run();
    void stop();

    /// Without a time it lasts until resume().
    awaitable<control::Answer> pause(std::optional<std::chrono::seconds> time);
    awaitable<control::Answer> resume();

    const std::optional<relay::Pause>& current() const noexcept { return current_; }
    /// "for 4 min", "until it is resumed"; empty: not paused.
    std::string for_people() const;

  private:
    awaitable<Error> on_disk(std::function<Error()> work);
    void set(std::optional<relay::Pause> pause);

    platform::Worker& files_;
    std::filesystem::path folder_;
    PauseListener& listener_;
    platform::Timer timer_;
    std::optional<relay::Pause> current_;
    bool stopping_ = false;
};

}  // namespace agent::daemon
