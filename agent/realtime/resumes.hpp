// Notices that the machine was asleep, or that the process stood still: what stood may be gone, what lies in the socket
// may be old. Thread rule: the loop's thread.
#pragma once

#include "platform/net.hpp"
#include "platform/standstill.hpp"
#include "platform/suspend_watch.hpp"

namespace realtime {

/// Who has to know.
class ResumeListener {
  public:
    /// The machine was asleep.
    virtual void on_resumed() = 0;
    /// The process was stopped, or starved. A session sees it for itself as well, with the next message or the next
    /// tick, whichever is first.
    /// `how_long` is zero where that is not known.
    virtual void on_standstill(Duration how_long) = 0;

  protected:
    ~ResumeListener() = default;
};

class Resumes {
  public:
    Resumes(const net::any_io_executor& executor, ResumeListener& listener);

    /// Until it is cancelled.
    awaitable<void> run();

  private:
    awaitable<void> watch_wakeups();

    ResumeListener& listener_;
    platform::SuspendWatch watch_;
    platform::Standstills& standstills_;
};

}  // namespace realtime
