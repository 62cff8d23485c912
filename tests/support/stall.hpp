// A disk that does not answer, for one file: who opens it to write waits in the kernel. It is a lease (fcntl(2)) on the
// file, which an open breaks: the kernel holds the open until the lease is given up, 45 s at most.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

namespace tests {

class Stall {
  public:
    explicit Stall(const std::filesystem::path& file)
        : fd_{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR)} {
        // Told by a signal that nobody minds; the usual one ends a process.
        held_ = ::fcntl(fd_, F_SETSIG, SIGURG) == 0 && ::fcntl(fd_, F_SETLEASE, F_WRLCK) == 0;
    }
    ~Stall() { ::close(fd_); }
    Stall(const Stall&) = delete;
    Stall& operator=(const Stall&) = delete;

    /// False: this file system has no leases.
    bool held() const { return held_; }
    /// Somebody waits for it.
    bool waited_for() const { return held_ && ::fcntl(fd_, F_GETLEASE) != F_WRLCK; }
    void release() { ::fcntl(fd_, F_SETLEASE, F_UNLCK); }

  private:
    int fd_;
    bool held_ = false;
};

}  // namespace tests
