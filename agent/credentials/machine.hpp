// Which machine this is, as a keyed hash: a credential on a copied disk image is not this machine's.
#pragma once

#include <filesystem>
#include <string>

namespace credentials {

/// Where the machine's identity is read; tests point elsewhere.
struct MachineSources {
    std::filesystem::path machine_id = "/etc/machine-id";
    std::filesystem::path product_uuid = "/sys/class/dmi/id/product_uuid";  // readable by root alone on most systems
};

/// HMAC-SHA256 in hexadecimal under a random salt; a part that could not be read is empty.
struct MachineTag {
    std::string salt;
    std::string machine;
    std::string product;
};

MachineTag tag_machine(const MachineSources& sources);

/// Whether the tag was made here. A part that was not known then, or (the product) cannot be read now, does not count;
/// a tag without a machine part fits everywhere.
bool is_this_machine(const MachineTag& tag, const MachineSources& sources);

}  // namespace credentials
