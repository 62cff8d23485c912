#include "cdp/core/hint.hpp"

#include <cstdio>

namespace cdp {
namespace {

using namespace std::chrono_literals;

/// So long without a byte from a browser that has something to answer: it is rather it than the page.
constexpr Duration silent_browser = 5s;

std::string_view by_method(std::string_view method) {
    if (method == "Page.navigate") {
        return "The server has not sent response headers yet, or the page asks in a beforeunload dialog whether to "
               "leave (enable Page in this session before, and answer with Page.handleJavaScriptDialog).";
    }
    if (method == "Page.captureScreenshot") {
        return "A tab that is not in front may never be drawn: send Page.bringToFront first. A navigation that "
               "commits meanwhile, or an image beyond the browser's size limit, can swallow the answer too.";
    }
    if (method == "Page.crash" || method == "Browser.crash") return "This command is never answered.";
    if (method.starts_with("Runtime.") || method.starts_with("Debugger.")) {
        return "The script has not finished: a promise that never settles, a page busy in a loop "
               "(Runtime.terminateExecution in the same session may end it), or a JavaScript dialog that nobody was "
               "told of since Page was not enabled before it opened.";
    }
    return "The page may be busy in a loop, a JavaScript dialog may be open that nobody was told of since Page was "
           "not enabled before it opened, or the answer was beyond the browser's size limit and was dropped by it.";
}

std::string_view cause(const Unanswered& facts) {
    if (facts.waits_for_browser) return "The browser was being started all the time; the command was never sent.";
    if (facts.waits_for_page) return "The default page could not be attached in time; the command was never sent.";
    if (!facts.session_known) return "The session is not known any more: its target was closed or it was detached.";
    if (facts.crashed) return "The page's renderer has crashed: reload or navigate the page, or open another one.";
    if (facts.dialog) return "A JavaScript dialog is open: answer it with Page.handleJavaScriptDialog.";
    if (facts.paused) return "The debugger is paused in this page: send Debugger.resume.";
    if (facts.navigating && facts.method != "Page.navigate") {
        return "A navigation waits for its server; until the response headers come, the page's other commands are "
               "held back and then answered by the new page.";
    }
    if (facts.browser_silent >= silent_browser && !facts.page_session) {
        return "The browser process does not answer at all: it may be stopped or overloaded.";
    }
    if (!facts.page_session) {
        return "The browser has not answered; an answer beyond its size limit would have been dropped by it.";
    }
    return by_method(facts.method);
}

/// What helps with a page that may be stuck, whatever the reason.
std::string way_out(const Unanswered& facts) {
    const bool of_page = facts.page_session && facts.session_known;
    if (!of_page || facts.method == "Page.crash" || facts.method == "Browser.crash") return {};
    if (!facts.default_page) return " Target.closeTarget ends the page whatever it does.";
    return " If the page answers nothing for another " + for_people(facts.page_answer_limit) +
           ", the agent replaces it by a new one; Target.closeTarget does so at once.";
}

}  // namespace

std::string for_people(Duration duration) {
    const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
    if (count < 1000) return std::to_string(count) + " ms";
    char text[32];
    const auto seconds = static_cast<double>(count) / 1000;
    std::snprintf(text, sizeof text, count % 1000 == 0 ? "%.0f s" : "%.1f s", seconds);
    return text;
}

std::string timeout_hint(const Unanswered& facts) {
    return "No answer within " + for_people(facts.waited) + ". " + std::string{cause(facts)} + way_out(facts);
}

std::string hint_replaced(Duration silent) {
    return "The default page answered nothing for " + for_people(silent) +
           " after a command to it had timed out, so the agent replaced it by a new one: the command may or may not "
           "have taken effect.";
}

}  // namespace cdp
