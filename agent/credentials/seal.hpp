// The key that seals the stored credential, where one is configured. Thread rule: any thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "agent/credentials/credential.hpp"
#include "platform/core/result.hpp"

namespace credentials {

class Seal {
  public:
    /// `key_file`: an AES-256 key (32 bytes or 64 hex digits); empty: nothing is sealed.
    explicit Seal(std::filesystem::path key_file) : key_file_(std::move(key_file)) {}

    bool is_on() const noexcept { return !key_file_.empty(); }

    /// Proves that it can seal; a key is made where none was. Errc::key_missing, Errc::key_wrong.
    Error prove() const;

    /// The text to be written: sealed where it is on.
    Result<Secret> close(Secret text) const;

    /// The text that was written, sealed or not.
    Result<Secret> open(Secret text) const;

    /// A wipe destroys the key. One that a service manager hands in is not ours to erase: the sealed text is gone all
    /// the same, and nothing is said.
    void destroy() const;

  private:
    Result<Secret> key(bool make) const;

    std::filesystem::path key_file_;
};

}  // namespace credentials
