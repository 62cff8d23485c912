#include "agent/bridge/watch_text.hpp"

#include "agent/bridge/core/for_people.hpp"
#include "agent/bridge/core/record_text.hpp"
#include "platform/text.hpp"

namespace bridge {
namespace {

/// Of a client's name for a person. The whole name has 32 digits.
constexpr std::size_t shown_name = 4;
/// As wide as "client a1b2".
constexpr std::string_view single_command = "call       ";
/// Parameters with less room than this say nothing.
constexpr std::size_t least_params = 8;
constexpr std::string_view no_params = "{}";

std::string whom(const SeenMessage& sight) {
    if (sight.client.empty()) return std::string{single_command};
    return "client " + platform::clean(sight.client.substr(0, shown_name));
}

/// What stands behind the parameters.
std::string outcome_of(const SeenMessage& sight) {
    if (sight.kind == SeenMessage::Kind::waiting) return " … no answer yet";
    if (sight.kind != SeenMessage::Kind::answer) return {};
    std::string text = " … ";
    if (sight.command_heard) text += time_for_people(sight.took) + " ";
    if (sight.ok) return text + "ok (" + size_for_people(sight.bytes) + ")";
    return text + "failed: " + platform::clean(sight.text) + " (" + std::to_string(sight.code) + ")";
}

/// What stands in front of the parameters.
std::string begin_line(const SeenMessage& sight, std::string_view time) {
    std::string line = std::string{time} + " ";
    switch (sight.kind) {
        case SeenMessage::Kind::event:
            return line + whom(sight) + " ← " + platform::clean(sight.method);
        case SeenMessage::Kind::ended:
            return line + whom(sight) + " was ended: " + platform::clean(sight.text);
        case SeenMessage::Kind::note:
            return line + (sight.client.empty() ? "" : whom(sight) + " ") + platform::clean(sight.text);
        case SeenMessage::Kind::answer:
        case SeenMessage::Kind::waiting:
            break;
    }
    line += whom(sight) + " → ";
    return line + (sight.command_heard ? platform::clean(sight.method) : "a command that was not heard");
}

}  // namespace

std::string write_watch_line(const SeenMessage& sight, std::string_view time, std::size_t room, bool with_params) {
    std::string line = begin_line(sight, time);
    const std::string outcome = outcome_of(sight);
    const std::size_t taken = line.size() + outcome.size() + 1;
    const std::string params = with_params ? recorded_params(sight).kept : std::string{};
    if (params.size() > no_params.size() && taken + least_params <= room) {
        line += ' ';
        line += platform::clean(params, room - taken);
    }
    return platform::clean(line + outcome, room);
}

}  // namespace bridge
