#include "platform/process/pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "platform/os_error.hpp"

namespace platform {

Result<Pipe> make_pipe() {
    int ends[2];
#ifdef __linux__
    if (::pipe2(ends, O_CLOEXEC) != 0) return last_error();
#else
    if (::pipe(ends) != 0) return last_error();
    for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
#endif
    return Pipe{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

}  // namespace platform
