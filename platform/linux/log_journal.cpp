#include "platform/log/journal.hpp"

#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "platform/linux/libsystemd.hpp"

namespace platform::log {
namespace {

int priority_of(Level level) {
    switch (level) {
        case Level::debug:
            return LOG_DEBUG;
        case Level::info:
            return LOG_INFO;
        case Level::warning:
            return LOG_WARNING;
        case Level::error:
        case Level::off:
            return LOG_ERR;
    }
    return LOG_ERR;
}

}  // namespace

bool stderr_is_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat about {};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &about) != 0) return false;
    if (std::to_string(about.st_dev) + ":" + std::to_string(about.st_ino) != stream) return false;
    return libsystemd::library().journal_sendv != nullptr;  // else the lines go to stderr, as text
}

void send_to_journal(Level level, std::string_view text, const std::vector<Field>& fields) {
    std::vector<std::string> lines{"MESSAGE=" + std::string(text), "PRIORITY=" + std::to_string(priority_of(level)),
                                   "SYSLOG_IDENTIFIER=bmc-agent"};
    for (const auto& [name, value] : fields) lines.push_back(std::string(name) + "=" + std::string(value));
    std::vector<iovec> parts;
    for (auto& line : lines) parts.push_back({line.data(), line.size()});
    if (libsystemd::library().journal_sendv != nullptr)
        libsystemd::library().journal_sendv(parts.data(), static_cast<int>(parts.size()));
}

}  // namespace platform::log
