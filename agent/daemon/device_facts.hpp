// What the backend said last about this device beside its channel: the name in its row, and its effective settings.
// Kept over restarts in the state folder, gone with a wipe. Settings come from outside: they are shown and handed to a
// hook, and nothing here or elsewhere obeys them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::daemon {

struct DeviceFacts {
    std::string device_uuid;
    std::optional<std::string> name;      // in its row; nothing: the row was never seen
    std::optional<std::string> settings;  // JSON text of an object; nothing: never fetched
};

/// The answer to the question for settings may have so many bytes.
inline constexpr std::size_t settings_bytes = std::size_t{256} << 10;
/// The file: settings and a row's name.
inline constexpr std::size_t facts_bytes = 2 * settings_bytes;

/// The kept facts of that device; of another device, or where the text cannot be read: none.
DeviceFacts read_facts(std::string_view text, std::string_view device_uuid);
std::string facts_text(const DeviceFacts& facts);

/// Whether a setting may be a secret, by its name or by what its text looks like. Better one too many: such values are
/// neither logged nor shown.
bool looks_secret(std::string_view name, std::string_view text);

/// One line for each field that differs, "theme: \"dark\" -> \"light\"", nested ones as "a.b"; made fit for the log.
/// More than `most` lines end with one that counts the rest.
inline constexpr std::size_t changes_most = 40;
std::vector<std::string> setting_changes(std::string_view before, std::string_view after,
                                         std::size_t most = changes_most);

/// The settings with "(hidden)" in place of what looks secret: JSON text of an object.
std::string shown_settings(std::string_view settings);

}  // namespace agent::daemon
