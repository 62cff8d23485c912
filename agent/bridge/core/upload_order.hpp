// Which messages of a client wait while files go up. The rule: a command whose files go up, and all that comes behind
// it in its session, wait in their order, since the browser carries out the commands of one session in order. Commands
// of other sessions pass, and so do those that the browser itself waits for: what becomes of a held request or of a
// dialog, and that a target or a script goes on. Files go up for one command at a time, in the order of the commands.
//
// Pure.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace bridge {

class UploadOrder {
  public:
    /// True: the message waits here. Else it goes up now.
    bool takes(std::string_view message);

    bool empty() const noexcept { return waiting_.empty(); }
    /// Bytes of what waits.
    std::size_t bytes() const noexcept { return bytes_; }

    /// The command whose files go up next. There is one where it is not empty().
    const std::string& first() const { return waiting_.front().message; }
    /// Its files have gone up, or cannot: it leaves, and what waited for it goes up now, in this order.
    std::vector<std::string> finish_first();

  private:
    struct Waiting {
        std::string session;  // empty: the client's own
        std::string message;
        bool has_files = false;
    };
    bool holds(std::string_view session) const;

    std::deque<Waiting> waiting_;  // the first one has files
    std::size_t bytes_ = 0;
};

}  // namespace bridge
