#include "agent/cli/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "agent/cli/terminal.hpp"
#include "platform/clock.hpp"
#include "platform/text.hpp"

namespace cli {
namespace {

constexpr double bytes_of_megabyte = 1e6;
constexpr std::size_t usual_columns = 80;
/// What stays of a name, even if the line becomes too long.
constexpr std::size_t least_name = 8;

std::size_t columns_of_terminal() {
    winsize size{};
    const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : usual_columns;
}

std::string what_moves(bridge::Transfer::Kind kind) {
    switch (kind) {
        case bridge::Transfer::Kind::upload:
            return "upload";
        case bridge::Transfer::Kind::download:
            return "download";
        case bridge::Transfer::Kind::result:
            break;
    }
    return "result";
}

}  // namespace

std::string transfer_line(const bridge::Transfer& transfer, std::size_t columns) {
    const double done = static_cast<double>(transfer.done) / bytes_of_megabyte;
    const double total = static_cast<double>(transfer.total) / bytes_of_megabyte;
    const auto rest = transfer.total == 0 ? fmt::format(": {:.1f} MB", done)
                                          : fmt::format(": {:.1f} of {:.1f} MB ({:.0f} %)", done, total,
                                                        100 * std::min(done / total, 1.0));
    auto line = what_moves(transfer.kind);
    // The last column stays empty: some terminals begin a new line behind it.
    const std::size_t used = line.size() + std::string_view{" of "}.size() + rest.size() + 1;
    const std::size_t room = std::max(columns > used ? columns - used : 0, least_name);
    if (!transfer.name.empty()) line += " of " + platform::clean(transfer.name, room);
    return line + rest;
}

bridge::ShowTransfer show_transfers() {
    if (!Terminal::shows_progress() || answers_in_json()) return {};
    // Shared: a std::function is copied.
    const auto again_at = std::make_shared<TimePoint>(TimePoint::min());
    return [again_at](const std::optional<bridge::Transfer>& transfer) {
        const TimePoint now = platform::BootClock::now();
        if (transfer && now < *again_at) return;
        *again_at = transfer ? now + transfer_line_pause : TimePoint::min();
        count_down(transfer ? transfer_line(*transfer, columns_of_terminal()) : "");
    };
}

}  // namespace cli
