// Where a page really stands. While a page is on its way elsewhere, discovery may tell of it as if it stood there
// already, for as long as the server over there keeps silent. So each page that somebody has a session in is asked for
// the storage key of its document when discovery tells of it: the browser itself answers, however busy the page is.
// The key is no more than the origin: it says nothing about a page that is told of at the same origin.
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

    /// Discovery told of the target, or somebody has a new session in it.
    void look_at(const TargetInfo& target);
    /// A command of Own::keep_place came to its end. The target that it was about; nothing: it was not one of these.
    std::optional<std::string> on_step(const Pending& command, Fate fate, std::string_view body);
    void forget(const std::string& target) { pages_.erase(target); }

    /// Whether what was asked last is not answered yet.
    bool asks(const TargetInfo& target) const;
    /// The refused origin at which the page stands though discovery tells of another; empty: it is not known to.
    std::string_view refused_origin(const TargetInfo& target) const;

  private:
    struct Page {
        bool asked = false;
        bool again = false;   // it was told of after it was asked
        std::string refused;  // the origin where it was last found, if that is refused
    };

    void ask(const TargetInfo& target, Page& page);

    Link& link_;
    const Settings& settings_;
    const PlaceRules* rules_;                              // null: nobody refuses any
    std::unordered_map<std::string, Page> pages_;          // by target: those that are asked, or were found at one
    std::unordered_map<std::string, std::string> asking_;  // the session of a question on its way → its target
    bool newer_name_ = false;                              // Storage.getStorageKey; before, it had another one
};

}  // namespace cdp
