#include "cdp/launch.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdlib>
#include <filesystem>

#include "cdp/core/explain.hpp"
#include "cdp/error.hpp"
#include "cdp/fence.hpp"
#include "cdp/host_facts.hpp"
#include "platform/file.hpp"
#include "platform/log/log.hpp"
#include "platform/process/inherited.hpp"
#include "platform/process/pipe.hpp"
#include "platform/text.hpp"
#include "platform/trust.hpp"

namespace cdp {
namespace {

namespace fs = std::filesystem;
using namespace net::experimental::awaitable_operators;
using platform::BootClock;
using platform::UniqueFd;

constexpr std::size_t said_limit = 16 * 1024;  // of its standard error we keep the last of
constexpr int pipe_capacity = 1 << 20;         // the most that an ordinary user may ask for
constexpr Duration dying_time = 3s;            // after SIGKILL, for the system to clear the processes away
constexpr Duration traces_check = 20ms;
/// A socket's path may have 107 bytes; Chrome adds /org.chromium.Chromium.scoped_dir.XXXXXX/SingletonSocket to TMPDIR
/// and aborts when that is too long.
constexpr std::size_t longest_temporary_path = 107 - 57;
/// An existing profile may be open to be read; nobody else may write there.
constexpr mode_t profile_readable = 0055;

/// Fewer, larger reads; the usual size works too.
void enlarge([[maybe_unused]] const platform::Pipe& pipe) {
#ifdef F_SETPIPE_SZ
    ::fcntl(pipe.write.get(), F_SETPIPE_SZ, pipe_capacity);
#endif
}

std::string executable_of(pid_t pid) {
    std::error_code failed;
    return fs::read_symlink("/proc/" + std::to_string(pid) + "/exe", failed).string();
}

std::int64_t changed_at(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? static_cast<std::int64_t>(status.st_mtime) : 0;
}

}  // namespace

struct LaunchSource::Pipes {
    explicit Pipes(const net::any_io_executor& executor, UniqueFd fd) : said{executor, fd.release()} {}
    net::posix::stream_descriptor said;
};

LaunchSource::LaunchSource(net::any_io_executor executor, const Settings& settings)
    : executor_{std::move(executor)}, settings_{settings} {}

LaunchSource::~LaunchSource() = default;

awaitable<Opened> LaunchSource::open() {
    Opened opened;
    auto found = find_browser(settings_.browser_path);
    if (!found) {
        opened.error = found.error();
        opened.problem = settings_.browser_path.empty()
                             ? "No Chrome or Chromium was found: install one, or set browser.path."
                             : "The browser " + settings_.browser_path + " is missing or may not be run by this user.";
        co_return opened;
    }
    browser_ = *found;
    opened.problem = prepare_folders(browser_);
    if (!opened.problem.empty()) {
        opened.error = Errc::not_found;
        cause_ = LaunchCause::profile_not_writable;
        co_return opened;
    }
    auto spawned = spawn(browser_);
    if (spawned) co_return std::move(*spawned);
    opened.error = spawned.error();
    opened.problem = explain(spawned.error().message(), false);
    folder_.reset();
    co_return opened;
}

/// Makes the profile's folder; a sentence where that fails. Leftovers of killed owners are removed first, once.
std::string LaunchSource::prepare_folders(const FoundBrowser& browser) {
    auto base = temporary_base(settings_.runtime_folder);
    if (browser.snap && settings_.runtime_folder.empty() && !snap_base().empty()) base = snap_base();
    if (!std::exchange(swept_, true)) {
        sweep_leftovers(base);
        if (base != short_base) sweep_leftovers(short_base);
    }
    auto folder = TemporaryFolder::create(base);
    if (!folder) {
        const auto why = platform::why_not_trusted(base, platform::Sharing::sticky);
        return "No temporary folder for the browser could be made in " + base.string() + " (" +
               (why.empty() ? folder.error().message() : why) +
               "): set browser.runtime_folder to a folder that this user may write to.";
    }
    folder_.emplace(std::move(*folder));
    temporary_ = place_for_sockets();
    profile_ = settings_.profile_folder.empty() ? (folder_->path() / "profile").string() : settings_.profile_folder;
    if (settings_.profile_folder.empty()) return {};
    // Cookies and passwords lie there. One of ours that was made before is closed to others by Chrome itself.
    const Error failed = platform::make_private_folder(profile_, profile_readable);
    if (failed) return "The profile folder cannot be used: " + platform::explain_refusal(profile_, failed) + ".";
    return {};
}

/// Chrome keeps the socket of its profile's lock in the temporary folder: in one of ours it goes when the folder goes.
std::string LaunchSource::place_for_sockets() {
    std::error_code failed;
    auto place = folder_->path() / "tmp";
    if (place.string().size() <= longest_temporary_path && fs::create_directory(place, failed)) return place.string();
    auto folder = TemporaryFolder::create(short_base);
    if (!folder) return {};
    short_folder_.emplace(std::move(*folder));
    return short_folder_->path().string();
}

Result<Opened> LaunchSource::spawn(const FoundBrowser& browser) {
    auto commands = platform::make_pipe();
    if (!commands) return commands.error();
    auto answers = platform::make_pipe();
    if (!answers) return answers.error();
    auto said = platform::make_pipe();
    if (!said) return said.error();
    enlarge(*commands);
    enlarge(*answers);

    platform::ProcessOptions options;
    options.arguments = launch_arguments(settings_, browser.path, profile_);
    options.environment = launch_environment(settings_, browser, temporary_, folder_->path().string());
    options.descriptors = {{2, said->write.get()}, {3, commands->read.get()}, {4, answers->write.get()}};
    options.death_signal = SIGKILL;
    options.bears_full_files = true;
    said_.clear();
    ended_.reset();
    // The pipe's end and the death signal reach the browser itself; its children follow it only while they run, and a
    // stopped one would stay for ever. Its crash handlers are not of its group: they have the folder's name.
    options.before_exec = [this](pid_t group) { guard_.emplace(executor_, group, folder_->path().string()); };
    Fence fence;
    auto process = spawn_fenced(options, fence);
    if (!process) {
        guard_.reset();
        return process.error();
    }
    process_.emplace(std::move(*process));
    started_ = BootClock::now();
    executable_.clear();
    pipes_ = std::make_unique<Pipes>(executor_, std::move(said->read));

    Opened opened;
    opened.fence = std::move(fence);
    opened.transport =
        make_pipe_transport(executor_, std::move(answers->read), std::move(commands->write), max_pipe_message_bytes);
    return opened;
}

/// A browser that cannot be fenced as one would like starts all the same.
Result<platform::Process> LaunchSource::spawn_fenced(platform::ProcessOptions& options, Fence& fence) {
    const auto stage = folder_->path() / "stage";
    std::error_code failed;
    fs::create_directory(stage, failed);
    std::vector<std::string> needed{folder_->path().string(), profile_};
    if (!temporary_.empty()) needed.push_back(temporary_);
    FencePlan plan{settings_, browser_, needed, stage.string()};
    for (;;) {
        options.enclosure = plan.enclosure();
        auto process = platform::Process::spawn(executor_, options);
        if (!process) guard_.reset();
        if (!process && plan.next_way()) continue;
        fence = plan.outcome();
        const auto before = std::exchange(unfenced_, fence.problem);
        if (unfenced_ != before && !unfenced_.empty()) platform::log::warning("{}", unfenced_);
        return process;
    }
}

awaitable<void> LaunchSource::watch(std::function<void(Error)> ended, std::function<bool()> idle) {
    auto follow = [this, ended]() -> awaitable<void> {
        const auto status = co_await process_->wait();
        if (status) {
            ended_ = *status;
            ended(Errc::connection_ended);
        }
        platform::Timer never{executor_, TimePoint::max()};
        co_await never.async_wait(no_throw);
    };
    auto ageing = watch_age(std::move(ended), std::move(idle));
    co_await (drain_stderr() && follow() && std::move(ageing));
}

/// Read all the time: a browser whose standard error is full stands still.
awaitable<void> LaunchSource::drain_stderr() {
    char piece[4096];
    for (;;) {
        auto [ec, count] = co_await pipes_->said.async_read_some(net::buffer(piece), no_throw);
        if (ec) co_return;
        said_.append(piece, count);
        if (said_.size() > said_limit) said_.erase(0, said_.size() - said_limit / 2);
    }
}

void LaunchSource::read_the_rest_of_stderr() {
    Error ec;
    pipes_->said.non_blocking(true, ec);
    char piece[4096];
    for (;;) {
        const auto count = pipes_->said.read_some(net::buffer(piece), ec);
        if (ec || said_.size() > said_limit) return;
        said_.append(piece, count);
    }
}

awaitable<void> LaunchSource::watch_age(std::function<void(Error)> ended, std::function<bool()> idle) {
    platform::Timer timer{executor_};
    const bool may_restart = settings_.restart_after > Duration::zero() || settings_.restart_above_bytes > 0 ||
                             settings_.restart_when_updated;
    for (;;) {
        timer.expires_at(may_restart ? BootClock::now() + settings_.restart_check_every : TimePoint::max());
        auto [ec] = co_await timer.async_wait(no_throw);
        if (ec) co_return;
        if (executable_.empty()) {  // not at the start: a wrapper script has to exec the browser first
            executable_ = executable_of(process_->pid());
            executable_time_ = changed_at(executable_);
        }
        if (idle() && restart_due()) ended(Errc::planned_restart);
    }
}

bool LaunchSource::restart_due() const {
    if (settings_.restart_after > Duration::zero() && BootClock::now() - started_ >= settings_.restart_after)
        return true;
    if (settings_.restart_when_updated && !executable_.empty() &&
        (executable_of(process_->pid()) != executable_ || changed_at(executable_) != executable_time_)) {
        return true;
    }
    return settings_.restart_above_bytes > 0 && platform::group_memory(process_->pid()) > settings_.restart_above_bytes;
}

awaitable<bool> LaunchSource::exits_within(Duration limit) {
    platform::Timer timer{executor_};
    timer.expires_after(limit);
    auto done = co_await (process_->wait() || timer.async_wait(no_throw));
    const auto* status = std::get_if<0>(&done);
    if (status != nullptr && *status) ended_ = **status;
    co_return ended_.has_value();
}

awaitable<std::string> LaunchSource::close(Error why, bool answered) {
    if (!process_) co_return std::string{};
    // The pipe is closed already, which asks Chrome to end. What ended by itself has a moment to say how.
    if (!ended_) {
        const bool by_itself = why == Errc::connection_ended;
        if (!by_itself) process_->signal(SIGTERM);
        const bool exited = co_await exits_within(settings_.stop_grace);
        if (!exited) {
            process_->signal_group(SIGKILL);
            co_await exits_within(dying_time);
        }
    }
    read_the_rest_of_stderr();
    co_await remove_traces();
    auto sentence = why == Errc::connection_ended || why == Errc::start_timeout ? explain({}, answered) : std::string{};
    pipes_.reset();
    guard_.reset();
    process_.reset();
    co_return sentence;
}

/// Chrome's children end when they see that their parent has: that takes a moment, and only then the folder stays gone.
awaitable<void> LaunchSource::remove_traces() {
    process_->signal_group(SIGKILL);
    const auto limit = BootClock::now() + dying_time;
    platform::Timer timer{executor_};
    for (;;) {
        // A named profile is not looked for: another browser, not ours, may stand on it.
        const auto left = processes_in(folder_->path());
        for (const auto pid : left) ::kill(pid, SIGKILL);
        if ((left.empty() && folder_->remove()) || BootClock::now() > limit) break;
        timer.expires_after(traces_check);
        auto [ec] = co_await timer.async_wait(no_throw);
        if (ec) break;
    }
    folder_.reset();
    short_folder_.reset();
}

std::string LaunchSource::explain(std::string exec_error, bool answered) {
    LaunchFacts facts;
    facts.binary = browser_.path;
    facts.profile = profile_;
    facts.said = said_;
    facts.exec_error = exec_error;
    const auto ended = ended_ ? ended_->describe() : std::string{};
    facts.ended = ended;
    facts.exit_status = ended_ ? ended_->code : 0;
    facts.signalled = ended_ && ended_->signalled;
    facts.answered = answered;
    facts.as_root = ::geteuid() == 0;
    facts.snap = browser_.snap;
    facts.container = in_container();
    facts.user_namespaces_barred = user_namespaces_barred();
    facts.shared_memory = shared_memory();
    facts.open_files = platform::open_files_limit();
    cause_ = cause_of_launch(facts);
    return platform::clean(explain_launch(facts), 1000);
}

std::unique_ptr<Source> make_launch_source(const net::any_io_executor& executor, const Settings& settings) {
    return std::make_unique<LaunchSource>(executor, settings);
}

}  // namespace cdp
