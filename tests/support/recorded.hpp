// Reads the recorded frames under tests/traces: JSON lines, one frame each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace recorded {

struct Line {
    std::string connection;
    std::string direction;  // "s2c", "c2s", "note"
    std::string kind;       // "text", "binary", "close", "http", …
    std::string data;       // the frame's bytes (binary already decoded)
    int number = 0;         // of a close: its code; of an HTTP answer: its status
    bool cut = false;       // data is only the beginning
};

/// All lines of a trace ("04-broadcast"). Fails the test when there is none.
std::vector<Line> lines(std::string_view name);

}  // namespace recorded
