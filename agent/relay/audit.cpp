#include "agent/relay/audit.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "platform/clock.hpp"
#include "platform/file.hpp"
#include "platform/json/core/slice.hpp"
#include "platform/log/log.hpp"
#include "platform/os_error.hpp"
#include "platform/text.hpp"
#include "platform/trust.hpp"
#include "platform/unique_fd.hpp"
#include "platform/unwritten.hpp"
#include "platform/worker.hpp"

namespace relay {
namespace {

using platform::last_error;

/// Lines that wait for a disk that does not answer; beyond it they are lost and counted.
constexpr std::size_t max_waiting_bytes = std::size_t{4} * 1024 * 1024;

/// How far the lines of a batch came.
struct Written {
    Error error = {};
    std::uint64_t lines = 0;
};

std::uint64_t lines_in(std::string_view text) {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

// The file, on the worker's side. Shared with the jobs, which run one after the other.
struct File {
    AuditSettings settings;
    platform::UniqueFd fd;
    std::size_t size = 0;

    std::string numbered(int number) const { return settings.file + '.' + std::to_string(number); }

    Error open() {
        fd.reset(::open(settings.file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!fd) return last_error();
        struct stat status {};
        if (::fstat(fd.get(), &status) != 0) return last_error();
        if (!platform::why_not_trusted(settings.file).empty()) {
            fd.reset();
            return platform::FileErrc::open_way;
        }
        size = static_cast<std::size_t>(status.st_size);
        return {};
    }

    Error rotate() {
        fd.reset();
        for (int number = settings.keep; number > 0; --number) {
            const std::string from = number == 1 ? settings.file : numbered(number - 1);
            if (::rename(from.c_str(), numbered(number).c_str()) != 0 && errno != ENOENT) return last_error();
        }
        if (settings.keep <= 0 && ::unlink(settings.file.c_str()) != 0 && errno != ENOENT) return last_error();
        return open();
    }

    // Somebody has removed it or put another one in its place: what is written to it nobody finds.
    bool is_gone() const {
        struct stat open {};
        struct stat named {};
        if (::fstat(fd.get(), &open) != 0 || ::stat(settings.file.c_str(), &named) != 0) return true;
        return open.st_dev != named.st_dev || open.st_ino != named.st_ino;
    }

    // Whole lines, into as many files as they need.
    Written write(std::string_view text) {
        Written done;
        if (fd && is_gone()) fd.reset();
        if (!fd) done.error = open();
        while (!done.error && !text.empty()) {
            std::size_t fits = size < settings.max_bytes ? std::min(settings.max_bytes - size, text.size()) : 0;
            if (fits < text.size()) fits = text.substr(0, fits).rfind('\n') + 1;  // none: 0
            if (fits == 0 && size == 0) fits = text.find('\n') + 1;               // one line larger than a file
            done.error = fits == 0 ? rotate() : append(text.substr(0, fits));
            if (done.error) break;
            done.lines += lines_in(text.substr(0, fits));
            text.remove_prefix(fits);
        }
        return done;
    }

    // All of them or none: a part of a line is taken back.
    Error append(std::string_view lines) {
        const std::size_t before = size;
        while (!lines.empty()) {
            const ssize_t written = ::write(fd.get(), lines.data(), lines.size());
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) {
                const Error error = last_error();
                if (::ftruncate(fd.get(), static_cast<off_t>(before)) == 0) size = before;
                return error;
            }
            size += static_cast<std::size_t>(written);
            lines.remove_prefix(static_cast<std::size_t>(written));
        }
        return {};
    }
};

double millis_of(Duration took) {
    return std::chrono::duration<double, std::milli>(took).count();
}

using WallMillis = std::chrono::sys_time<std::chrono::milliseconds>;

WallMillis millis_now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// A command's id as a person would search for it: without the quotes of a string.
std::string id_of(const AuditRecord& record) {
    std::string scratch;
    const bool text = platform::json_kind(record.id) == platform::JsonKind::string;
    return platform::clean(text ? platform::unescape(record.id, scratch) : record.id);
}

// For who follows one command through the journal (BMC_COMMAND_ID).
void log_command(const AuditRecord& record, platform::log::Level level) {
    const auto id = id_of(record);
    const auto method = platform::clean(record.method);
    const auto session = platform::clean(record.session);
    const auto rule = platform::clean(record.rule);
    const auto origin = platform::clean(record.origin);
    const auto bytes_in = std::to_string(record.command_bytes);
    const auto bytes_out = std::to_string(record.result_bytes);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(record.took).count();
    const auto ms = fmt::format("{:.3f}", millis_of(record.took));
    platform::log::write(level,
                         fmt::format("command {} {}: {} after {} ms", id, method.empty() ? "(unreadable)" : method,
                                     record.outcome, took),
                         {{"BMC_COMMAND_ID", id},
                          {"BMC_METHOD", method},
                          {"BMC_SESSION", session},
                          {"BMC_OUTCOME", record.outcome},
                          {"BMC_RULE", rule},
                          {"BMC_ORIGIN", origin},
                          {"BMC_BYTES_IN", bytes_in},
                          {"BMC_BYTES_OUT", bytes_out},
                          {"BMC_MS", ms}});
}

}  // namespace

struct Audit::Impl {
    Impl(net::any_io_executor executor, const AuditSettings& chosen, platform::Worker& worker)
        : settings{chosen}, files{worker}, wake{executor}, file{std::make_shared<File>()} {
        file->settings = chosen;
    }

