#ifdef __APPLE__
#include "platform/log/journal.hpp"

namespace platform::log {

bool stderr_is_journal() {
    return false;
}
void send_to_journal(Level, std::string_view, const std::vector<Field>&) {}

}  // namespace platform::log
#endif
