#include "agent/credentials/seal.hpp"

#include "agent/credentials/format.hpp"
#include "agent/credentials/outside_secrets.hpp"
#include "agent/credentials/store_errors.hpp"
#include "platform/crypto.hpp"
#include "platform/file.hpp"

namespace credentials {

Result<Secret> Seal::key(bool make) const {
    if (!is_on()) return Errc::key_missing;
    auto text = read_outside(key_file_);
    if (!text && is_missing(text.error()) && make) {
        // A wipe destroys the key: the next pairing begins with a new one.
        Secret fresh(platform::random_bytes(platform::seal_key_bytes));
        if (platform::write_file(key_file_, platform::hex(fresh.reveal()) + "\n")) return Errc::key_missing;
        return fresh;
    }
    if (!text) return is_missing(text.error()) ? make_error_code(Errc::key_missing) : as_store_error(text.error());
    if (text->size() == platform::seal_key_bytes) return text;
    auto decoded = platform::from_hex(text->reveal());
    if (!decoded || decoded->size() != platform::seal_key_bytes) return Errc::key_wrong;
    return Secret(std::move(*decoded));
}

Error Seal::prove() const {
    if (!is_on()) return {};
    const auto sealer = key(true);
    return sealer ? Error{} : sealer.error();
}

Result<Secret> Seal::close(Secret text) const {
    if (!is_on()) return text;
    const auto sealer = key(true);
    if (!sealer) return sealer.error();
    return Secret(seal_text(*sealer, text));
}

Result<Secret> Seal::open(Secret text) const {
    if (!is_sealed(text.reveal())) return text;
    const auto opener = key(false);
    if (!opener) return opener.error();
    return unseal_text(*opener, text.reveal());
}

void Seal::destroy() const {
    if (!is_on()) return;
    for (const auto& one : {key_file_, platform::temporary_of(key_file_)}) (void)platform::erase_file(one);
}

}  // namespace credentials