    awaitable<void> write(std::string batch) {
        const std::uint64_t lines = lines_in(batch);
        const std::uint64_t gap = missing;  // more may be missing by the time that this is written
        if (gap > 0) batch.insert(0, write_audit_gap(gap, millis_now()));
        auto job = [to = file, text = std::move(batch)]() -> Result<Written> { return to->write(text); };
        const auto written = co_await platform::run_blocking(files, std::move(job));
        const std::uint64_t of_batch = written ? written->lines : 0;
        const bool told_gap = gap > 0 && of_batch > 0;
        const std::uint64_t told = told_gap ? gap : 0;
        missing -= told;
        report(written ? written->error : written.error(), lines + (told_gap ? 1 : 0) - of_batch, told);
    }

    // Says a change once, not for every line. `told`: how many lines the trail itself now says are missing.
    void report(Error error, std::uint64_t lines, std::uint64_t told) {
        lost += lines;
        missing += lines;
        if (error == last) return;
        last = error;
        if (error) {
            platform::log::error("the audit trail {}; the lines of commands are lost until then",
                                 platform::explain_unwritten(settings.file, error));
            const bool refuses = settings.on_error == AuditSettings::OnError::refuse;
            if (refuses)
                refusal = fmt::format("The audit trail cannot be written ({}), and audit.on_error is \"refuse\".",
                                      error.message());
        } else {
            platform::log::info("The audit trail is written again; {} lines were lost.", told);
            refusal.clear();
        }
        if (changed) changed();
    }

    /// Until there is something to write, or it is time to try again. An orderly end waits for nothing.
    awaitable<void> rest() {
        wake.expires_at(last ? platform::BootClock::now() + audit_look_again : TimePoint::max());
        auto [woken] = co_await wake.async_wait(no_throw);
        if (woken || stopping || !last) co_return;
        std::string nothing;
        co_await write(std::move(nothing));
    }

    AuditSettings settings;
    platform::Worker& files;
    platform::Timer wake;
    std::shared_ptr<File> file;
    std::string waiting;
    std::string refusal;
    Error last;
    std::function<void()> changed;
    std::uint64_t lost = 0;
    std::uint64_t missing = 0;  // of them, those since the trail stopped
    bool stopping = false;
};

Audit::Audit(net::any_io_executor executor, const AuditSettings& settings, platform::Worker& files)
    : impl_{std::make_unique<Impl>(std::move(executor), settings, files)} {}

Audit::~Audit() = default;

bool Audit::on() const noexcept {
    return impl_->settings.journal || !impl_->settings.file.empty();
}

const std::string& Audit::refusal() const noexcept {
    return impl_->refusal;
}

std::uint64_t Audit::lost() const noexcept {
    return impl_->lost;
}

std::string Audit::trouble() const {
    if (!impl_->last) return {};
    return fmt::format("{}: {}; {} lines were lost", impl_->settings.file, impl_->last.message(), impl_->missing);
}

void Audit::on_change(std::function<void()> listener) {
    impl_->changed = std::move(listener);
}

void Audit::record(const AuditRecord& record) {
    // Without the setting for who looks closely: everybody else does not want to read it.
    const auto level = impl_->settings.journal ? platform::log::Level::info : platform::log::Level::debug;
    if (platform::log::enabled(level)) log_command(record, level);
    if (impl_->settings.file.empty()) return;
    if (impl_->waiting.size() >= max_waiting_bytes) {
        impl_->report(boost::system::errc::make_error_code(boost::system::errc::timed_out), 1, 0);
        return;
    }
    impl_->waiting += write_audit_line(record, millis_now());
    impl_->wake.cancel();
}

awaitable<Error> Audit::run() {
    std::string nothing;
    const bool to_file = !impl_->settings.file.empty();
    if (to_file)
        co_await impl_->write(std::move(nothing));  // opens the file: one that cannot be opened is known at once
    while (!impl_->stopping || !impl_->waiting.empty()) {
        if (impl_->waiting.empty()) {
            co_await impl_->rest();
            continue;
        }
        std::string batch = std::move(impl_->waiting);
        impl_->waiting.clear();
        co_await impl_->write(std::move(batch));
        const bool failed = static_cast<bool>(impl_->last);
        if (failed && impl_->stopping) break;
    }
    co_return Error{};
}

void Audit::stop() {
    impl_->stopping = true;
    impl_->wake.cancel();
}

}  // namespace relay
