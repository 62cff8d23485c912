// Who may drive this machine: lines in the format of OpenSSH's authorized_keys, `ssh-ed25519 AAAA… name`. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/public_key.hpp"

namespace relay {

/// A controller whose key is listed.
struct TrustedKey {
    platform::PublicKey key;
    std::string name;  // what stands behind the key, cleaned; may be empty
};

/// Bytes of a name, and keys of one list.
inline constexpr std::size_t max_key_name_bytes = 128;
inline constexpr std::size_t max_trusted_keys = 4096;

/// What one line says. Neither: it is blank, or a comment.
struct KeyLine {
    std::optional<TrustedKey> key;
    std::string wrong;  // why it cannot be used: a sentence without a subject, "has options …"
};
/// `line` without its end. Options before the key are refused, since one that is ignored would let in more than its
/// author wrote. So are other types of keys, by their name.
KeyLine read_key_line(std::string_view line);

struct KeyList {
    std::vector<TrustedKey> keys;
    std::size_t line = 0;  // of what is wrong, from 1
    std::string wrong;     // as KeyLine; empty: all of it is good. A list with an error is not used at all.
};
/// A whole file.
KeyList read_key_file(std::string_view text);
/// The elements of a setting, a line each.
KeyList read_key_lines(const std::vector<std::string>& lines);

/// Null: the key is not listed.
const TrustedKey* find_key(const std::vector<TrustedKey>& keys, const platform::PublicKey& key) noexcept;

}  // namespace relay
