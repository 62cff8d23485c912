#include "agent/relay/spool.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include "agent/relay/spool_trim.hpp"
#include "agent/relay/spool_trouble.hpp"
#include "platform/clock.hpp"
#include "platform/file.hpp"
#include "platform/log/log.hpp"
#include "platform/os_error.hpp"
#include "platform/trust.hpp"
#include "platform/unique_fd.hpp"
#include "platform/wait.hpp"
#include "platform/watch.hpp"
#include "platform/worker.hpp"

namespace relay {
namespace {

using platform::last_error;
using platform::UniqueFd;
namespace errc = boost::system::errc;

/// Between two looks at the folder, for files that others make in it: so many times as long as the last one took,
/// within these bounds. A look at a folder of a few files takes less than a millisecond.
constexpr int rest_for_look = 9;
constexpr Duration shortest_rest = std::chrono::milliseconds{10};
constexpr Duration longest_rest = std::chrono::milliseconds{100};

bool is_group_of_ours(gid_t group) {
    if (group == ::getegid()) return true;
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
    const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    if (count < 0) return false;
    groups.resize(static_cast<std::size_t>(count));
    return std::find(groups.begin(), groups.end(), group) != groups.end();
}

}  // namespace

Error prepare_spool(const std::filesystem::path& folder) {
    if (!folder.is_absolute()) return errc::make_error_code(errc::invalid_argument);
    if (const Error ec = platform::make_folders(folder.parent_path())) return ec;
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return last_error();
    const auto fd = open_spool(folder);
    if (!fd) return fd.error();
    struct stat status {};
    if (::fstat(fd->get(), &status) != 0) return last_error();
    if ((status.st_mode & S_IWOTH) != 0) return errc::make_error_code(errc::permission_denied);
    const bool ours = status.st_uid == ::geteuid() || status.st_uid == 0;
    // The browser host's user may share one with us by a group.
    if (!ours && ((status.st_mode & S_IWGRP) == 0 || !is_group_of_ours(status.st_gid)))
        return platform::FileErrc::foreign_owner;
    const auto wrong = platform::why_not_trusted(folder.parent_path(), platform::Sharing::sticky);
    return wrong.empty() ? Error{} : Error{platform::FileErrc::open_way};
}

struct Spool::Impl {
    Impl(net::any_io_executor on, const SpoolSettings& chosen, platform::Worker& worker, EndDownload how)
        : settings{chosen},
          files{worker},
          end{std::move(how)},
          timer{on},
          watch{on, chosen.folder, [](std::string_view) { return true; }, true},
          bound{{.bytes = chosen.quota, .count = chosen.max_downloads}} {}

    void report(const Result<SpoolUse>& found) {
        const Error error = found ? Error{} : found.error();
        if (found) use = *found;
        note(found ? spool_trouble(settings, use) : fmt::format("{}: {}", settings.folder, error.message()));
        if (found && found->removed > 0) {
            platform::log::warning(
                "The spool folder was over its quota of {} bytes, or {} files: {} of its oldest files were removed.",
                settings.quota, settings.max_files, found->removed);
        }
        if (error && error != last) {
            platform::log::error("The spool folder {} cannot be looked through: {}", settings.folder, error.message());
        }
        last = error;
    }

    /// The numbers in the sentence change with every file: only whether there is a sentence counts.
    void note(std::string now) {
        const bool news = now.empty() != trouble.empty();
        trouble = std::move(now);
        if (!news) return;
        if (trouble.empty()) platform::log::info("The spool has room again.");
        if (!trouble.empty()) platform::log::warning("The spool has no room for downloads and uploads: {}", trouble);
        if (changed) changed();
    }

    awaitable<void> look() {
        auto trim = [folder = settings.folder, quota = settings.quota, most = settings.max_files] {
            return trim_spool(folder, quota, most);
        };
        const TimePoint began = platform::BootClock::now();
        auto found = co_await platform::run_blocking(files, std::move(trim));
        took = platform::BootClock::now() - began;
        if (stopping) co_return;
        report(found);
        if (found) co_await end_downloads(found->in_work);
    }

    awaitable<void> end_downloads(std::vector<DownloadInWork> in_work) {
        const auto orders = bound.orders(std::move(in_work), platform::BootClock::now());
        const auto began = std::count_if(orders.begin(), orders.end(),
                                         [](const auto& order) { return order.step == DownloadStep::cancel; });
        if (began > 0) {
            platform::log::warning("{} downloads are cancelled: all in work may take {} bytes, and be {}.", began,
                                   settings.quota, settings.max_downloads);
        }
        for (const DownloadBound::Order& order : orders) {
            if (order.step != DownloadStep::cut) {
                end(order.guid, order.step);
                continue;
            }
            auto cut = [folder = settings.folder, guid = order.guid] { return !cut_download(folder, guid); };
            const auto done = co_await platform::run_blocking(files, std::move(cut));
            if (!done || !*done) platform::log::debug("a download that goes on cannot be cut");
            if (stopping) co_return;
        }
    }

    /// Until it is time to look again.
    awaitable<void> rest() {
        timer.expires_after(std::clamp(rest_for_look * took, shortest_rest, longest_rest));
        co_await platform::expiry(timer);
        if (stopping) co_return;
        const bool at_rest = use.in_work.empty();
        if (!at_rest || !watching) {
            const Duration soon = std::min(bound.until_look(), settings.check_downloads_every);
            timer.expires_after(at_rest ? settings.check_every : soon);
            co_await platform::expiry(timer);
            co_return;
        }
        timer.expires_after(settings.check_watched_every);
        auto watching_it = platform::within(timer, watch.next());
        const auto failed = co_await std::move(watching_it);
        if (failed && *failed) watching = false;
    }

    SpoolSettings settings;
    platform::Worker& files;
    EndDownload end;
    platform::Timer timer;
    platform::FolderWatch watch;
    DownloadBound bound;
    SpoolUse use;
    Duration took{};  // the last look
    Error last;
    std::string trouble = settings.refused;
    std::function<void()> changed;
    bool watching = false;
    bool stopping = false;
};

Spool::Spool(net::any_io_executor executor, const SpoolSettings& settings, platform::Worker& files, EndDownload end)
    : impl_{std::make_unique<Impl>(std::move(executor), settings, files, std::move(end))} {}

Spool::~Spool() = default;

const SpoolUse& Spool::use() const noexcept {
    return impl_->use;
}

const std::string& Spool::trouble() const noexcept {
    return impl_->trouble;
}

void Spool::on_change(std::function<void()> listener) {
    impl_->changed = std::move(listener);
}

awaitable<Error> Spool::run() {
    if (impl_->settings.folder.empty()) {
        while (!impl_->stopping) {
            impl_->timer.expires_at(TimePoint::max());
            co_await platform::expiry(impl_->timer);
        }
        co_return Error{};
    }
    while (!impl_->stopping) {
        // A folder that went away and came back is another one to the system.
        if (!impl_->watching) impl_->watching = !impl_->watch.open();
        co_await impl_->look();
        if (impl_->stopping) break;
        co_await impl_->rest();
    }
    co_return Error{};
}

void Spool::stop() {
    impl_->stopping = true;
    impl_->timer.cancel();
}

}  // namespace relay
