// The credential on disk: private, replaced as a whole, bound to this machine, and gone after a wipe whatever
// interrupts. The names of the files below the folder (0700) are in store_files.hpp. Thread rule: any thread, since it
// keeps nothing in memory; writers, of this process and of others, are kept apart by Lock. The wipe alone does not wait
// for the lock: what another writer puts in place after it is erased by that writer.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/credentials/credential.hpp"
#include "agent/credentials/device_memory.hpp"
#include "agent/credentials/identity.hpp"
#include "agent/credentials/lock.hpp"
#include "agent/credentials/machine.hpp"
#include "agent/credentials/seal.hpp"
#include "agent/credentials/store_errors.hpp"
#include "agent/credentials/wipe.hpp"
#include "agent/credentials/wipe_marker.hpp"
#include "platform/core/result.hpp"

namespace credentials {

struct StoreSettings {
    std::filesystem::path folder;
    bool bind = true;  // bind to the machine; off for containers
    std::filesystem::path key_file =
        {};  // AES-256 key (32 bytes or 64 hex digits) that seals the file; empty: not sealed
    MachineSources machine = {};
    /// What a wipe owes outside of the folder (downloads, the browser's profile): done before its marker goes. Empty:
    /// nothing.
    Owed owed = {};
    /// The tokens that others have put on this machine: refused after a wipe whose marker was cut off, since it cannot
    /// be known which of them it was about.
    std::function<std::vector<Secret>()> outside = {};
};

class Store {
  public:
    explicit Store(StoreSettings settings);
    explicit Store(std::filesystem::path folder) : Store(StoreSettings{.folder = std::move(folder)}) {}
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    const std::filesystem::path& folder() const noexcept { return settings_.folder; }
    std::filesystem::path credential_file() const;

    /// Creates the folder, checks modes and owners, proves it writable, finishes a wipe that was interrupted and erases
    /// what a pairing or a refresh that was killed has left. What a wipe owes and cannot be done leaves its marker.
    Error open();

    /// The credential. Errc::wiped while the marker of a wipe is there; every copy here is erased then.
    Result<Credential> load();

    /// For a pairing that holds the lock: replaces the credential durably. A wipe that was interrupted is finished
    /// first and its marker removed. Errc::wiped: a wipe came meanwhile.
    Error save(const Lock& lock, const Credential& credential);

    /// Proves before a login that its result can be kept: no wipe is left to be finished, the sealing key is there (one
    /// is made where none was), and so is the room on the disk.
    Error prove_room(const Lock& lock);

    /// Whether the store seals credentials.
    bool sealed() const noexcept { return seal_.is_on(); }

    /// The same for a refresher that holds `lock`: Errc::wiped when the marker is there, Errc::changed when the stored
    /// credential is not of the pairing `credential` belongs to. Either way nothing of it stays.
    Error save_refreshed(const Lock& lock, const Credential& credential);

    /// Keeps the backend of a credential that was stored without one; its other parts stay as they are stored.
    /// Errc::locked when another process is at work, Errc::changed when the stored one is of another pairing.
    Error save_backend(const Credential& credential);

    /// Writes and syncs the room that save_refreshed needs, before the refresh token is spent.
    Error reserve(const Credential& credential);

    /// Durable marker first, then every copy: nothing here is usable once this call began. `outside` are tokens that
    /// came from outside and cannot be erased here; their hashes are kept and refused from now on. Works without the
    /// lock too: who holds it finishes the wipe. Where something is owed the marker stays until finish_wipe().
    Error wipe(const std::vector<std::string_view>& outside = {}) { return wipe_.begin(outside); }

    /// Whether there is any trace of a wipe: its marker, whole or not, or its temporary file.
    bool wiping() const { return marker_.is_there(); }

    /// Finishes a wipe whose marker is there: every copy, what is owed, the marker. No marker: nothing happens.
    /// Errc::owed: the marker stays, and with it the gate.
    Error finish_wipe(const Lock& lock, WipeEnd how = WipeEnd::interrupted) { return wipe_.finish(lock, how); }

    /// Files that a pairing, a rotation or a refresh was writing when it was killed: they may hold a whole token.
    std::vector<std::filesystem::path> leftovers() const;
    /// The credential in one of them, where it was written whole. Errc::none: there is no secret in any.
    Result<Credential> load_leftover();
    /// Erases what was being written, the room that prove_room() and reserve() took too. For who holds the lock.
    Error drop_leftovers(const Lock& lock);

    /// Whether this outside token was wiped here.
    bool is_refused(std::string_view token) const { return marker_.refuses(token); }

    /// Rewrites the machine binding of a credential that was made elsewhere (`--adopt`).
    Error adopt();

    /// What is remembered of the device besides its credential.
    const DeviceMemory& memory() const noexcept { return memory_; }

    /// The key by which sealed clients know the device.
    const Identity& identity() const noexcept { return identity_; }

    Result<Lock> try_lock() const;
    Result<Lock> wait_for_lock() const;
    /// One running agent a profile.
    std::filesystem::path agent_lock_file() const;

    /// A sentence for people: what is wrong with this store, and what to do.
    std::string explain(Error error) const;

  private:
    Result<Credential> load_file(const std::filesystem::path& file);
    Error save_file(const std::filesystem::path& file, const Credential& credential);
    Error check_folder() const;
    std::filesystem::path file(std::string_view name) const { return settings_.folder / name; }

    StoreSettings settings_;
    Seal seal_;
    WipeMarker marker_;
    Wipe wipe_;
    DeviceMemory memory_;
    Identity identity_;
};

}  // namespace credentials
