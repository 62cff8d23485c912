#include "cdp/stderr_tail.hpp"

#include <utility>

namespace cdp {
namespace {

constexpr std::size_t most_kept = 16 * 1024;  // bytes
constexpr std::size_t piece_size = 4096;

}  // namespace

StderrTail::StderrTail(const net::any_io_executor& executor, platform::UniqueFd from)
    : from_{executor, from.release()} {}

awaitable<void> StderrTail::follow() {
    char piece[piece_size];
    for (;;) {
        auto [ec, count] = co_await from_.async_read_some(net::buffer(piece), no_throw);
        if (ec) co_return;
        keep(piece, count);
    }
}

void StderrTail::read_the_rest() {
    Error ec;
    from_.non_blocking(true, ec);
    char piece[piece_size];
    // A child that is left behind may go on for ever.
    for (std::size_t read = 0; read < most_kept;) {
        const auto count = from_.read_some(net::buffer(piece), ec);
        if (ec) return;
        keep(piece, count);
        read += count;
    }
}

void StderrTail::keep(const char* piece, std::size_t count) {
    text_.append(piece, count);
    if (text_.size() > most_kept) text_.erase(0, text_.size() - most_kept / 2);
}

}  // namespace cdp
