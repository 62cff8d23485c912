#include "agent/cli/replay.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "agent/bridge/core/replay.hpp"
#include "agent/bridge/core/replay_text.hpp"
#include "agent/cli/terminal.hpp"
#include "platform/os_error.hpp"
#include "platform/text.hpp"
#include "platform/unique_fd.hpp"

namespace cli::replay_command {
namespace {

using control::Exit;

/// Hands the lines of a file to the replay, until one is wrong.
class Reader {
  public:
    explicit Reader(std::string name) : name_{std::move(name)} {}

    /// False: the reason was printed.
    bool read() {
        file_ = platform::UniqueFd{::open(name_.c_str(), O_RDONLY | O_CLOEXEC)};
        if (!file_) return fail("cannot be opened: " + platform::last_error().message());
        bool more = true;
        while (more && problem_.empty()) more = fill();
        if (problem_.empty()) take_rest();
        if (!problem_.empty()) return fail(problem_);
        if (!any_) return fail("is empty: there is nothing to report");
        return true;
    }

    bridge::ReplayReport report() const { return replay_.report(); }
    /// The last line was cut off, as by a kill.
    bool cut() const noexcept { return cut_; }

  private:
    bool fail(const std::string& why) const {
        constexpr std::string_view remedy = "name a file that  agent --record FILE  or  agent --watch --json  wrote";
        return complain("--replay: " + name_ + " " + why, remedy), false;
    }

    /// Reads a piece, and takes the lines that are whole. False: at the end, or at a problem.
    bool fill() {
        constexpr std::size_t piece = std::size_t{1} << 16;
        const auto held = text_.size();
        text_.resize(held + piece);
        const auto n = ::read(file_.get(), text_.data() + held, piece);
        text_.resize(held + static_cast<std::size_t>(n > 0 ? n : 0));
        if (n < 0 && errno != EINTR) problem_ = "cannot be read: " + platform::last_error().message();
        std::size_t begun = 0;
        for (auto end = text_.find('\n', held); end != std::string::npos && problem_.empty();
             end = text_.find('\n', begun)) {
            take(std::string_view(text_).substr(begun, end - begun));
            begun = end + 1;
        }
        text_.erase(0, begun);
        if (text_.size() > longest_line) problem_ = line_name(line_ + 1) + "is too long for a recording";
        return n != 0;
    }

    void take(std::string_view line) {
        ++line_;
        if (platform::trim(line).empty()) return;
        any_ = true;
        const auto wrong = replay_.take(line);
        if (!wrong.empty()) problem_ = line_name(line_) + wrong;
    }

    /// What stands behind the last line end: whole, or cut off by the end of the one who wrote it.
    void take_rest() {
        take(text_);
        cut_ = any_ && !problem_.empty() && line_ > 1;
        if (cut_) problem_.clear();
    }

    static std::string line_name(std::uint64_t number) { return "has a wrong line " + std::to_string(number) + ": "; }

    const std::string name_;
    platform::UniqueFd file_;
    bridge::Replay replay_;
    std::string text_;  // behind the last line that was taken
    std::uint64_t line_ = 0;
    bool any_ = false;
    bool cut_ = false;
    std::string problem_;
};

}  // namespace

Exit run(const arguments::Replay& wished, bool json) {
    Reader reader{wished.file.string()};
    if (!reader.read()) return Exit::failure;
    if (reader.cut()) say("The last line of " + wished.file.string() + " is cut off: it is left out.");
    const auto report = reader.report();
    if (json) return print_json(bridge::write_replay_json(report) + "\n"), Exit::ok;
    print(bridge::write_replay_text(report));
    return Exit::ok;
}

}  // namespace cli::replay_command
