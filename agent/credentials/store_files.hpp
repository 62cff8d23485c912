// The names of the store's files, and the bounds on their sizes.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace credentials::files {

inline constexpr std::string_view credential = "credential.json";
inline constexpr std::string_view identity = "identity.pem";  // the key by which sealed clients know the device
inline constexpr std::string_view marker = "wipe";            // while it is there nothing is usable
inline constexpr std::string_view refused = "refused.json";   // hashes of outside tokens that were wiped
inline constexpr std::string_view bound = "bound.json";       // which backend each outside token belongs to
inline constexpr std::string_view state = "state.json";       // the last join of the device
inline constexpr std::string_view facts = "device.json";      // the device's name and settings as the backend said last
inline constexpr std::string_view client = "client.json";     // the client registered for logins; no secret
inline constexpr std::string_view last_heard = "last-heard";  // of an earlier release: the last join; not written
inline constexpr std::string_view lock = "lock";              // refresh, wipe and pairing of all processes
inline constexpr std::string_view agent_lock = "agent.lock";  // one running agent a profile

/// What may hold a secret, under this name or its temporary one (platform::temporary_of): code that erases, looks for
/// or reports secrets goes by this list. The sealing key is StoreSettings::key_file, wherever that is.
inline constexpr std::array secrets{credential, identity};
/// What else is of one pairing, and goes with it.
inline constexpr std::array memories{state, facts, last_heard};

/// A credential's file: two JWTs of the greatest size and room to spare.
inline constexpr std::size_t credential_bytes = 512 * 1024;
/// The room that is proved before a login: access and refresh token as servers make them, sealed.
inline constexpr std::size_t usual_credential_bytes = 64 * 1024;
inline constexpr std::size_t small_bytes = 64 * 1024;

inline constexpr std::size_t identity_bytes = 8 * 1024;

/// Outside tokens that are remembered as wiped; the oldest are forgotten beyond that.
inline constexpr std::size_t refused_tokens = 64;
/// Outside tokens whose backend is remembered; likewise.
inline constexpr std::size_t bound_tokens = 64;

}  // namespace credentials::files
