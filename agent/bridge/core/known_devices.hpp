// The file known_devices: which public key each far device has, as this controller met it first. Like OpenSSH's
// known_hosts, a line a device:
//
//     UUID ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI… NAME
//
// Blank lines and lines that begin with # are kept as they are. A line that cannot be read makes the whole file
// unusable: a device whose line is skipped would be spoken to without its key. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/bridge/core/choose_device.hpp"
#include "platform/core/public_key.hpp"

namespace bridge {

struct KnownDevice {
    std::string uuid;  // lower case, with dashes
    platform::PublicKey key;
    std::string name;  // that it was used by last; may be empty
};

struct KnownDevices {
    std::vector<KnownDevice> devices;
    std::string wrong;  // a sentence with the line's number; empty: the file is good

    /// Null: not known.
    const KnownDevice* find(std::string_view uuid) const;
    /// The backend says which device a name means, and is not believed where that device is not known, and the name is
    /// that of another one that is. `device.name` as known_name() gives it (bridge/known_file). Null: there is none.
    const KnownDevice* other_of_that_name(const Device& device) const;
};

KnownDevices read_known_devices(std::string_view text);

/// The file's text with the device's line in it: at its end, or in place of the line that the device has.
std::string with_known_device(std::string_view text, const KnownDevice& device);

/// The file's text without the device's line; nothing: it has none.
std::optional<std::string> without_known_device(std::string_view text, std::string_view uuid);

}  // namespace bridge
