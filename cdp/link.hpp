// One connection to a browser while it lives: writes commands, matches answers, keeps deadlines and bounds, and reads
// without pause, since Chrome drops answers that a slow reader has not taken.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cdp/alarm.hpp"
#include "cdp/browser_port.hpp"
#include "cdp/command_writer.hpp"
#include "cdp/core/idle_check.hpp"
#include "cdp/core/message.hpp"
#include "cdp/core/pending.hpp"
#include "cdp/core/sessions.hpp"
#include "cdp/settings.hpp"
#include "cdp/transport.hpp"
#include "platform/turn.hpp"

namespace cdp {

/// The commands that we send for ourselves.
enum class Own : std::uint8_t {
    none,          // not ours
    version,       // Browser.getVersion: the first answer
    own_session,   // Target.attachToBrowserTarget: the session of our own
    discover,      // Target.setDiscoverTargets in it
    list_targets,  // Target.getTargets, for the default page
    create_page,   // Target.createTarget
    attach_page,   // Target.attachToTarget
    detach_page,   // Target.detachFromTarget of a crashed default page
    idle_check,    // Browser.getVersion on a silent connection
    close_page,    // Target.closeTarget of one beyond the bound, or whose download goes on
    downloads,     // Browser.setDownloadBehavior in our session, so that we hear of downloads and may cancel them
    contexts,      // Target.getBrowserContexts: a download has to be cancelled in its own
    cancel,        // Browser.cancelDownload
    keep_place,    // of the PlaceGuard
    page_check,    // Runtime.evaluate in a default page that let a command time out
    last_word,     // Browser.getVersion behind the last command, before we leave a browser that lives on
    close_look,    // no command: the time to see whether a page that was asked to close has gone
};

/// Runs the link. Called on the loop, also from within submit() and ask(); must not destroy the Link.
class LinkOwner {
  public:
    /// A command of our own came to its end. `body`: the result or error object, or a sentence; valid during the call.
    virtual void on_own(Own what, Fate fate, std::string_view body) = 0;
    /// The session ended (with its children, each told on its own), or its renderer crashed.
    virtual void on_session_gone(std::string_view session, bool crashed) = 0;
    /// An event of our own session.
    virtual void on_own_event(std::string_view method, std::string_view params) = 0;
    /// An event of a target, of a request that was paused, or of a frame that has moved, after the session table has
    /// taken notice of it.
    virtual void on_event(const Message&) {}
    /// A command of Own::keep_place or Own::page_check came to its end, or the time of a reminder.
    virtual void on_step(const Pending&, Fate, std::string_view /*body*/) {}
    /// A command of the asker's to that session had no answer in time, and was told so.
    virtual void on_timed_out(std::string_view /*session*/) {}
    /// Whether the session is the default page's.
    virtual bool stands_in(std::string_view /*session*/) const { return false; }

  protected:
    ~LinkOwner() = default;
};

/// What came over a connection and found nobody who waits for it.
struct Strays {
    std::uint64_t late_answers = 0;  // without a command
    std::uint64_t unreadable = 0;    // messages that could not be read

    Strays& operator+=(const Strays& more) noexcept {
        late_answers += more.late_answers;
        unreadable += more.unreadable;
        return *this;
    }
};

class Link {
  public:
    /// `root_session`: the session that stands for the browser target; empty where the connection itself does.
    /// The references must outlive the Link.
    Link(net::any_io_executor executor, std::unique_ptr<Transport> transport, const Settings& settings, Asker& asker,
         LinkOwner& owner, std::string root_session);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    /// Serves until the connection ends; says why. All that was in flight has then been answered Fate::lost.
    awaitable<Error> run();

    /// Ends run() with that reason.
    void end(Error why);

    /// Sends a command to a session; empty: the browser target. One on_answer follows. False: it was refused, and
    /// on_answer was called during this call.
    bool submit(const Request& request, std::string_view session);

    /// No on_answer for that command any more. False: it is not in flight here.
    bool forget(Ticket ticket) { return pending_.forget(ticket); }

    /// Sends a command of ours. One on_own follows, perhaps during this call. `what` is not Own::none.
    void ask(Own what, std::string_view session, std::string_view method, std::string_view params, Duration limit);

    /// Sends nothing. After the delay one on_step follows (Fate::timed_out) with `about` as the method; or Fate::lost,
    /// where the session or the connection ends before. `what` is Own::close_look.
    void remind(Own what, std::string_view session, std::string_view about, Duration delay);

    /// Answers all that waits in that session with Fate::lost and this sentence.
    void lose(std::string_view session, std::string_view hint);
    /// Whether a command of that method waits in the session.
    bool waits(std::string_view session, std::string_view method) const noexcept {
        return pending_.waits(session, method);
    }

    /// From now on events of this session tell what targets there are. Until then, those of the connection's own do.
    void discover_in(std::string session) { own_session_ = std::move(session); }
    const std::string& own_session() const noexcept { return own_session_; }

    const SessionTable& sessions() const noexcept { return sessions_; }
    /// See SessionTable::found_at.
    void found_at(std::string_view target, std::string_view place) { sessions_.found_at(target, place); }
    std::string_view top_of(std::string_view session) const { return sessions_.top_of(session, root_session_); }
    std::vector<std::string> sessions_below(std::string_view top) const { return sessions_.below(top, root_session_); }
    std::size_t in_flight() const noexcept { return pending_.of_asker(); }
    std::size_t bytes_held() const noexcept { return pending_.bytes(); }
    /// Pages that commands in flight are about to open.
    std::size_t pages_being_made() const noexcept { return pending_.waiting_for("Target.createTarget"); }
    const Strays& strays() const noexcept { return strays_; }

  private:
    awaitable<Error> read_loop();
    awaitable<Error> watch_loop();

    void write(const PendingTable::New& command, std::string_view params);
    Error on_messages(const Arrived& first);
    void on_message(const Arrived& arrived);
    void on_cut(const Arrived& arrived);
    void on_reply(const Message& message);
    void on_event(const Message& message);
    void settle(const Pending& command, Fate fate, std::string_view text);
    void expire(TimePoint now);
    void check_idle(TimePoint now);
    void on_idle_check(Fate fate);
    std::string hint_for(const Pending& command, TimePoint now) const;

    const Settings& settings_;
    Asker& asker_;
    LinkOwner& owner_;
    std::unique_ptr<Transport> transport_;
    std::string root_session_;
    std::string own_session_;
    PendingTable pending_;
    SessionTable sessions_;
    CommandWriter writer_;
    platform::Turns& turns_;
    Alarm watch_;
    IdleCheck idle_;
    Error end_reason_;
    bool ended_ = false;
    Strays strays_;
};

}  // namespace cdp
