// What a hook writes to its standard error: read from a separate pipe, since nothing of ours is inherited, bounded,
// and told in the log without what commands terminals. One hook's run.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <string>
#include <string_view>

#include "platform/net.hpp"
#include "platform/unique_fd.hpp"

namespace hooks {

/// So much of it is kept, from its beginning; the rest is read and forgotten, so that the hook does not wait.
inline constexpr std::size_t hook_words_bytes = 4096;

class HookWords {
  public:
    explicit HookWords(const net::any_io_executor& executor);

    /// The end that the hook gets as its standard error; -1 where there was no pipe to be had.
    int writer() const noexcept { return writer_.get(); }
    /// The hook has its copy.
    void started() { writer_.reset(); }

    /// Reads until it is cancelled; does not return before, so that others decide when the hook is over.
    awaitable<void> listen();

    /// What is there and was not read yet, then all of it as lines of the log.
    void report(std::string_view hook, bool failed);

  private:
    void keep(std::string_view bytes);

    net::posix::stream_descriptor reader_;
    platform::UniqueFd writer_;
    std::string kept_;
    bool more_ = false;
};

}  // namespace hooks
