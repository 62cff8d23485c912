// Secrets out of text that people, logs and support see: what looks like a token, a key or a password.
#pragma once

#include <string>
#include <string_view>

namespace platform {

/// Stands where a secret stood.
inline constexpr std::string_view not_shown = "(not shown)";

/// Takes user and password out of every address in the text: `http://user:word@proxy` becomes `http://(not
/// shown)@proxy`. Cheap: for every line of a log.
std::string hide_passwords(std::string_view text);

/// The same, and what looks like a secret without anybody saying so: JWTs, Supabase's keys, Bearer headers, and values
/// whose name says password, token, key, secret or cookie, also where name and value are two words of a list. A line at
/// a time; expensive: for what is printed once.
std::string hide_secrets(std::string_view text);

}  // namespace platform
