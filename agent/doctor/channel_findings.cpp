#include "agent/doctor/channel_findings.hpp"

#include <nlohmann/json.hpp>

#include "agent/doctor/remedy.hpp"
#include "agent/doctor/subject.hpp"
#include "platform/json/tree.hpp"
#include "platform/text.hpp"

namespace doctor {

Finding judge_write(std::optional<realtime::Settled> small, const std::string& warning) {
    if (small == realtime::Settled::acknowledged) {
        return {"write", Outcome::ok, "the server takes broadcasts of this token"};
    }
    if (warning.empty()) {
        return {"write", Outcome::failed, "no broadcast was acknowledged",
                remedy_of_link({.what = realtime::Class::transient})};
    }
    return {"write", Outcome::failed, platform::clean(warning, reason_bytes),
            "give the token's role the right to insert into realtime.messages of this topic"};
}

/// The size was tried; the rate is what the running agent has met.
Finding judge_limits(const LimitsSeen& seen) {
    const bool too_large = seen.great == realtime::Settled::too_large;
    const auto* link = part_of(seen.status, "link");
    const auto known = link != nullptr ? platform::get_integer(*link, "payload_limit") : std::nullopt;
    const auto wanted = static_cast<std::int64_t>(seen.wanted);
    const auto closures = link != nullptr ? platform::get_integer(*link, "rate_closures").value_or(0) : 0;
    if (too_large || (known && *known < wanted)) {
        const auto fits = too_large ? std::to_string(seen.lowered) : std::to_string(*known);
        return {"limits", Outcome::warning,
                "the server takes no broadcast of realtime.payload_limit = " + std::to_string(wanted) + " bytes",
                "set realtime.payload_limit = " + fits + ", or raise the project's limit of the payload"};
    }
    if (closures > 0) {
        return {"limits", Outcome::warning,
                "the project's limit of events a second closed the channel " + std::to_string(closures) + " times",
                "raise that limit of the project (README has a table), or lower realtime.budget_max"};
    }
    if (!seen.great) return {"limits", Outcome::skipped, "no broadcast of the greatest size could be sent"};
    if (seen.great != realtime::Settled::acknowledged) {
        return {"limits", Outcome::warning,
                "a broadcast of " + std::to_string(wanted) + " bytes was not acknowledged in time",
                "the line may be slow: set realtime.payload_limit lower, so that results travel in pieces"};
    }
    return {"limits", Outcome::ok, "broadcasts of " + std::to_string(wanted) + " bytes pass, and no rate was exceeded"};
}

Finding judge_twin(const TwinSeen& seen) {
    const auto* link = part_of(seen.status, "link");
    const bool silent = link != nullptr && platform::get_bool(*link, "silenced").value_or(false);
    if (link != nullptr && platform::get_string(*link, "twin") == "empty") {
        return {"twin", Outcome::warning,
                "a member of the channel claims to be this device and answers no commands; this agent relays in "
                "spite of it",
                remedy_of_twin(OtherAgent::silent)};
    }
    if (seen.seen || silent) {
        return {"twin", Outcome::failed, "another agent is on the channel as this same device",
                remedy_of_twin(silent ? OtherAgent::elder : OtherAgent::unknown)};
    }
    if (link != nullptr && platform::get_bool(*link, "younger_twin").value_or(false)) {
        return {"twin", Outcome::warning, "another agent came later as this same device, and gives way to this one",
                remedy_of_twin(OtherAgent::younger)};
    }
    const auto foreign = link != nullptr ? platform::get_integer(*link, "foreign_results").value_or(0) : 0;
    if (foreign > 0) {
        return {"twin", Outcome::warning,
                std::to_string(foreign) + " results came on the channel that this agent did not send",
                "look for another agent with this device's credential, or a member of the channel that answers in its "
                "place"};
    }
    if (!seen.credential || (!seen.reached && link == nullptr))
        return {"twin", Outcome::skipped, "the channel was not joined"};
    return {"twin", Outcome::ok, "no other agent of this device is present"};
}

}  // namespace doctor
