#include "agent/relay/browser_refusal.hpp"

#include <string>

namespace relay {
namespace {

struct Said {
    Reason reason;
    std::string_view sentence;
};

Said said_of(cdp::Fate fate) {
    switch (fate) {
        case cdp::Fate::timed_out:
            return {Reason::timeout, "The browser did not answer within the limit."};
        case cdp::Fate::lost:
            return {Reason::browser_lost,
                    "The browser, its session or its page went while the command was in flight: it may or may not have "
                    "taken effect."};
        case cdp::Fate::unavailable:
            return {Reason::browser_unavailable, "No browser is connected."};
        case cdp::Fate::overloaded:
            return {Reason::overloaded, "The browser has too much in flight; the command was not carried out."};
        case cdp::Fate::refused:
            return {Reason::denied, "The page stands where the policy lets nothing be read or changed."};
        case cdp::Fate::too_large:
            return {Reason::too_large, "The command is larger than a browser takes; it was not carried out."};
        case cdp::Fate::stale:
            return {Reason::stale,
                    "The command waited for the browser while the agent's process stood still; it was not carried out. "
                    "Send it again if it still matters."};
        case cdp::Fate::result:
        case cdp::Fate::error:
            break;
    }
    return {Reason::browser_lost, "The browser gave no answer."};
}

}  // namespace

Refusal refusal_of(cdp::Fate fate, std::string_view text) {
    const Said ours = said_of(fate);
    return {ours.reason, std::string{text.empty() ? ours.sentence : text}};
}

}  // namespace relay
