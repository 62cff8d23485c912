// What lets the next `agent --call` resume TLS with a device: one private file a device, beside known_devices. It
// counts for the two keys that it was made between and for no others. Losing it costs a full handshake and nothing
// else, so no failure is reported. All calls block for a moment.
#pragma once

#include <filesystem>
#include <string>

#include "platform/core/public_key.hpp"
#include "platform/secret.hpp"

namespace bridge {

class SessionFile {
  public:
    /// `folder`: where the controller keeps what is its own. `uuid` of the device, as Controller::find() gives it.
    SessionFile(const std::filesystem::path& folder, const std::string& uuid);

    const std::filesystem::path& path() const noexcept { return path_; }

    /// As platform::SealedConnection::take_session() gave it. Empty: there is none for these keys.
    platform::Secret read(const platform::PublicKey& own, const platform::PublicKey& far) const;
    void keep(const platform::PublicKey& own, const platform::PublicKey& far, const platform::Secret& session);
    void forget();

  private:
    std::filesystem::path path_;  // empty: the uuid is no name of a file
};

}  // namespace bridge
