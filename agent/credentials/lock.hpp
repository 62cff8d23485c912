// The lock file that keeps several processes apart, and what its holder wrote into it.
#pragma once

#include <filesystem>
#include <optional>

#include "agent/credentials/store_errors.hpp"
#include "platform/core/result.hpp"

namespace credentials {

/// The lock that refresh, wipe and pairing of all processes take. Freed on destruction or with the process.
class Lock {
  public:
    /// Errc::locked when another holder (of this process too) has it. Never waits.
    static Result<Lock> try_take(const std::filesystem::path& file);
    /// Waits for it: for one-shot commands, not for the loop.
    static Result<Lock> take(const std::filesystem::path& file);
    Lock(Lock&& other) noexcept;
    Lock& operator=(Lock&& other) noexcept;
    ~Lock();

    /// What the holder of a lock file wrote into it: for the refusal's text, and for who looks for the running agent.
    struct Signature {
        long pid = 0;
        std::filesystem::path socket;  // where it answers; empty: nowhere, or it is of an earlier release
    };
    static std::optional<Signature> holder(const std::filesystem::path& file);
    /// The signature of a process that holds the lock now. It is looked at and not taken: who takes it meanwhile gets
    /// it.
    static std::optional<Signature> present_holder(const std::filesystem::path& file);
    /// Writes our pid into it, and where we answer.
    void sign(const std::filesystem::path& socket = {});

    bool held() const noexcept { return descriptor_ >= 0; }

  private:
    explicit Lock(int descriptor) noexcept : descriptor_(descriptor) {}
    int descriptor_ = -1;
};

}  // namespace credentials
