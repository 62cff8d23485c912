#include "agent/credentials/device_memory.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/credentials/lock.hpp"
#include "agent/credentials/store_errors.hpp"
#include "agent/credentials/store_files.hpp"
#include "platform/file.hpp"
#include "platform/json/core/slice.hpp"
#include "platform/json/tree.hpp"

namespace credentials {
namespace {

/// The last join in the file of an earlier release: a number of milliseconds and nothing else.
constexpr std::size_t last_heard_bytes = 32;

WallMillis from_milliseconds(std::int64_t number) {
    return WallMillis(std::chrono::milliseconds(number));
}

std::optional<WallMillis> time_in(const nlohmann::json& tree, const char* milliseconds, const char* seconds) {
    if (const auto number = platform::get_integer(tree, milliseconds)) return from_milliseconds(*number);
    const auto number = platform::get_integer(tree, seconds);
    return number ? std::optional<WallMillis>(std::chrono::seconds(*number)) : std::nullopt;
}

std::optional<LastJoin> read_state(const std::filesystem::path& folder) {
    const auto text = platform::read_file(folder / files::state, files::small_bytes);
    if (!text) return std::nullopt;
    const auto tree = platform::parse_json(*text);
    if (!tree) return std::nullopt;
    const auto joined = time_in(*tree, "joined_at_ms", "joined_at");
    if (!joined) return std::nullopt;
    return LastJoin{*joined, time_in(*tree, "caught_up_ms", "joined_at").value_or(*joined),
                    platform::get_string(*tree, "device").value_or("")};
}

std::optional<WallMillis> read_last_heard(const std::filesystem::path& folder) {
    const auto text = platform::read_file(folder / files::last_heard, last_heard_bytes);
    std::uint64_t number = 0;
    if (!text || !platform::read_unsigned(*text, number)) return std::nullopt;
    return from_milliseconds(static_cast<std::int64_t>(number));
}

}  // namespace

std::optional<LastJoin> DeviceMemory::last_join() const {
    auto join = read_state(folder_);
    const auto heard = read_last_heard(folder_);
    if (!heard) return join;
    if (!join) join.emplace();
    join->joined = std::max(join->joined, *heard);
    join->caught_up = std::max(join->caught_up, *heard);
    return join;
}

Error DeviceMemory::note_join(const LastJoin& join) const {
    const nlohmann::json tree = {{"joined_at_ms", join.joined.time_since_epoch().count()},
                                 {"caught_up_ms", join.caught_up.time_since_epoch().count()},
                                 {"device", join.device}};
    if (const Error ec = write(files::state, platform::to_text(tree) + "\n")) return ec;
    return platform::remove_file(folder_ / files::last_heard);
}

std::optional<std::string> DeviceMemory::facts(std::size_t max_bytes) const {
    auto text = platform::read_file(folder_ / files::facts, max_bytes);
    if (!text) return std::nullopt;
    return std::move(*text);
}

Error DeviceMemory::save_facts(std::string_view text) const {
    return write(files::facts, text);
}

Error DeviceMemory::write(std::string_view name, std::string_view text) const {
    // A wipe that comes while we write cannot take the lock: its marker stays, and who finishes it erases this file
    // too.
    const auto lock = Lock::try_take(folder_ / files::lock);
    if (!lock) return lock.error();
    if (marker_.is_there()) return Errc::wiped;
    return platform::write_file(folder_ / name, text);
}

}  // namespace credentials
