#include "agent/credentials/store.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "agent/credentials/format.hpp"
#include "agent/credentials/outside.hpp"
#include "agent/credentials/store_files.hpp"
#include "platform/crypto.hpp"
#include "platform/file.hpp"
#include "platform/json/tree.hpp"

namespace credentials {
namespace {

bool is_missing(Error ec) {
    return ec == boost::system::errc::no_such_file_or_directory;
}

Error as_store_error(Error ec) {
    if (is_missing(ec)) return Errc::none;
    if (platform::is_distrust(ec)) return Errc::loose_mode;
    if (ec == platform::FileErrc::too_large || ec == platform::FileErrc::not_a_file) return Errc::damaged;
    return ec;
}

}  // namespace

Store::Store(StoreSettings settings) : settings_(std::move(settings)) {}

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
    return as_store_error(platform::check_private(settings_.folder));
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
        // Whoever holds the lock now finishes the wipe in our place. What is owed waits for who may do it: a browser
        // may still be there.
        const auto lock = try_lock();
        if (lock && settings_.owed) (void)erase_all();
        if (lock && !settings_.owed) (void)finish_wipe(*lock);
        return Errc::wiped;
    }
    return load_file(credential_file());
}

Result<Credential> Store::load_file(const std::filesystem::path& path) {
    auto text = platform::read_private_file(path, files::credential_bytes);
    if (!text) return as_store_error(text.error());
    if (is_sealed(text->reveal())) {
        const auto opener = key(false);
        if (!opener) return opener.error();
        auto opened = unseal_text(*opener, text->reveal());
        if (!opened) return opened.error();
        text = std::move(*opened);
    }
    auto stored = from_text(text->reveal());
    if (!stored) return stored.error();
    if (settings_.bind && !is_this_machine(stored->machine, settings_.machine)) return Errc::foreign_machine;
    return std::move(stored->credential);
}

Error Store::save_file(const std::filesystem::path& path, const Credential& credential) {
    const auto text = to_text(credential, settings_.bind ? tag_machine(settings_.machine) : MachineTag{});
    if (settings_.key_file.empty()) return platform::write_file(path, text.reveal());
    const auto sealer = key(true);
    if (!sealer) return sealer.error();
    return platform::write_file(path, seal_text(*sealer, text));
}

Result<Secret> Store::key(bool make) const {
    if (settings_.key_file.empty()) return Errc::key_missing;
    auto text = read_outside(settings_.key_file);
    if (!text && is_missing(text.error()) && make) {
        // A wipe destroys the key: the next pairing begins with a new one.
        Secret fresh(platform::random_bytes(platform::seal_key_bytes));
        if (platform::write_file(settings_.key_file, platform::hex(fresh.reveal()) + "\n")) return Errc::key_missing;
        return fresh;
    }
    if (!text) return is_missing(text.error()) ? make_error_code(Errc::key_missing) : as_store_error(text.error());
    if (text->size() == platform::seal_key_bytes) return text;
    auto decoded = platform::from_hex(text->reveal());
    if (!decoded || decoded->size() != platform::seal_key_bytes) return Errc::key_wrong;
    return Secret(std::move(*decoded));
}

Error Store::save(const Credential& credential) {
    if (const Error ec = open()) return ec;
    const auto lock = wait_for_lock();
    if (!lock) return lock.error();
    return save(*lock, credential);
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
    if (sealed()) {
        const auto sealer = key(true);
        if (!sealer) return sealer.error();
    }
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

std::optional<WallTime> Store::last_joined() const {
    const auto text = platform::read_file(file(files::state), files::small_bytes);
    if (!text) return std::nullopt;
    const auto tree = platform::parse_json(*text);
    if (!tree) return std::nullopt;
    const auto seconds = platform::get_integer(*tree, "joined_at");
    if (!seconds) return std::nullopt;
    return WallTime(std::chrono::seconds(*seconds));
}

std::optional<std::string> Store::last_device() const {
    const auto text = platform::read_file(file(files::state), files::small_bytes);
    if (!text) return std::nullopt;
    const auto tree = platform::parse_json(*text);
    if (!tree) return std::nullopt;
    return platform::get_string(*tree, "device").value_or("");
}

Error Store::note_joined(WallTime when, std::string_view device) {
    if (wiping()) return Errc::wiped;
    const nlohmann::json tree = {{"joined_at", when.time_since_epoch().count()}, {"device", device}};
    return platform::write_file(file(files::state), platform::to_text(tree) + "\n");
}

std::optional<std::string> Store::facts(std::size_t max_bytes) const {
    auto text = platform::read_file(file(files::facts), max_bytes);
    if (!text) return std::nullopt;
    return std::move(*text);
}

Error Store::save_facts(std::string_view text) {
    if (wiping()) return Errc::wiped;
    return platform::write_file(file(files::facts), text);
}

}  // namespace credentials
