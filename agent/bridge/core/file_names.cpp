#include "agent/bridge/core/file_names.hpp"

#include <algorithm>
#include <utility>

namespace bridge {
namespace {

constexpr unsigned char del = 0x7F;
/// Bytes of an ending such as ".html", with its dot; what is longer tells nothing of the kind of a file.
constexpr std::size_t most_ending = 32;
constexpr int most_character = 4;  // bytes of a character in UTF-8

std::string last_part(std::string_view path) {
    return std::string(path.substr(path.rfind('/') + 1));
}

/// Cut at the end of a character of UTF-8, in front of the ending.
std::string shortened(std::string name) {
    if (name.size() <= most_download_name) return name;
    const auto dot = name.rfind('.');
    const bool has_ending = dot != std::string::npos && name.size() - dot <= most_ending;
    const auto ending = has_ending ? name.substr(dot) : std::string{};
    std::size_t end = most_download_name - ending.size();
    for (int i = 1; i < most_character && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U; ++i) --end;
    return name.substr(0, end) + ending;
}

bool fits_spool(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

}  // namespace

std::string spool_name(std::string_view path, int count) {
    const auto number = count == 0 ? std::string{} : std::to_string(count) + "-";
    const std::size_t most = most_spool_name - number.size();
    auto name = last_part(path);
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !fits_spool(c); }, '_');
    if (name.empty() || name.front() == '.') name.insert(0, "_");
    // Its end tells what kind of file it is.
    if (name.size() > most) name.erase(0, name.size() - most);
    if (name.front() == '.') name.front() = '_';
    return number + name;
}

std::string download_name(std::string_view suggested) {
    auto name = last_part(suggested);
    std::replace_if(
        name.begin(), name.end(), [](unsigned char c) { return c < ' ' || c == del; }, '_');
    // No hidden file: what programs are set up by lies in such.
    if (name.starts_with('.')) name.front() = '_';
    return name.empty() ? "download" : shortened(std::move(name));
}

std::string numbered_name(const std::string& name, int count) {
    if (count == 0) return name;
    const auto dot = name.rfind('.');
    const auto end = dot == 0 ? std::string::npos : dot;  // the whole name of a hidden file is its stem
    const auto ending = end == std::string::npos ? std::string{} : name.substr(end);
    return name.substr(0, end) + " (" + std::to_string(count) + ")" + ending;
}

}  // namespace bridge
