// How the browser link stands: its state and why, and what is remembered from one browser to the next.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "cdp/browser_port.hpp"
#include "cdp/browser_version.hpp"
#include "cdp/core/browser_state.hpp"
#include "cdp/link.hpp"

namespace cdp {

/// A life is one browser, or the try of a connection to one. The caller says what time it is.
class BrowserStanding {
  public:
    /// Failures are forgotten once a browser has answered for `healthy_after`. `changed` is called after each change of
    /// state or reason.
    BrowserStanding(Duration healthy_after, std::function<void()> changed)
        : healthy_after_{healthy_after}, changed_{std::move(changed)} {}

    BrowserState state() const noexcept { return state_; }
    /// Why it is not attached: a sentence.
    const std::string& reason() const noexcept { return reason_; }
    /// A browser is there, or a try is under way.
    bool coming() const noexcept { return state_ == BrowserState::launching || state_ == BrowserState::attached; }
    /// The browser of this life has answered.
    bool answered() const noexcept { return answered_; }

    void begin_life(TimePoint now);
    void on_started(Fence fence) { fence_ = std::move(fence); }
    /// A person has to agree first; the sentence says to what.
    void on_waiting(std::string sentence);
    bool waits_for_person() const noexcept { return waits_for_person_; }
    void on_answered(const BrowserVersion& version);
    /// The life has ended, and why: a sentence. The state stays until the next try is known.
    void on_ended(std::string sentence, const Strays& strays);
    /// Counts a life that ended by itself. How long it had answered; nothing: never.
    std::optional<Duration> count_failure(TimePoint now);
    /// The next life begins then; nothing: when somebody wants it. `planned`: the last one ended by our own wish, which
    /// is no reason to warn.
    void wait_until(std::optional<TimePoint> next_try, bool planned);
    void on_stopped();

    /// `link` is the connection of this life; null: there is none now.
    void show(BrowserStatus& status, const Link* link, TimePoint now) const;

  private:
    void set(BrowserEvent event, std::string reason, bool planned = false);
    bool healthy(TimePoint now) const noexcept { return answered_ && now - began_ >= healthy_after_; }

    Duration healthy_after_;
    std::function<void()> changed_;
    BrowserState state_ = BrowserState::absent;
    std::string reason_;
    std::string last_end_;  // why the last browser, or try, ended
    BrowserVersion version_;
    Fence fence_;
    std::optional<TimePoint> next_try_;
    std::uint64_t lives_ = 0;
    std::uint64_t failures_ = 0;  // lives in a row that ended too early
    TimePoint began_{};           // this life
    Strays strays_;               // of earlier connections
    bool answered_ = false;
    bool waits_for_person_ = false;
};

}  // namespace cdp
