#include "agent/credentials/identity.hpp"

#include <utility>

#include "agent/credentials/store_errors.hpp"
#include "agent/credentials/store_files.hpp"
#include "platform/file.hpp"

namespace credentials {

std::filesystem::path Identity::file() const {
    return folder_ / files::identity;
}

Result<platform::KeyPair> Identity::load() const {
    if (marker_.is_there()) return Errc::wiped;
    auto text = platform::read_private_file(file(), files::identity_bytes);
    if (!text) return as_store_error(text.error());
    const auto opened = seal_.open(std::move(*text));
    if (!opened) return opened.error();
    return platform::KeyPair::read(opened->reveal());
}

Result<platform::KeyPair> Identity::load_or_make() const {
    auto found = load();
    if (found || found.error() != Errc::none) return found;
    const auto lock = Lock::try_take(folder_ / files::lock);
    if (!lock) return lock.error();
    found = load();  // another process may have made it meanwhile
    return found || found.error() != Errc::none ? std::move(found) : make(*lock);
}

Result<platform::KeyPair> Identity::make(const Lock& lock) const {
    if (!lock.held()) return Errc::locked;
    if (marker_.is_there()) return Errc::wiped;
    auto key = platform::KeyPair::make();
    const auto text = seal_.close(key.to_pem());
    if (!text) return text.error();
    if (const Error ec = platform::write_file(file(), text->reveal())) return ec;
    if (!marker_.is_there()) return key;
    // The wipe came meanwhile, and found us with the lock: it has erased what was there before.
    (void)platform::erase_file(file());
    return Errc::wiped;
}

}  // namespace credentials
