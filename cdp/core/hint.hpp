// The sentences with which a command that got no answer is answered: what most likely keeps it, and what helps.
#pragma once

#include <string>
#include <string_view>

#include "platform/core/time_point.hpp"

namespace cdp {

/// What is known about a command that was not answered.
struct Unanswered {
    std::string_view method;
    Duration waited{};
    bool page_session = false;       // it went to a session, not to the browser target
    bool default_page = false;       // of the default page
    bool session_known = true;       // the session is still there
    bool crashed = false;            // the page's renderer is
    bool dialog = false;             // a JavaScript dialog is open, as a session that enabled Page was told
    bool paused = false;             // the debugger is
    bool navigating = false;         // a Page.navigate of the same session waits too
    bool waits_for_page = false;     // never written: the default page was still being attached
    bool waits_for_browser = false;  // never written: no browser
    Duration browser_silent{};       // since anything came from the browser
    Duration page_answer_limit{};    // a silent default page is replaced after this
};

/// "No answer within 30 s. …"
std::string timeout_hint(const Unanswered& facts);

/// A duration for people: "30 s", "1.5 s", "800 ms".
std::string for_people(Duration duration);

/// Why the commands of a default page were lost that answered nothing for that time.
std::string hint_replaced(Duration silent);

/// Why a session's commands were lost.
inline constexpr std::string_view hint_detached =
    "The target was closed or the session was detached before the browser answered: the command may or may not have "
    "taken effect.";
inline constexpr std::string_view hint_crashed =
    "The page's renderer crashed before it answered: reload or navigate the page, or open another one.";
inline constexpr std::string_view hint_connection_lost =
    "The connection to the browser ended before it answered: the command may or may not have taken effect.";
inline constexpr std::string_view hint_stopped =
    "The browser was stopped before it answered: the command may or may not have taken effect.";

}  // namespace cdp
