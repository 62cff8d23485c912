// Which device a person means by a name. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bridge {

/// A device as a person knows it.
struct Device {
    std::string uuid;
    std::string name;  // empty: not known
};

/// Nothing but its uuid when it has no name.
std::string describe(const Device& device);

struct Chosen {
    const Device* device = nullptr;  // of the list
    std::string problem;             // why there is none: a sentence with the candidates
};

/// The one of that name; where none is written so, the one that differs in upper and lower case alone.
Chosen choose_device(const std::vector<Device>& devices, std::string_view name);

}  // namespace bridge
