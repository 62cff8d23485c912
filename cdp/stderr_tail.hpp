// The last of what a browser says on its standard error. Read all the time: a browser whose standard error is full
// stands still.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <string>

#include "platform/net.hpp"
#include "platform/unique_fd.hpp"

namespace cdp {

class StderrTail {
  public:
    /// `from` is the end that is read.
    StderrTail(const net::any_io_executor& executor, platform::UniqueFd from);

    /// Reads until the other end is closed, or it is cancelled.
    awaitable<void> follow();
    /// Reads what is here already, without a wait.
    void read_the_rest();

    /// At most some kilobytes.
    const std::string& text() const noexcept { return text_; }

  private:
    void keep(const char* piece, std::size_t count);

    net::posix::stream_descriptor from_;
    std::string text_;
};

}  // namespace cdp
