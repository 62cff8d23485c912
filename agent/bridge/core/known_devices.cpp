#include "agent/bridge/core/known_devices.hpp"

#include <algorithm>

#include "agent/relay/core/authorized_keys.hpp"

namespace bridge {
namespace {

constexpr std::size_t uuid_chars = 36;

bool is_lower_hex(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool is_known_uuid(std::string_view text) noexcept {
    if (text.size() != uuid_chars) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !is_lower_hex(text[i])) return false;
    }
    return true;
}

/// The next word, which is taken off `rest`.
std::string_view take_word(std::string_view& rest) noexcept {
    constexpr std::string_view blank = " \t";
    rest.remove_prefix(std::min(rest.find_first_not_of(blank), rest.size()));
    const auto word = rest.substr(0, rest.find_first_of(blank));
    rest.remove_prefix(word.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(blank), rest.size()));
    return word;
}

/// The next line without its end, which is taken off `rest`.
std::string_view take_line(std::string_view& rest) noexcept {
    const auto end = rest.find('\n');
    auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

bool tells_a_device(std::string_view line) noexcept {
    const auto word = take_word(line);
    return !word.empty() && !word.starts_with('#');
}

/// Empty: the line is good, and `out` is what it says.
std::string read_known_line(std::string_view line, KnownDevice& out) {
    const auto uuid = take_word(line);
    if (!is_known_uuid(uuid)) return "it does not begin with a device's uuid in lower case";
    const auto read = relay::read_key_line(line);
    if (!read.wrong.empty()) return "it " + read.wrong;
    if (!read.key) return "it has no key";
    out = {std::string{uuid}, read.key->key, read.key->name};
    return {};
}

std::string known_line(const KnownDevice& device) {
    std::string line = device.uuid + " " + platform::openssh_line(device.key, device.name);
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return line + "\n";
}

}  // namespace

const KnownDevice* KnownDevices::find(std::string_view uuid) const {
    const auto is_it = [uuid](const KnownDevice& device) { return device.uuid == uuid; };
    const auto found = std::find_if(devices.begin(), devices.end(), is_it);
    return found == devices.end() ? nullptr : &*found;
}

const KnownDevice* KnownDevices::other_of_that_name(const Device& device) const {
    if (device.name.empty() || find(device.uuid) != nullptr) return nullptr;
    const auto has_it = [&device](const KnownDevice& known) { return is_same_name(known.name, device.name); };
    const auto found = std::find_if(devices.begin(), devices.end(), has_it);
    return found == devices.end() ? nullptr : &*found;
}

KnownDevices read_known_devices(std::string_view text) {
    KnownDevices out;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto line = take_line(text);
        if (!tells_a_device(line)) continue;
        KnownDevice device;
        std::string wrong = read_known_line(line, device);
        if (wrong.empty() && out.find(device.uuid) != nullptr) wrong = "its device has a line already";
        if (!wrong.empty()) {
            out.devices.clear();
            out.wrong = "line " + std::to_string(number) + ": " + wrong;
            return out;
        }
        out.devices.push_back(std::move(device));
    }
    return out;
}

std::string with_known_device(std::string_view text, const KnownDevice& device) {
    std::string out;
    bool placed = false;
    while (!text.empty()) {
        const auto line = take_line(text);
        KnownDevice there;
        const bool its_own = tells_a_device(line) && read_known_line(line, there).empty() && there.uuid == device.uuid;
        if (!its_own) out.append(line).append(1, '\n');
        if (its_own && !placed) out += known_line(device);
        placed = placed || its_own;
    }
    return placed ? out : out + known_line(device);
}

std::optional<std::string> without_known_device(std::string_view text, std::string_view uuid) {
    std::string out;
    bool was_there = false;
    while (!text.empty()) {
        const auto line = take_line(text);
        KnownDevice there;
        const bool its_own = tells_a_device(line) && read_known_line(line, there).empty() && there.uuid == uuid;
        if (!its_own) out.append(line).append(1, '\n');
        was_there = was_there || its_own;
    }
    return was_there ? std::optional{out} : std::nullopt;
}

}  // namespace bridge
