#include "cdp/browser_age.hpp"

#include <sys/stat.h>

#include <filesystem>

#include "platform/process/process.hpp"

namespace cdp {
namespace {

std::string binary_of(pid_t pid) {
    std::error_code failed;
    return std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", failed).string();
}

std::int64_t changed_at(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? static_cast<std::int64_t>(status.st_mtime) : 0;
}

}  // namespace

bool BrowserAge::matters(const Settings& settings) noexcept {
    return settings.restart_after > Duration::zero() || settings.restart_above_bytes > 0 ||
           settings.restart_when_updated;
}

void BrowserAge::note_binary() {
    if (!binary_.empty()) return;
    binary_ = binary_of(pid_);
    binary_time_ = changed_at(binary_);
}

bool BrowserAge::restart_due(TimePoint now) const {
    if (settings_.restart_after > Duration::zero() && now - started_ >= settings_.restart_after) return true;
    if (settings_.restart_when_updated && updated()) return true;
    return settings_.restart_above_bytes > 0 && platform::group_memory(pid_) > settings_.restart_above_bytes;
}

bool BrowserAge::updated() const {
    return !binary_.empty() && (binary_of(pid_) != binary_ || changed_at(binary_) != binary_time_);
}

}  // namespace cdp
