// The browser as those see it who hand in commands: what is asked of it, and what comes back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cdp/browser_version.hpp"
#include "cdp/core/browser_state.hpp"
#include "cdp/core/fence_state.hpp"
#include "cdp/core/targets.hpp"
#include "platform/core/shared_text.hpp"
#include "platform/core/time_point.hpp"

namespace cdp {

struct Message;  // cdp/core/message.hpp

/// The asker's name for a command, echoed in the Answer.
using Ticket = std::uint64_t;

/// Where a command goes (contract, "Where a command goes").
struct Destination {
    enum class Kind : std::uint8_t {
        browser,       // the browser target, no session
        session,       // the session named in `session`
        default_page,  // the page that stands in when the caller named none
    };
    Kind kind = Kind::browser;
    std::string_view session = {};
};

/// One command. The views are read during submit() and not kept.
struct Request {
    Ticket ticket = 0;
    Destination to;
    std::string_view method;  // "Domain.name", already checked
    std::string_view params;  // the text of a JSON object, already checked; empty for none
    TimePoint deadline;       // answered with Fate::timed_out when it passes
    std::size_t sender = 0;   // whose it is, below max_senders: the bounds are kept by sender
    /// It reads or writes what the page shows: not sent where the page stands at a refused URL when it is to be sent.
    bool content = false;
};

/// What became of a command.
enum class Fate : std::uint8_t {
    result,       // `text` is Chrome's result object, as it wrote it
    error,        // `text` is Chrome's error object, as it wrote it
    timed_out,    // `text` is a sentence with the likely cause
    lost,         // the connection, session or target went after the command was written; `text` says which
    unavailable,  // no browser within the grace; never written; `text` says why
    overloaded,   // a bound was reached; `text` says which, and whether the command was carried out all the same
    refused,      // the page stands where it may not be read; never written
    too_large,    // the command is beyond what a browser takes; never written
    stale,        // the process stood still while it waited for a browser or a page; never written
};

/// The one answer to a Request. `text` is a slice of the receive buffer: valid during the call alone.
struct Answer {
    Ticket ticket = 0;
    Fate fate = Fate::result;
    std::string_view text;
    std::string_view session;  // the session that answered (the default page's own for Kind::default_page)
    platform::MessageMemory* memory = nullptr;  // of the message that `text` lies in; null: it lies in none
};

/// For status, metrics and doctor.
struct BrowserStatus {
    BrowserState state = BrowserState::absent;
    std::string reason;      // a sentence; empty while attached
    BrowserVersion version;  // empty before the first answer
    std::size_t in_flight = 0;
    std::size_t bytes_held = 0;
    std::uint64_t restarts = 0;
    /// Browsers, or connections, in a row that ended before they had held for `healthy_after`: a crash loop.
    std::uint64_t failures = 0;
    std::size_t sessions = 0;           // open on this connection, ours among them
    std::size_t waiting = 0;            // commands that wait for a browser or for the default page
    std::uint64_t late_answers = 0;     // dropped: they came after the deadline
    std::uint64_t unreadable = 0;       // messages from the browser that are none
    std::optional<TimePoint> next_try;  // while lost
    bool waits_for_person = false;      // who has to press Allow in the browser, or has not done so
    Fence fence;                        // of the browser that we started, or the last one
};

/// Submits commands and gets the answers. Called on the loop; must not block and must not destroy the Browser.
class Asker {
  public:
    virtual void on_answer(const Answer& answer) = 0;
    /// Whether it wants to hear of events.
    virtual bool hears_events() const { return false; }
    /// An event of a session. `top` is the session from which that one descends and which a command without a session
    /// opened, or that session itself.
    virtual void on_event(const Message&, std::string_view /*top*/) {}
    /// The session ended; those that descend from it end each on its own.
    virtual void on_session_end(std::string_view /*session*/) {}
    /// The browser's state changed, or the reason why there is none.
    virtual void on_browser_state() {}

  protected:
    ~Asker() = default;
};

/// Takes commands for a browser that may come and go.
class BrowserPort {
  public:
    /// Takes a command; exactly one on_answer follows, perhaps during this call.
    virtual void submit(const Request& request) = 0;
    /// The asker has answered that command itself: no on_answer follows any more.
    virtual void forget(Ticket ticket) = 0;

    /// From now on this browser's downloads can be cancelled; `params` are those of Browser.setDownloadBehavior for the
    /// default browser context. To be sent to each browser that comes.
    virtual void hear_downloads(std::string_view params) = 0;
    /// Cancels a download; where that was tried in vain, closes the page that began it.
    virtual void cancel_download(std::string_view guid) = 0;
    virtual void close_page_of_download(std::string_view guid) = 0;

    /// The target that a session is attached to, or null where it is not known. Valid until the next event is read.
    virtual const TargetInfo* target_of(std::string_view session) const = 0;
    /// The target of that id, or null where the browser has told of none. Valid until the next event is read.
    virtual const TargetInfo* target(std::string_view id) const = 0;
    /// The target that stands as the default page now, or null.
    virtual const TargetInfo* default_page() const = 0;

    /// The session from which this one descends, as Asker::on_event() names it; empty where it is not known.
    virtual std::string_view top_of(std::string_view session) const = 0;
    /// All sessions that descend from `top`, itself among them.
    virtual std::vector<std::string> sessions_below(std::string_view top) const = 0;

    virtual BrowserStatus status() const = 0;

  protected:
    ~BrowserPort() = default;
};

}  // namespace cdp
