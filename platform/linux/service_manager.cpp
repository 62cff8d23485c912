#include "platform/service_manager.hpp"

#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "platform/linux/libsystemd.hpp"
#include "platform/text.hpp"

namespace platform::service_manager {
namespace {

/// STATUS= lines longer than this are cut: systemctl shows one line.
constexpr std::size_t status_bytes = 400;

/// The environment is kept: hooks get another, clean one, and a later message needs the socket's name again.
void notify(const std::string& message) {
    if (std::getenv("NOTIFY_SOCKET") == nullptr || libsystemd::library().notify == nullptr) return;
    libsystemd::library().notify(0, message.c_str());
}

}  // namespace

void ready(std::string_view line) {
    notify("READY=1\nSTATUS=" + clean(line, status_bytes));
}

void reloading() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const auto microseconds = static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1'000;
    notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void stopping() {
    notify("STOPPING=1");
}

void status(std::string_view line) {
    notify("STATUS=" + clean(line, status_bytes));
}

void alive() {
    notify("WATCHDOG=1");
}

void failed(std::string_view line) {
    notify("STATUS=" + clean(line, status_bytes));
}

std::optional<Duration> watchdog_interval() {
    std::uint64_t microseconds = 0;
    if (std::getenv("NOTIFY_SOCKET") == nullptr || libsystemd::library().watchdog_enabled == nullptr)
        return std::nullopt;
    if (libsystemd::library().watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
    return std::chrono::microseconds(microseconds) / 2;
}

bool managed() noexcept {
    // INVOCATION_ID alone says little: a person's shell inherits it from the session's own unit.
    return std::getenv("NOTIFY_SOCKET") != nullptr || (std::getenv("INVOCATION_ID") != nullptr && ::getppid() == 1);
}

}  // namespace platform::service_manager
