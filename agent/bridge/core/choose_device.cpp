#include "agent/bridge/core/choose_device.hpp"

#include <algorithm>

namespace bridge {
namespace {

/// So many candidates are named.
constexpr std::size_t named_most = 10;

template <class Fits>
std::vector<const Device*> those(const std::vector<Device>& devices, Fits fits) {
    std::vector<const Device*> found;
    for (const Device& device : devices) {
        if (fits(device)) found.push_back(&device);
    }
    return found;
}

std::string list(const std::vector<const Device*>& devices) {
    std::string text;
    for (std::size_t i = 0; i < std::min(devices.size(), named_most); ++i) {
        text.append(text.empty() ? "" : ", ").append(describe(*devices[i]));
    }
    if (devices.size() > named_most) text += " and " + std::to_string(devices.size() - named_most) + " more";
    return text;
}

}  // namespace

std::string describe(const Device& device) {
    return device.name.empty() || device.name == device.uuid ? device.uuid : device.name + " (" + device.uuid + ")";
}

bool is_same_name(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [lower](char x, char y) { return lower(x) == lower(y); });
}

Chosen choose_device(const std::vector<Device>& devices, std::string_view name) {
    auto fitting = those(devices, [name](const Device& one) { return one.name == name; });
    if (fitting.empty()) {
        fitting = those(devices, [name](const Device& one) { return is_same_name(one.name, name); });
    }
    if (fitting.size() == 1) return {fitting.front(), {}};
    if (!fitting.empty()) {
        return {nullptr,
                "several devices are named " + std::string{name} + ": name one of them by its uuid: " + list(fitting)};
    }
    const auto all = those(devices, [](const Device&) { return true; });
    if (all.empty()) return {nullptr, "no device is named " + std::string{name} + ": this token sees none at all"};
    return {nullptr, "no device is named " + std::string{name} + "; there are " + list(all)};
}

}  // namespace bridge
