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

/// "NAME (UUID)"; the uuid alone if it has no name.
std::string describe(const Device& device);

/// Whether both are one name to a person: upper and lower case of ASCII alike.
bool is_same_name(std::string_view a, std::string_view b);

struct Chosen {
    const Device* device = nullptr;  // of the list
    std::string problem;             // why there is none: a sentence with the candidates
};

/// The device of exactly that name; if there is none, the one whose name differs only in upper and lower case.
Chosen choose_device(const std::vector<Device>& devices, std::string_view name);

}  // namespace bridge
