// How much memory a process held at most, as the kernel counts it.
#pragma once

#include <sys/types.h>

#include <fstream>
#include <string>

namespace support {

/// A file of the process in /proc. 0: of this process.
inline std::string place_of(pid_t pid, const char* name) {
    return "/proc/" + (pid == 0 ? std::string{"self"} : std::to_string(pid)) + "/" + name;
}

/// The greatest resident size since the last forget_peak(), in bytes; 0: there is no such process.
inline std::size_t peak_memory(pid_t pid = 0) {
    std::ifstream status{place_of(pid, "status")};
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * 1024;
    }
    return 0;
}

inline void forget_peak(pid_t pid = 0) {
    std::ofstream{place_of(pid, "clear_refs")} << "5";
}

// What may be held besides what is measured, and what may be kept when all is done. The sanitizer holds freed memory
// back for a while.
#ifdef __SANITIZE_ADDRESS__
inline constexpr std::size_t memory_slack = std::size_t{1} << 30;
inline constexpr std::size_t memory_kept = memory_slack;
#else
inline constexpr std::size_t memory_slack = std::size_t{12} << 20;
inline constexpr std::size_t memory_kept = std::size_t{8} << 20;
#endif

}  // namespace support
