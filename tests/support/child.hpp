// A program under test as a child process: its output read line by line, its end awaited, its group ended with the
// test.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/net.hpp"
#include "platform/process/process.hpp"
#include "tests/support/temp_folder.hpp"

namespace support {

using namespace std::chrono_literals;

/// Runs the loop until `done` says yes; false when `limit` passed first.
bool run_until(net::io_context& io, const std::function<bool()>& done, std::chrono::milliseconds limit = 10s);

struct ChildOptions {
    std::vector<std::string> arguments;         // [0] is the executable
    std::vector<std::string> environment = {};  // "NAME=value", besides PATH, HOME and TMPDIR
    std::string input = {};                     // written to its standard input, which is then closed
};

class Child {
  public:
    Child(net::io_context& io, ChildOptions options);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    pid_t pid() const;
    /// All that it has written so far, standard output and standard error as they came.
    const std::string& output() const { return text_; }
    bool said(std::string_view text) const { return text_.find(text) != std::string::npos; }
    bool wait_for(std::string_view text, std::chrono::milliseconds limit = 10s);
    /// The first line that begins with `prefix`; nothing where none came in time.
    std::optional<std::string> line(std::string_view prefix, std::chrono::milliseconds limit = 10s);

    void signal(int number);
    bool running() const { return !status_; }
    /// The exit status; nothing when it still runs after `limit`. All that it wrote is in output() then.
    std::optional<platform::ExitStatus> wait(std::chrono::milliseconds limit = 10s);

  private:
    awaitable<void> read();
    awaitable<void> reap();

    net::io_context& io_;
    std::optional<platform::Process> process_;
    std::unique_ptr<net::posix::stream_descriptor> out_;
    std::string text_;
    std::optional<platform::ExitStatus> status_;
    int loops_ = 0;  // coroutines of ours that still run
};

/// A tests::TempFolder whose paths are text, for words of command lines.
class TemporaryFolder {
  public:
    const std::string& path() const { return path_; }
    std::string operator/(std::string_view name) const { return path_ + "/" + std::string{name}; }

  private:
    tests::TempFolder folder_;
    std::string path_ = folder_.path().string();
};

}  // namespace support
