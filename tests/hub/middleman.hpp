// Somebody in the middle: the operator of a backend, or somebody who has broken into it. Reads, changes, drops, doubles
// and swaps the broadcasts that pass, as a test wishes, and remembers them. Bounded in messages and bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/hub/frame.hpp"

namespace hub {

class Middleman {
  public:
    static constexpr std::size_t most_seen = 100'000;
    static constexpr std::size_t most_bytes = std::size_t{256} << 20;

    struct Seen {
        std::string topic;    ///< with its prefix
        std::string event;    ///< the user's
        std::string payload;  ///< JSON text; of a raw one JSON text, a zero byte and bytes, or any bytes
        bool raw = false;
    };

    /// Whether anything is to be done with what passes.
    bool at_work() const noexcept { return watching_ || !rules_.empty(); }

    /// What passes in place of that one.
    std::vector<Seen> pass(Seen message);

    /// {"watch": bool, "rules": […], "forget": true, "find": text, "list": {"event"?, "from"?, "count"?}} → what is
    /// known. A rule is {"do": "drop" | "double" | "change" | "swap", "event"?, "holds"?, "raw"?, "skip"?, "times"?}:
    /// `holds` is text of the payload, `raw` whether it is bytes; the first `skip` that fit pass, then `times` (1) are
    /// dealt with.
    Json handle(const Json& body);

  private:
    struct Rule {
        std::string deed, event, holds;
        std::optional<bool> raw = {};
        std::uint64_t skip = 0, times = 1, done = 0;
    };
    void remember(const Seen& message);
    Rule* rule_for(const Seen& message);
    Json find(const std::string& marker) const;
    Json list(const Json& wish) const;

    bool watching_ = false, full_ = false;
    std::deque<Seen> seen_;
    std::size_t bytes_ = 0;
    std::vector<Rule> rules_;
    std::vector<Seen> held_;  ///< by a swap: at most one
    std::uint64_t swapped_ = 0;
};

/// What base64 stands in the text, decoded and put together: runs of at least 12 characters.
std::string decoded_runs(std::string_view text);

/// A copy in which one byte is another one: of the bytes behind the text of a raw one, else of the base64 in "data";
/// without such a member one character of the last string.
std::string with_a_change(std::string payload);

}  // namespace hub
