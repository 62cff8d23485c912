#include "cdp/launch.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>

#include "cdp/core/explain.hpp"
#include "cdp/error.hpp"
#include "cdp/fence.hpp"
#include "cdp/leftovers.hpp"
#include "cdp/machine_facts.hpp"
#include "platform/log/log.hpp"
#include "platform/process/inherited.hpp"
#include "platform/process/pipe.hpp"
#include "platform/text.hpp"
#include "platform/wait.hpp"

namespace cdp {
namespace {

namespace fs = std::filesystem;
using namespace net::experimental::awaitable_operators;
using platform::BootClock;

constexpr int pipe_capacity = 1 << 20;  // the most that an ordinary user may ask for
constexpr Duration dying_time = 3s;     // after SIGKILL, for the system to clear the processes away
constexpr Duration traces_check = 20ms;

/// Fewer, larger reads; the usual size works too.
void enlarge([[maybe_unused]] const platform::Pipe& pipe) {
#ifdef F_SETPIPE_SZ
    ::fcntl(pipe.write.get(), F_SETPIPE_SZ, pipe_capacity);
#endif
}

}  // namespace

LaunchSource::LaunchSource(net::any_io_executor executor, const Settings& settings)
    : executor_{std::move(executor)}, settings_{settings}, folders_{settings} {}

LaunchSource::~LaunchSource() = default;

/// On the worker.
LaunchSource::Prepared LaunchSource::prepare() {
    auto found = find_browser(settings_.browser_path);
    auto problem = found ? folders_.prepare(found->snap) : std::string{};
    return {std::move(found), std::move(problem)};
}

awaitable<Opened> LaunchSource::open() {
    Opened opened;
    auto prepare_it = [this] { return prepare(); };
    auto preparing = platform::run_blocking(disk_, std::move(prepare_it));
    auto prepared = co_await std::move(preparing);
    if (!prepared) {
        opened.error = prepared.error();
        co_return opened;
    }
    const auto& found = prepared->browser;
    if (!found) {
        opened.error = found.error();
        opened.problem = settings_.browser_path.empty()
                             ? "No Chrome or Chromium was found: install one, or set browser.path."
                             : "The browser " + settings_.browser_path + " is missing or may not be run by this user.";
        co_return opened;
    }
    browser_ = *found;
    opened.problem = std::move(prepared->problem);
    if (!opened.problem.empty()) {
        opened.error = Errc::not_found;
        cause_ = LaunchCause::profile_not_writable;
        co_return opened;
    }
    auto spawned = spawn(browser_);
    if (spawned) co_return std::move(*spawned);
    opened.error = spawned.error();
    opened.problem = explain(spawned.error().message(), false);
    folders_.forget();
    co_return opened;
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
    options.arguments = launch_arguments(settings_, browser.path, folders_.profile());
    options.environment = launch_environment(settings_, browser, folders_.sockets(), folders_.temporary().string());
    options.descriptors = {{2, said->write.get()}, {3, commands->read.get()}, {4, answers->write.get()}};
    options.death_signal = SIGKILL;
    options.bears_full_files = true;
    said_.reset();
    ended_.reset();
    // The pipe's end and the death signal reach the browser itself; its children follow it only while they run, and a
    // stopped one would stay for ever. Its crash handlers are not of its group: they have the folder's name.
    options.before_exec = [this](pid_t group) { guard_.emplace(executor_, group, folders_.temporary().string()); };
    Fence fence;
    auto process = spawn_fenced(options, fence);
    if (!process) {
        guard_.reset();
        return process.error();
    }
    process_.emplace(std::move(*process));
    age_.emplace(settings_, process_->pid(), BootClock::now());
    said_.emplace(executor_, std::move(said->read));

    Opened opened;
    opened.fence = std::move(fence);
    opened.transport =
        make_pipe_transport(executor_, std::move(answers->read), std::move(commands->write), max_pipe_message_bytes);
    return opened;
}

/// A browser that cannot be fenced as one would like starts all the same.
Result<platform::Process> LaunchSource::spawn_fenced(platform::ProcessOptions& options, Fence& fence) {
    const auto stage = folders_.temporary() / "stage";
    std::error_code failed;
    fs::create_directory(stage, failed);
    std::vector<std::string> needed{folders_.temporary().string(), folders_.profile()};
    if (!folders_.sockets().empty()) needed.push_back(folders_.sockets());
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
        co_await platform::expiry(never);
    };
    auto ageing = watch_age(std::move(ended), std::move(idle));
    co_await (said_->follow() && follow() && std::move(ageing));
}

awaitable<void> LaunchSource::watch_age(std::function<void(Error)> ended, std::function<bool()> idle) {
    platform::Timer timer{executor_};
    const bool may_restart = BrowserAge::matters(settings_);
    for (;;) {
        timer.expires_at(may_restart ? BootClock::now() + settings_.restart_check_every : TimePoint::max());
        auto [ec] = co_await timer.async_wait(no_throw);
        if (ec) co_return;
        age_->note_binary();
        if (idle() && age_->restart_due(BootClock::now())) ended(Errc::planned_restart);
    }
}

awaitable<bool> LaunchSource::exits_within(Duration limit) {
    platform::Timer timer{executor_};
    timer.expires_after(limit);
    auto exiting = platform::within(timer, process_->wait());
    const auto status = co_await std::move(exiting);
    if (status && *status) ended_ = **status;
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
    said_->read_the_rest();
    co_await remove_traces();
    auto sentence = why == Errc::connection_ended || why == Errc::start_timeout ? explain({}, answered) : std::string{};
    said_.reset();
    age_.reset();
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
        auto remove = [this] { return remove_left(); };
        auto removing = platform::run_blocking(disk_, std::move(remove));
        const auto gone = co_await std::move(removing);
        if (!gone) co_return;  // cancelled: what is left goes with the next start, or with us
        if (*gone || BootClock::now() > limit) break;
        timer.expires_after(traces_check);
        auto [ec] = co_await timer.async_wait(no_throw);
        if (ec) co_return;
    }
    auto forget = [this] { folders_.forget(); };
    auto forgetting = platform::run_blocking(disk_, std::move(forget));
    co_await std::move(forgetting);
}

/// On the worker. Whether nothing is left. A named profile is not looked for: another browser, not ours, may stand on
/// it.
bool LaunchSource::remove_left() {
    const auto left = processes_in(folders_.temporary());
    for (const auto pid : left) ::kill(pid, SIGKILL);
    return left.empty() && folders_.remove();
}

std::string LaunchSource::explain(std::string exec_error, bool answered) {
    LaunchFacts facts;
    facts.binary = browser_.path;
    facts.profile = folders_.profile();
    if (said_) facts.said = said_->text();
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
