#include "agent/credentials/store_errors.hpp"

#include <string>

#include "platform/file.hpp"

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

bool is_missing(Error ec) {
    return ec == boost::system::errc::no_such_file_or_directory;
}

Error as_store_error(Error ec) {
    if (is_missing(ec)) return Errc::none;
    if (platform::is_distrust(ec)) return Errc::loose_mode;
    if (ec == platform::FileErrc::too_large || ec == platform::FileErrc::not_a_file) return Errc::damaged;
    return ec;
}

}  // namespace credentials
