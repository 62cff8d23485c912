// Where a page really stands. While a page is on its way elsewhere, discovery may tell of it as if it stood there
// already, for as long as the server over there keeps silent. So each page that somebody has a session in is asked for
// the storage key of its document when discovery tells of it: the browser process answers, however busy the page is.
// A refused place is noted in the table of targets, and stays there until an answer or the page itself says otherwise.
//
// The key is no more than the origin. It says nothing where the owner lets some URLs of its scheme be read, nor about
// view-source: pages.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cdp/core/place.hpp"
#include "cdp/link.hpp"

namespace cdp {

class PlaceCheck {
  public:
    /// All of it outlives it.
    PlaceCheck(Link& link, const Settings& settings, const PlaceRules* rules) noexcept
        : link_{link}, settings_{settings}, rules_{rules} {}

    /// Discovery reported the target, or somebody has a new session in it.
    void look_at(const TargetInfo& target);
    /// A command of Own::keep_place came to its end. The target that it was about; nothing: it was not one of these.
    std::optional<std::string> on_step(const Pending& command, Fate fate, std::string_view body);
    /// The page itself reported a harmless place: an answer that is on its way is older.
    void stands_elsewhere(const std::string& target);
    void forget(const std::string& target) { pages_.erase(target); }

    /// Whether an answer is on its way without which it is not known where the target stands.
    bool is_unsure(const TargetInfo& target) const;

  private:
    struct Page {
        bool asked = false;
        bool again = false;     // discovery reported it after it was asked
        bool outdated = false;  // the answer that is on its way is to be ignored
        int refusals = 0;       // answers in a row that named a refused origin
    };

    void ask(const std::string& target);
    void take(const std::string& target, Page& page, Fate fate, std::string_view body);
    void take_origin(const std::string& target, Page& page, std::string_view origin);

    Link& link_;
    const Settings& settings_;
    const PlaceRules* rules_;                              // null: nobody refuses any
    std::unordered_map<std::string, Page> pages_;          // by target: those that are asked, or were found at one
    std::unordered_map<std::string, std::string> asking_;  // the session of a question on its way → its target
    bool newer_name_ = false;                              // the browser knows Storage.getStorageKey alone
};

}  // namespace cdp
