#include "tests/support/child.hpp"

#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <csignal>
#include <stdexcept>

#include "platform/process/pipe.hpp"

namespace support {
namespace {

std::vector<std::string> environment_of(const std::vector<std::string>& more) {
    auto all = more;
    for (auto& entry : platform::pick_environment({"PATH", "HOME", "TMPDIR", "USER", "LANG", "ASAN_OPTIONS",
                                                   "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"})) {
        const auto name = entry.substr(0, entry.find('=') + 1);
        const auto same = [&](const std::string& given) { return given.starts_with(name); };
        if (std::none_of(more.begin(), more.end(), same)) all.push_back(std::move(entry));
    }
    return all;
}

}  // namespace

bool run_until(net::io_context& io, const std::function<bool()>& done, std::chrono::milliseconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    if (io.stopped()) io.restart();
    while (!done()) {
        const auto now = std::chrono::steady_clock::now();
        if (now >= end) return false;
        const auto slice = std::min<std::chrono::steady_clock::duration>(end - now, 50ms);
        io.run_one_for(slice);
        if (io.stopped()) io.restart();
    }
    return true;
}

Child::Child(net::io_context& io, ChildOptions options) : io_{io} {
    auto out = platform::make_pipe();
    auto in = platform::make_pipe();
    if (!out || !in) throw std::runtime_error{"there is no pipe for a child"};
    platform::ProcessOptions spawn;
    spawn.arguments = std::move(options.arguments);
    spawn.environment = environment_of(options.environment);
    spawn.descriptors = {{0, in->read.get()}, {1, out->write.get()}, {2, out->write.get()}};
    spawn.death_signal = SIGKILL;
    auto process = platform::Process::spawn(io.get_executor(), spawn);
    in->read.reset();
    out->write.reset();
    if (!process) throw std::runtime_error{spawn.arguments[0] + ": " + process.error().message()};
    process_.emplace(std::move(*process));
    if (!options.input.empty() && ::write(in->write.get(), options.input.data(), options.input.size()) < 0) {
        ADD_FAILURE() << "the child does not read its standard input";
    }
    in->write.reset();
    out_ = std::make_unique<net::posix::stream_descriptor>(io, out->read.release());
    loops_ = 2;
    net::co_spawn(
        io, [this]() -> awaitable<void> { return read(); }, rethrow);
    net::co_spawn(
        io, [this]() -> awaitable<void> { return reap(); }, rethrow);
}

Child::~Child() {
    if (!status_) {
        process_->signal_group(SIGKILL);
        process_->signal(SIGKILL);
    }
    out_->cancel();
    run_until(io_, [this] { return loops_ == 0; });
    if (::testing::Test::HasFailure()) std::fprintf(stderr, "---- output of pid %d\n%s----\n", pid(), text_.c_str());
}

awaitable<void> Child::read() {
    char buffer[8192];
    for (;;) {
        auto [ec, n] = co_await out_->async_read_some(net::buffer(buffer), no_throw);
        if (ec) break;
        text_.append(buffer, n);
    }
    --loops_;
}

awaitable<void> Child::reap() {
    auto status = co_await process_->wait();
    status_ = status ? *status : platform::ExitStatus{};
    --loops_;
}

pid_t Child::pid() const {
    return process_->pid();
}

bool Child::wait_for(std::string_view text, std::chrono::milliseconds limit) {
    return run_until(
        io_, [&] { return said(text); }, limit);
}

std::optional<std::string> Child::line(std::string_view prefix, std::chrono::milliseconds limit) {
    std::optional<std::string> found;
    const auto look = [&] {
        for (std::size_t at = 0; at < text_.size();) {
            const auto end = text_.find('\n', at);
            if (end == std::string::npos) return false;
            if (text_.compare(at, prefix.size(), prefix) == 0) {
                found = text_.substr(at, end - at);
                return true;
            }
            at = end + 1;
        }
        return false;
    };
    run_until(io_, look, limit);
    return found;
}

void Child::signal(int number) {
    process_->signal(number);
}

std::optional<platform::ExitStatus> Child::wait(std::chrono::milliseconds limit) {
    run_until(
        io_, [this] { return status_.has_value(); }, limit);
    if (!status_) return status_;
    // All that it wrote is in the pipe, or in a read that has ended and not been told of.
    const auto taken = [this] {
        int waiting = 0;
        return ::ioctl(out_->native_handle(), FIONREAD, &waiting) != 0 || waiting == 0;
    };
    run_until(io_, taken, limit);
    io_.restart();
    io_.poll();
    return status_;
}

}  // namespace support
