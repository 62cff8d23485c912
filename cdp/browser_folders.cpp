#include "cdp/browser_folders.hpp"

#include <utility>

#include "cdp/leftovers.hpp"
#include "platform/file.hpp"
#include "platform/trust.hpp"

namespace cdp {
namespace {

namespace fs = std::filesystem;

/// A socket's path may have 107 bytes; Chrome adds /org.chromium.Chromium.scoped_dir.XXXXXX/SingletonSocket to TMPDIR
/// and aborts when that is too long.
constexpr std::size_t longest_temporary_path = 107 - 57;
/// An existing profile may be open to be read; nobody else may write there.
constexpr mode_t profile_readable = 0055;

}  // namespace

std::string BrowserFolders::prepare(bool snap) {
    auto base = temporary_base(settings_.runtime_folder);
    if (snap && settings_.runtime_folder.empty() && !snap_base().empty()) base = snap_base();
    if (!std::exchange(swept_, true)) {
        sweep_leftovers(base);
        if (base != short_base) sweep_leftovers(short_base);
    }
    auto folder = TemporaryFolder::create(base);
    if (!folder) {
        const auto why = platform::why_not_trusted(base, platform::Sharing::sticky);
        return "No temporary folder for the browser could be made in " + base.string() + " (" +
               (why.empty() ? folder.error().message() : why) +
               "): set browser.runtime_folder to a folder that this user may write to.";
    }
    folder_.emplace(std::move(*folder));
    sockets_ = place_for_sockets();
    profile_ = settings_.profile_folder.empty() ? (folder_->path() / "profile").string() : settings_.profile_folder;
    if (settings_.profile_folder.empty()) return {};
    // Cookies and passwords lie there. One of ours that was made before is closed to others by Chrome itself.
    const Error failed = platform::make_private_folder(profile_, profile_readable);
    if (failed) return "The profile folder cannot be used: " + platform::explain_refusal(profile_, failed) + ".";
    return {};
}

/// Chrome keeps the socket of its profile's lock in the temporary folder: in one of ours it goes when the folder goes.
std::string BrowserFolders::place_for_sockets() {
    std::error_code failed;
    auto place = folder_->path() / "tmp";
    if (place.string().size() <= longest_temporary_path && fs::create_directory(place, failed)) return place.string();
    auto folder = TemporaryFolder::create(short_base);
    if (!folder) return {};
    short_folder_.emplace(std::move(*folder));
    return short_folder_->path().string();
}

void BrowserFolders::forget() noexcept {
    folder_.reset();
    short_folder_.reset();
}

}  // namespace cdp
