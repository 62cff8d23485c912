#include <unistd.h>

#include <string>

#include "agent/credentials/store.hpp"
#include "agent/credentials/store_files.hpp"
#include "platform/file.hpp"
#include "platform/unwritten.hpp"

namespace credentials {
namespace {

class CredentialCategory final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "credentials"; }
    std::string message(int code) const override {
        switch (static_cast<Errc>(code)) {
            case Errc::none:
                return "this device is not paired";
            case Errc::wiped:
                return "this device was unpaired";
            case Errc::damaged:
                return "the stored credential is damaged";
            case Errc::newer_format:
                return "the stored credential was written by a later release";
            case Errc::foreign_machine:
                return "the stored credential belongs to another machine";
            case Errc::key_missing:
                return "the stored credential is sealed and its key is missing";
            case Errc::key_wrong:
                return "the stored credential is sealed under another key, or was changed";
            case Errc::refused_token:
                return "this token was unpaired here and is not used again";
            case Errc::locked:
                return "another process is at work on this credential";
            case Errc::loose_mode:
                return "others may read or write the credential's files";
            case Errc::changed:
                return "the stored credential was replaced meanwhile";
            case Errc::not_refreshable:
                return "the token cannot be refreshed";
            case Errc::refused:
                return "the token endpoint refused the refresh token";
            case Errc::unreachable:
                return "the token endpoint could not be asked";
            case Errc::other_backend:
                return "the credential belongs to another backend than the configured one";
            case Errc::stopped:
                return "the refresher was stopped";
            case Errc::owed:
                return "the last unpairing is not finished: downloads or the browser's profile of before cannot be "
                       "removed";
        }
        return "unknown credential error";
    }
};

}  // namespace

Error make_error_code(Errc errc) noexcept {
    static const CredentialCategory category;
    return {static_cast<int>(errc), category};
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
    if (platform::is_of_writing(error)) return platform::explain_unwritten(settings_.folder, error);
    return what + " (" + settings_.folder.string() + ")";
}

}  // namespace credentials
