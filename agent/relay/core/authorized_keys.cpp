#include "agent/relay/core/authorized_keys.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "platform/core/base64.hpp"
#include "platform/json/core/check.hpp"

namespace relay {
namespace {

constexpr std::string_view key_blanks = " \t";
constexpr std::size_t shown_key_bytes = 40;

/// Types that OpenSSH knows besides ours, by the beginnings of their names.
constexpr std::array<std::string_view, 6> other_types = {"ssh-",      "ecdsa-sha2-", "sk-ssh-",
                                                         "sk-ecdsa-", "rsa-sha2-",   "webauthn-sk-"};

std::string_view take_word(std::string_view& rest) noexcept {
    const std::size_t end = std::min(rest.find_first_of(key_blanks), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(std::min(rest.find_first_not_of(key_blanks, end), rest.size()));
    return word;
}

std::string_view without_blanks(std::string_view text) noexcept {
    constexpr std::string_view all = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(all), text.size()));
    return text.substr(0, text.find_last_not_of(all) + 1);
}

bool is_other_type(std::string_view word) noexcept {
    return word != platform::ed25519_type &&
           std::any_of(other_types.begin(), other_types.end(), [word](auto begin) { return word.starts_with(begin); });
}

/// Letters, digits and a few signs: what is quoted from the line cannot command a terminal.
std::string shown_word(std::string_view word) {
    std::string out;
    for (const char c : word.substr(0, shown_key_bytes)) out += c >= 0x20 && c < 0x7f ? c : '?';
    return word.size() > shown_key_bytes ? out + "…" : out;
}

/// The line holds a key, but not at its begin: what stands before it are options.
bool has_options(std::string_view rest) noexcept {
    while (!rest.empty()) {
        const std::string_view word = take_word(rest);
        if (word == platform::ed25519_type || is_other_type(word)) return true;
    }
    return false;
}

std::string wrong_begin(std::string_view word, std::string_view rest) {
    if (is_other_type(word)) return "has a key of the type " + shown_word(word) + ": only ssh-ed25519 is taken";
    if (has_options(rest)) {
        return "has options (" + shown_word(word) + "): they are not supported, so take them away";
    }
    return "is no key: write ssh-ed25519 AAAA… name";
}

bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace

KeyLine read_key_line(std::string_view line) {
    KeyLine out;
    std::string_view rest = without_blanks(line);
    if (rest.empty() || rest.front() == '#') return out;
    const std::string_view type = take_word(rest);
    if (type != platform::ed25519_type) {
        out.wrong = wrong_begin(type, rest);
        return out;
    }
    const auto blob = platform::from_base64(take_word(rest));
    const auto key = blob ? platform::from_openssh_blob(*blob) : std::nullopt;
    if (!key) {
        out.wrong = "has a key that is not whole: copy the line once more";
    } else if (rest.size() > max_key_name_bytes || std::any_of(rest.begin(), rest.end(), is_control) ||
               !platform::valid_utf8(rest)) {
        out.wrong = "has a name that is longer than 128 bytes, or no text";
    } else {
        out.key = TrustedKey{*key, std::string{rest}};
    }
    return out;
}

namespace {

/// Puts the list together, and stops at the first error.
struct KeyListMaker {
    KeyList out = {};
    std::set<platform::PublicKey> seen = {};

    bool take(std::string_view line) {
        ++out.line;
        KeyLine read = read_key_line(line);
        if (read.key && !seen.insert(read.key->key).second) read.wrong = "has a key that is listed before";
        if (read.key && seen.size() > max_trusted_keys) read.wrong = "is one key too many: 4096 are taken";
        if (!read.wrong.empty()) {
            out.keys.clear();
            out.wrong = std::move(read.wrong);
            return false;
        }
        if (read.key) out.keys.push_back(std::move(*read.key));
        return true;
    }
};

}  // namespace

KeyList read_key_file(std::string_view text) {
    KeyListMaker maker;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (!maker.take(text.substr(0, end))) break;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return std::move(maker.out);
}

KeyList read_key_lines(const std::vector<std::string>& lines) {
    KeyListMaker maker;
    for (const std::string& line : lines) {
        if (!maker.take(line)) break;
    }
    return std::move(maker.out);
}

const TrustedKey* find_key(const std::vector<TrustedKey>& keys, const platform::PublicKey& key) noexcept {
    const auto found = std::find_if(keys.begin(), keys.end(), [&key](const TrustedKey& one) { return one.key == key; });
    return found != keys.end() ? &*found : nullptr;
}

}  // namespace relay
