// Reads one line of a recording, or of `agent --watch --json`. Pure. The file may be anybody's: what is wrong with a
// line is a sentence.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "agent/bridge/core/record_text.hpp"
#include "agent/bridge/core/seen_message.hpp"

namespace bridge {

using RecordTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// The time as recordings have it, "2026-12-01T12:01:02.345Z".
std::optional<RecordTime> read_record_time(std::string_view text);
std::string write_record_time(RecordTime time);

struct ReplayLine {
    RecordTime time{};
    std::optional<RecordHead> head = {};  // the line is a first line, and has no sight
    SeenMessage sight = {};
    bool timed = false;  // of an answer: sight.took was recorded
};

/// The line, or what is wrong with it, as the end of a sentence.
std::variant<ReplayLine, std::string> read_record(std::string_view line);

}  // namespace bridge
