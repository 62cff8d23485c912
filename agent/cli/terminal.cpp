#include "agent/cli/terminal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <cstdio>
#include <utility>

#include "agent/cli/screen.hpp"
#include "agent/control/json_answer.hpp"
#include "platform/log/log.hpp"
#include "platform/log/redact.hpp"
#include "platform/text.hpp"

namespace cli {
namespace {

/// A line that is pasted is not longer than this.
constexpr std::size_t line_bytes = 16 * 1024;

/// Whether a line stands on the terminal that the next one replaces.
bool counting_down = false;

void write(std::FILE* to, const std::string& text) {
    constexpr std::string_view clear_line = "\r\033[K";
    if (std::exchange(counting_down, false)) std::fwrite(clear_line.data(), 1, clear_line.size(), stderr);
    std::fwrite(text.data(), 1, text.size(), to);
}

std::string shown(std::string_view line) {
    return platform::clean(platform::hide_passwords(line), platform::terminal_line_bytes);
}

/// Of this process: there is one standard output.
control::JsonAnswer& answer() {
    static control::JsonAnswer instance;
    return instance;
}

void write_lines(const std::string& lines) {
    if (answer().asked()) return answer().report(lines);
    write(stdout, lines);
    std::fflush(stdout);  // a script at the other end of a pipe waits for it while the command goes on
}

}  // namespace

void answer_in_json() {
    answer().ask();
}

bool answers_in_json() {
    return answer().asked();
}

void finish_answer(int exit_code) {
    write(stdout, platform::escape_hidden(answer().due(exit_code, platform::log::last_error())));
    std::fflush(stdout);
}

void give_output_away() {
    answer().give_away();
}

void say(std::string_view line) {
    const auto text = shown(line);
    write(stderr, text + "\n");
    if (answer().asked()) answer().report(text);
}

void count_down(std::string_view line) {
    if (!Terminal::shows_progress()) return;
    write(stderr, shown(line));
    counting_down = !line.empty();
}

void complain(std::string_view what, std::string_view remedy) {
    const auto text = shown(what);
    write(stderr, "agent: " + text + "\n");
    answer().complain(text, remedy);
}

void blame(std::string_view what) {
    answer().complain(shown(what));
}

void print(std::string_view lines) {
    write_lines(platform::clean_lines(platform::hide_passwords(lines)));
}

bool print_line(std::string_view line) {
    write(stdout, shown(line) + "\n");
    return std::fflush(stdout) == 0;
}

void print_own(std::string_view text) {
    write_lines(std::string(text));
}

void print_json(std::string_view json) {
    answer().printed();
    write(stdout, platform::escape_hidden(json));
    std::fflush(stdout);
}

bool print_json_line(std::string_view json) {
    answer().streamed();
    write(stdout, platform::escape_hidden(json));
    return std::fflush(stdout) == 0;
}

Terminal::Terminal(net::any_io_executor executor)
    : input_(executor, ::dup(STDIN_FILENO)), flags_(::fcntl(STDIN_FILENO, F_GETFL)) {}

// Waiting for input made it non-blocking for everybody who shares it, the shell among them.
Terminal::~Terminal() {
    if (flags_ >= 0) ::fcntl(STDIN_FILENO, F_SETFL, flags_);
}

void TerminalPerson::say(std::string_view line) {
    cli::say(line);
}

void TerminalPerson::count_down(std::string_view line) {
    cli::count_down(line);
}

awaitable<std::optional<std::string>> TerminalPerson::browse(std::string address) {
    return cli::browse(std::move(address));
}

awaitable<std::optional<std::string>> Terminal::read_line() {
    auto buffer = net::dynamic_buffer(held_, line_bytes);
    const auto [ec, size] = co_await net::async_read_until(input_, buffer, '\n', no_throw);
    // The last line may come without its end.
    const auto used = ec == net::error::eof ? held_.size() : size;
    if (used == 0) co_return std::nullopt;
    std::string line(platform::trim(std::string_view(held_).substr(0, used)));
    held_.erase(0, used);
    co_return line;
}

awaitable<bool> Terminal::confirm(std::string question) {
    write(stderr, shown(question) + " [y/N] ");
    const auto answer = co_await read_line();
    co_return answer && (*answer == "y" || *answer == "Y" || *answer == "yes");
}

bool Terminal::shows_progress() {
    return ::isatty(STDERR_FILENO) == 1;
}

bool Terminal::is_interactive() {
    return ::isatty(STDIN_FILENO) == 1;
}

}  // namespace cli
