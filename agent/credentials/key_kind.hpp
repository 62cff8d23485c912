// What a text that somebody hands in as a key or as a token is, by what it says of itself: a secret key of the project
// must be used for neither, and the two are easily taken for each other.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace credentials {

enum class KeyKind : unsigned char {
    unknown,       // it does not say
    public_key,    // of the project: role anon, sb_publishable_…
    secret_key,    // of the project or its database: service_role and its like, sb_secret_…; opens everything
    user_token,    // of a person
    device_token,  // of one device
};

/// White space around it and a "Bearer " in front do not count.
KeyKind kind_of_key(std::string_view text);

/// Why this text is not used as a token, with the remedy: a sentence without its subject ("is the project's …").
/// Nothing: it may be one. No part of the text is repeated.
std::optional<std::string> wrong_as_token(std::string_view text);

/// Likewise as the project's public key.
std::optional<std::string> wrong_as_public_key(std::string_view text);

}  // namespace credentials
