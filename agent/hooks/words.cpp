#include "agent/hooks/words.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "platform/log/log.hpp"
#include "platform/process/pipe.hpp"
#include "platform/text.hpp"
#include "platform/wait.hpp"

namespace hooks {
namespace {

/// Of one line; longer ones are cut.
constexpr std::size_t line_bytes = 400;

}  // namespace

HookWords::HookWords(const net::any_io_executor& executor) : reader_(executor) {
    auto pipe = platform::make_pipe();
    if (!pipe) return;
    ::fcntl(pipe->read.get(), F_SETFL, O_NONBLOCK);
    reader_.assign(pipe->read.release());
    writer_ = std::move(pipe->write);
}

void HookWords::keep(std::string_view bytes) {
    const auto room = hook_words_bytes - kept_.size();
    more_ = more_ || bytes.size() > room;
    kept_.append(bytes.substr(0, room));
}

awaitable<void> HookWords::listen() {
    std::array<char, 4096> buffer{};
    const auto bytes = net::buffer(buffer);
    while (reader_.is_open()) {
        const auto [ec, size] = co_await reader_.async_read_some(bytes, no_throw);
        if (ec == net::error::operation_aborted) co_return;
        if (ec) break;
        keep({buffer.data(), size});
    }
    platform::Timer forever(reader_.get_executor(), TimePoint::max());
    co_await platform::expiry(forever);
}

void HookWords::report(std::string_view hook, bool failed) {
    std::array<char, 4096> buffer{};
    for (ssize_t n = 1; n > 0 && !more_ && reader_.is_open();) {
        n = ::read(reader_.native_handle(), buffer.data(), buffer.size());
        if (n > 0) keep({buffer.data(), static_cast<std::size_t>(n)});
    }
    const auto level = failed ? platform::log::Level::warning : platform::log::Level::info;
    if (!platform::log::enabled(level)) return;
    for (const auto& line : platform::split(kept_, '\n')) {
        const auto text = platform::clean(line, line_bytes);
        if (!text.empty()) platform::log::write(level, "hook " + std::string(hook) + ": " + text);
    }
    if (more_) platform::log::write(level, "hook " + std::string(hook) + ": (it wrote more)");
}

}  // namespace hooks
