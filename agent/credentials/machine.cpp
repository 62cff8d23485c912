#include "agent/credentials/machine.hpp"

#include "platform/crypto.hpp"
#include "platform/file.hpp"
#include "platform/text.hpp"

namespace credentials {
namespace {

constexpr std::size_t id_bytes = 4096;
constexpr std::size_t salt_bytes = 16;

std::string read_id(const std::filesystem::path& path) {
    const auto text = platform::read_file(path, id_bytes);
    if (!text) return {};
    const auto id = platform::trim(*text);
    // An image that is made to be cloned ships an uninitialised id: it tells no machine from another.
    return id == "uninitialized" ? std::string{} : std::string(id);
}

std::string keyed(const std::string& salt, std::string_view what, const std::string& id) {
    if (id.empty()) return {};
    return platform::hex(platform::hmac_sha256(salt, std::string("bmc-agent ").append(what).append(" ").append(id)));
}

}  // namespace

MachineTag tag_machine(const MachineSources& sources) {
    MachineTag tag;
    tag.salt = platform::hex(platform::random_bytes(salt_bytes));
    tag.machine = keyed(tag.salt, "machine", read_id(sources.machine_id));
    tag.product = keyed(tag.salt, "product", read_id(sources.product_uuid));
    return tag;
}

bool is_this_machine(const MachineTag& tag, const MachineSources& sources) {
    if (!tag.machine.empty() && tag.machine != keyed(tag.salt, "machine", read_id(sources.machine_id))) return false;
    if (tag.product.empty()) return true;
    const auto product = keyed(tag.salt, "product", read_id(sources.product_uuid));
    return product.empty() || product == tag.product;
}

}  // namespace credentials
