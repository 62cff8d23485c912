// Keeps pages from standing where the owner's policy lets nobody read them, however they get there: by a command, a
// person, history, another page, or the browser's interface.
//
// Chrome asks before it loads a file: a Fetch.enable in our own session of the browser target holds such requests of
// all pages, also of those that are just being opened. Chrome's own pages (chrome:, devtools:, view-source:) ask
// nobody. The guard sends a page away from them when discovery reports it there, or when PlaceCheck finds it there
// although discovery reports another place. All commands are our own; nothing pauses but such requests.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cdp/core/paused_requests.hpp"
#include "cdp/core/place.hpp"
#include "cdp/link.hpp"
#include "cdp/place_check.hpp"

namespace cdp {

class PlaceGuard {
  public:
    /// All of it outlives the guard. Without `settings.guard_places` it does nothing.
    PlaceGuard(Link& link, const Settings& settings, const PlaceRules* rules)
        : link_{link}, settings_{settings}, rules_{rules}, check_{link, settings, rules} {}

    /// Our own session is there, and targets are not told of yet.
    void start();
    /// An event of any session, after the session table has taken notice of it.
    void on_event(const Message& event);
    /// A command of the guard's (Own::keep_place) came to its end.
    void on_step(const Pending& command, Fate fate, std::string_view body);
    void on_session_gone(std::string_view session);

    /// Whether a session's command settles a request that was not paused for it.
    bool settles_another(std::string_view session, std::string_view method, std::string_view params) const;

  private:
    /// A target that is sent away.
    struct Removing {
        enum class Stage : std::uint8_t {
            attaching,   // Target.attachToTarget was sent
            navigating,  // Page.navigate was sent
            settling,    // it was answered: the page has still to tell of the new place
        };
        Removal how = Removal::page;
        Stage stage = Stage::attaching;
        int tries = 0;            // since it was first seen at a refused place
        int tries_from_here = 0;  // of those, the ones from `place`
        bool failed = false;      // the last try failed
        bool moved = false;       // discovery told of it elsewhere since the last try
        std::string place;        // where it stood at the last try: an URL, or the origin of one
        std::string session;      // ours in the target, once it is there
    };

    /// What is known of a page that may have to be sent away.
    enum class Verdict : std::uint8_t {
        harmless,
        unsure,  // discovery reports a harmless place; the answer of PlaceCheck is on its way
        refused,
    };

    Verdict verdict(const TargetInfo& target) const;
    /// Where a refused one stands.
    std::string_view place_of(const TargetInfo& target) const;
    bool refuses(std::string_view url) const { return rules_ != nullptr && rules_->refuses(url); }
    void on_paused(const Message& event);
    void on_frame(const Message& event);
    void on_target_event(const Message& event);
    void on_checked(const std::string& target);
    void look_at(const TargetInfo& target);
    void attach(const TargetInfo& target);
    void navigate(const TargetInfo& target, Removing& removing);
    void on_attached(const std::string& target, Fate fate, std::string_view body);
    void on_navigated(const Pending& command, Fate fate, std::string_view body);
    void on_enabled(const std::string& session);
    void finish(const std::string& target);
    void forget(const std::string& target);
    void close(const std::string& target);
    void detach(std::string_view session);
    void ask(std::string_view session, std::string_view method, std::string_view params);

    Link& link_;
    const Settings& settings_;
    const PlaceRules* rules_;  // null: nobody refuses any
    PlaceCheck check_;
    PausedRequests paused_;
    std::unordered_map<std::string, Removing> removing_;   // by target
    std::deque<std::string> attaching_;                    // targets of unanswered Target.attachToTarget, in order
    std::unordered_map<std::string, std::string> inside_;  // our session in a target that is sent away → the target
};

}  // namespace cdp
