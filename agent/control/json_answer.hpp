// What a command prints on standard output with --json: exactly one document, its own where it has one, else what it
// tells people; and the error of one that failed. A command that streams prints a document a line, the error as its
// last one. Pure.
#pragma once

#include <string>
#include <string_view>

#include "agent/control/exit_code.hpp"

namespace control {

/// "not_running": the word for an exit code in {"error":{"code":…}}. "failure" for one that is not in the table.
std::string_view name_of(Exit code) noexcept;
/// What helps in general against an end with that code, for failures whose sentence does not say it.
std::string_view remedy_of(Exit code) noexcept;

class JsonAnswer {
  public:
    /// --json was among the words.
    void ask() noexcept { asked_ = true; }
    bool asked() const noexcept { return asked_; }

    /// The command has printed its document.
    void printed() noexcept { printed_ = true; }
    /// The command has printed one of its lines: a failure is written after them.
    void streamed() noexcept { streamed_ = true; }
    /// Standard output is another program's from here on.
    void give_away() noexcept { given_away_ = true; }

    /// So many bytes of the text for people are kept for the document; the rest is left out.
    static constexpr std::size_t told_bytes = std::size_t{4} << 20;

    /// Lines for people, which are the document of a command that has no other.
    void report(std::string_view lines);
    /// What went wrong. `remedy`: what helps, where that is known better than by the exit code; the first one counts.
    void complain(std::string_view what, std::string_view remedy = {});

    /// The document that is due at the end, with its newline; empty: none. `otherwise`: what went wrong where nobody
    /// complained.
    std::string due(int exit_code, std::string_view otherwise) const;

  private:
    bool asked_ = false, printed_ = false, streamed_ = false, given_away_ = false;
    std::string told_, complaint_, remedy_;
};

}  // namespace control
