#include "agent/credentials/store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "agent/credentials/format.hpp"
#include "agent/credentials/store_files.hpp"
#include "platform/file.hpp"
#include "platform/os_error.hpp"
#include "platform/text.hpp"
#include "platform/unwritten.hpp"

namespace credentials {

Store::Store(StoreSettings settings)
    : settings_(std::move(settings)),
      seal_(settings_.key_file),
      marker_(settings_.folder, settings_.outside),
      wipe_(settings_.folder, seal_, marker_, settings_.owed),
      memory_(settings_.folder, marker_),
      identity_(settings_.folder, seal_, marker_) {}

std::filesystem::path Store::credential_file() const {
    return file(files::credential);
}

std::filesystem::path Store::agent_lock_file() const {
    return file(files::agent_lock);
}

Result<Lock> Store::try_lock() const {
    return Lock::try_take(file(files::lock));
}

Result<Lock> Store::wait_for_lock() const {
    return Lock::take(file(files::lock));
}

Error Store::check_folder() const {
    if (const Error ec = platform::check_private(settings_.folder)) return as_store_error(ec);
    // A folder of root's is private, and may be closed to this user: then nothing in it can be seen, and it would pass
    // for a store that was wiped.
    if (::faccessat(AT_FDCWD, settings_.folder.c_str(), R_OK | X_OK, AT_EACCESS) == 0) return {};
    return platform::last_error();
}

Error Store::open() {
    if (const Error ec = platform::make_private_folder(settings_.folder)) return as_store_error(ec);
    if (const Error ec = check_folder()) return ec;
    // The file of the lock is the proof that the folder can be written.
    const auto lock = try_lock();
    if (!lock && lock.error() != Errc::locked) return lock.error();
    if (!lock) return {};
    if (!wiping()) return drop_leftovers(*lock);
    const Error ec = finish_wipe(*lock);
    return ec == Errc::owed ? Error{} : ec;
}

Result<Credential> Store::load() {
    if (const Error ec = check_folder()) return ec;
    if (wiping()) {
        wipe_.go_on();
        return Errc::wiped;
    }
    return load_file(credential_file());
}

Result<Credential> Store::load_file(const std::filesystem::path& path) {
    auto text = platform::read_private_file(path, files::credential_bytes);
    if (!text) return as_store_error(text.error());
    auto opened = seal_.open(std::move(*text));
    if (!opened) return opened.error();
    auto stored = from_text(opened->reveal());
    if (!stored) return stored.error();
    if (settings_.bind && !is_this_machine(stored->machine, settings_.machine)) return Errc::foreign_machine;
    return std::move(stored->credential);
}

Error Store::save_file(const std::filesystem::path& path, const Credential& credential) {
    const auto text = seal_.close(to_text(credential, settings_.bind ? tag_machine(settings_.machine) : MachineTag{}));
    const Error ec = text ? platform::write_file(path, text->reveal()) : text.error();
    if (!wiping()) return ec;
    // The wipe came meanwhile, and found us with the lock: it has erased what was there before.
    (void)wipe_.erase_all();
    return Errc::wiped;
}

Error Store::save(const Lock& lock, const Credential& credential) {
    if (!lock.held()) return Errc::locked;
    if (const Error ec = check_folder()) return ec;
    if (wiping()) {
        if (const Error ec = finish_wipe(lock)) return ec;
    }
    return save_file(credential_file(), credential);
}

Error Store::prove_room(const Lock& lock) {
    if (const Error ec = finish_wipe(lock)) return ec;
    if (const Error ec = seal_.prove()) return ec;
    return platform::reserve_file(credential_file(), files::usual_credential_bytes);
}

Error Store::save_refreshed(const Lock& lock, const Credential& credential) {
    if (!lock.held()) return Errc::locked;
    if (wiping()) return Errc::wiped;
    const auto stored = load_file(credential_file());
    // What cannot be read just now (a key that is away) is not another pairing: the caller keeps what it got.
    if (!stored && stored.error() != Errc::none) return stored.error();
    if (!stored || pairing_of(*stored) != pairing_of(credential)) return Errc::changed;
    return save_file(credential_file(), credential);
}

Error Store::save_backend(const Credential& credential) {
    const auto lock = try_lock();
    if (!lock) return lock.error();
    if (wiping()) return Errc::wiped;
    auto stored = load_file(credential_file());
    if (!stored) return stored.error();
    if (pairing_of(*stored) != pairing_of(credential)) return Errc::changed;
    stored->backend = credential.backend;
    return save_file(credential_file(), *stored);
}

Error Store::reserve(const Credential& credential) {
    // A refreshed token may be longer than the one before, and sealing adds a third.
    constexpr std::size_t spare = 16 * 1024;
    return platform::reserve_file(credential_file(), to_text(credential, {}).size() * 2 + spare);
}

Error Store::adopt() {
    const auto lock = wait_for_lock();
    if (!lock) return lock.error();
    if (wiping()) return Errc::wiped;
    StoreSettings anywhere = settings_;
    anywhere.bind = false;
    const auto credential = Store(anywhere).load_file(credential_file());
    if (!credential) return credential.error();
    return save_file(credential_file(), *credential);
}

std::vector<std::filesystem::path> Store::leftovers() const {
    std::vector<std::filesystem::path> found;
    for (const auto name : files::secrets) {
        auto path = platform::temporary_of(file(name));
        if (platform::may_be_there(path)) found.push_back(std::move(path));
    }
    return found;
}

Result<Credential> Store::load_leftover() {
    Error why = Errc::none;
    for (const auto& path : leftovers()) {
        // Room that was taken and not yet written to has blanks alone.
        const auto text = platform::read_private_file(path, files::credential_bytes);
        if (text && platform::trim(text->reveal()).empty()) continue;
        auto whole = load_file(path);
        if (whole) return whole;
        why = whole.error();
    }
    return why;
}

Error Store::drop_leftovers(const Lock& lock) {
    if (!lock.held()) return Errc::locked;
    Error first;
    for (const auto name : files::secrets) {
        const Error ec = platform::erase_file(platform::temporary_of(file(name)));
        if (ec && !first) first = ec;
    }
    return first;
}

std::string Store::explain(Error error) const {
    const auto what = error.message();
    const auto where = credential_file().string();
    if (error == Errc::loose_mode) {
        const bool folder = static_cast<bool>(platform::check_private(settings_.folder));
        return platform::mode_complaint(folder ? settings_.folder : credential_file());
    }
    if (error == Errc::none || error == Errc::wiped) return what + ": run  agent --pair";
    if (error == Errc::damaged) return what + " (" + where + "): run  agent --pair --force";
    if (error == Errc::newer_format)
        return what + " (" + where + "): install that release, or run  agent --pair --force";
    if (error == Errc::foreign_machine) {
        return what + " (a copied disk?): run  agent --pair  to pair this one, or  agent --adopt  if it is the same";
    }
    if (error == Errc::key_missing || error == Errc::key_wrong) {
        const auto key =
            sealed() ? settings_.key_file.string() : std::string("neither credentials.key_file nor bmc-key");
        return what + " (" + key + "): put the key back and restart the agent, or run  agent --pair --force";
    }
    if (error == Errc::owed) return what + "; the log names them: remove them by hand, then run  agent --pair";
    if (error == Errc::refused_token) return what + ": remove it where it came from, then run  agent --pair";
    if (error == boost::system::errc::permission_denied) {
        const auto folder = settings_.folder.string();
        const auto user = std::to_string(::geteuid());
        return what + " (" + folder + "): it is closed to user " + user + ": as root, run  chown -R " + user + " " +
               folder;
    }
    if (platform::is_of_writing(error)) return platform::explain_unwritten(settings_.folder, error);
    return what + " (" + settings_.folder.string() + ")";
}

}  // namespace credentials
