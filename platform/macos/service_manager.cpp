#ifdef __APPLE__
#include "platform/service_manager.hpp"

#include <unistd.h>

// launchd asks for nothing: a process that runs is ready, and launchd has neither a status line nor a watchdog.
namespace platform::service_manager {

void ready(std::string_view) {}
void reloading() {}
void stopping() {}
void status(std::string_view) {}
void alive() {}
void failed(std::string_view) {}
std::optional<Duration> watchdog_interval() {
    return std::nullopt;
}
bool managed() noexcept {
    return ::getppid() == 1;
}

}  // namespace platform::service_manager
#endif
