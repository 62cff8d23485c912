#include "platform/linux/libsystemd.hpp"

#include <dlfcn.h>

namespace platform::libsystemd {
namespace {

template <typename Function>
void look_up(void* library, const char* name, Function*& result) {
    result = reinterpret_cast<Function*>(::dlsym(library, name));
}

}  // namespace

Library load(const char* name) {
    Library found;
    void* const library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == nullptr) return found;
    look_up(library, "sd_notify", found.notify);
    look_up(library, "sd_watchdog_enabled", found.watchdog_enabled);
    look_up(library, "sd_journal_sendv", found.journal_sendv);
    return found;
}

const Library& library() {
    static const Library systems = load("libsystemd.so.0");
    return systems;
}

}  // namespace platform::libsystemd
