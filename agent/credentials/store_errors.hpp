// Why the credential cannot be used, kept or replaced.
#pragma once

#include <boost/system/error_code.hpp>
#include <type_traits>

#include "platform/core/result.hpp"

namespace credentials {

enum class Errc {
    none = 1,         // no credential: stand at the gate
    wiped,            // a wipe was begun and finished (now or before): stand at the gate
    damaged,          // the file is there and cannot be read as a credential
    newer_format,     // written by a later release
    foreign_machine,  // made on another machine (a copied disk image)
    key_missing,      // sealed, and the key is not there
    key_wrong,        // sealed under another key, or tampered with
    refused_token,    // this outside token was wiped here: never used again
    locked,           // another process holds the lock
    loose_mode,       // modes or owner of folder or file; Store::explain has the command that mends it
    changed,          // the stored credential is not the one that the caller started from
    not_refreshable,  // no refresh token, and no file to read again
    refused,          // the token endpoint refused the refresh token: pair again
    unreachable,      // the token endpoint did not answer as it should; try again later
    stopped,          // the refresher ended before it had an answer
    owed,             // a wipe is not finished: what it owes outside of the folder cannot be done
    other_backend,    // it must not be sent to the backend that is configured: pairing::bind() says why
};
Error make_error_code(Errc errc) noexcept;

/// There is no such file.
bool is_missing(Error ec);
/// What a failure of the store's files means.
Error as_store_error(Error ec);

}  // namespace credentials

template <>
struct boost::system::is_error_code_enum<credentials::Errc> : std::true_type {};
