// A credential put into a store as a pairing does it.
#pragma once

#include "agent/credentials/store.hpp"

namespace tests {

inline Error save(credentials::Store& store, const credentials::Credential& credential) {
    if (const Error ec = store.open()) return ec;
    const auto lock = store.wait_for_lock();
    return lock ? store.save(*lock, credential) : lock.error();
}
inline Error save(credentials::Store&& store, const credentials::Credential& credential) {
    return save(store, credential);
}

/// A join that the store remembers, with all that was stored until then.
inline Error note_joined(const credentials::Store& store, credentials::WallTime when, std::string_view device = {}) {
    return store.memory().note_join({when, when, std::string{device}});
}
/// The last one; nothing: there was none.
inline std::optional<credentials::WallTime> last_joined(const credentials::Store& store) {
    const auto join = store.memory().last_join();
    return join ? std::optional{std::chrono::floor<std::chrono::seconds>(join->joined)} : std::nullopt;
}
inline std::optional<std::string> last_device(const credentials::Store& store) {
    const auto join = store.memory().last_join();
    return join ? std::optional{join->device} : std::nullopt;
}

}  // namespace tests
