#include "agent/bridge/core/file_names.hpp"

#include <algorithm>

namespace bridge {
namespace {

constexpr std::size_t max_spool_name = 128;
constexpr unsigned char del = 0x7F;

std::string last_part(std::string_view path) {
    return std::string(path.substr(path.rfind('/') + 1));
}

bool fits_spool(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

}  // namespace

std::string spool_name(std::string_view path) {
    auto name = last_part(path);
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !fits_spool(c); }, '_');
    if (name.empty() || name.front() == '.') name.insert(0, "_");
    // Its end tells what kind of file it is.
    if (name.size() > max_spool_name) name.erase(0, name.size() - max_spool_name);
    if (name.front() == '.') name.front() = '_';
    return name;
}

std::string download_name(std::string_view suggested) {
    auto name = last_part(suggested);
    std::replace_if(
        name.begin(), name.end(), [](unsigned char c) { return c < ' ' || c == del; }, '_');
    // No hidden file: what programs are set up by lies in such.
    if (name.starts_with('.')) name.front() = '_';
    return name.empty() ? "download" : name;
}

std::string numbered_name(const std::string& name, int count) {
    if (count == 0) return name;
    const auto dot = name.rfind('.');
    const auto end = dot == 0 ? std::string::npos : dot;  // the whole name of a hidden file is its stem
    const auto ending = end == std::string::npos ? std::string{} : name.substr(end);
    return name.substr(0, end) + " (" + std::to_string(count) + ")" + ending;
}

}  // namespace bridge
