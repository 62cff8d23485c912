// Which downloads have to end, so that what is allocated for them stays within the spool's quota. Pure: the caller
// looks at the files, and asks the browser.
//
// A file in work is never removed: the browser would go on writing to it, and nobody would see how much.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/time_point.hpp"

namespace relay {

/// The end of the name of a file that Chrome is writing; what stands before it is the download's guid.
inline constexpr std::string_view in_work_suffix = ".crdownload";

/// A download whose file is being written.
struct DownloadInWork {
    std::string guid;
    std::size_t bytes = 0;  // allocated on the disk
};

/// What to do about one. Each is tried for `obey_within` before the next.
enum class DownloadStep : std::uint8_t {
    cancel,      // ask the browser to cancel it, which removes its file
    close_page,  // close the page that began it
    cut,         // take what was written out of the file, now and at each further look
};

class DownloadBound {
  public:
    struct Limits {
        std::size_t bytes = 0;   // of all downloads in work together
        std::size_t count = 32;  // of downloads in work
        Duration obey_within = std::chrono::seconds{5};
    };
    struct Order {
        std::string guid;
        DownloadStep step;
    };

    /// Bytes a second that a download is expected to write until it was seen twice: more than a browser writes today.
    static constexpr std::size_t fastest = std::size_t{2} << 30;

    explicit DownloadBound(Limits limits) noexcept : limits_{limits} {}

    /// What is to be done now, given all that are in work: the largest go until the rest is within the limits.
    std::vector<Order> orders(std::vector<DownloadInWork> in_work, TimePoint now);

    /// When to call orders() next, from the last call on: half of the time that the downloads which may go on need to
    /// reach `bytes` together, each at its last speed. At most an hour.
    Duration until_look() const noexcept { return until_look_; }

  private:
    struct Seen {
        std::size_t bytes = 0;
        double speed = static_cast<double>(fastest);  // bytes a second
    };
    void foresee(const std::vector<const DownloadInWork*>& going_on, TimePoint now);

    struct Asked {
        DownloadStep step = DownloadStep::cancel;
        TimePoint since;
    };

    Limits limits_;
    std::map<std::string, Asked, std::less<>> asked_;  // those that were asked to end and are still in work
    std::map<std::string, Seen, std::less<>> seen_;    // the others
    TimePoint seen_at_{};
    Duration until_look_ = Duration::max();
};

}  // namespace relay
