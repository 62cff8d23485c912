// The person at this process's terminal: lines out on standard error, answers in on standard input.
// Thread rule: the loop's thread. Lifetime: outlives every TerminalPerson of it.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <string>
#include <string_view>

#include "agent/pairing/person.hpp"
#include "platform/net.hpp"

namespace cli {

// All text of this process for a terminal goes out here, so that no caller has to think of it: control and
// bidirectional characters are removed (in JSON: written as \uXXXX), and passwords in addresses are not shown.

// With --json standard output holds one JSON document (agent/control/json_answer.hpp), and what people are told goes to
// standard error alone.

/// From here on standard output is JSON.
void answer_in_json();
bool answers_in_json();
/// The document that is still due, at the end of the command.
void finish_answer(int exit_code);
/// Standard output is another program's from here on.
void give_output_away();

/// A line for people, on standard error.
void say(std::string_view line);
/// A line that the next one replaces, on a terminal alone; an empty one takes it away.
void count_down(std::string_view line);
/// A line on standard error that tells what went wrong. `remedy`: what helps, for the document of --json, where that is
/// known better than by the exit code.
void complain(std::string_view what, std::string_view remedy = {});
/// What went wrong, for the document of --json alone: people have been told.
void blame(std::string_view what);
/// Lines for standard output, each with its end.
void print(std::string_view lines);
/// One of many lines for standard output, without its end. False: nobody reads there any more.
bool print_line(std::string_view line);
/// Text of ours alone for standard output, as it is: nothing of it came from outside.
void print_own(std::string_view text);
/// The command's document for standard output.
void print_json(std::string_view json);
/// One of many documents for standard output, with its newline. False: nobody reads there any more.
bool print_json_line(std::string_view json);

class Terminal {
  public:
    explicit Terminal(net::any_io_executor executor);
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    ~Terminal();

    /// The next line of standard input without its end; nothing when there is none any more. May be cancelled.
    awaitable<std::optional<std::string>> read_line();
    /// Yes or no; no at the input's end.
    awaitable<bool> confirm(std::string question);

    /// Whether a line on standard error can be replaced by the next one.
    static bool shows_progress();
    /// Whether somebody can type here.
    static bool is_interactive();

  private:
    net::posix::stream_descriptor input_;
    int flags_;         // of standard input, as they were
    std::string held_;  // what came behind the last line
};

/// Who pairs at a terminal. `ask`: questions may be put; `screen`: a browser may be opened here.
class TerminalPerson final : public pairing::Person {
  public:
    TerminalPerson(Terminal& terminal, bool ask, bool screen) : terminal_{terminal}, ask_{ask}, screen_{screen} {}

    void say(std::string_view line) override;
    void count_down(std::string_view line) override;
    bool can_confirm() const override { return ask_; }
    awaitable<bool> confirm(std::string question) override { return terminal_.confirm(std::move(question)); }
    bool can_type() const override { return true; }
    awaitable<std::optional<std::string>> read_line() override { return terminal_.read_line(); }
    bool can_browse() const override { return screen_; }
    awaitable<std::optional<std::string>> browse(std::string address) override;

  private:
    Terminal& terminal_;
    bool ask_;
    bool screen_;
};

}  // namespace cli
