// The public half of an Ed25519 key, as OpenSSH writes it (RFC 8709, RFC 4253 section 6.6). Pure.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace platform {

/// The type of the one kind of key that is taken.
inline constexpr std::string_view ed25519_type = "ssh-ed25519";

struct PublicKey {
    static constexpr std::size_t size = 32;
    std::array<char, size> bytes{};

    std::string_view view() const noexcept { return {bytes.data(), bytes.size()}; }
    friend auto operator<=>(const PublicKey&, const PublicKey&) = default;
};

/// Nothing: `bytes` are not as many as a key has.
std::optional<PublicKey> public_key_of(std::string_view bytes);

/// The binary form: the type and the key, each behind its length.
std::string openssh_blob(const PublicKey& key);
/// Nothing: it is no key of the type ssh-ed25519.
std::optional<PublicKey> from_openssh_blob(std::string_view blob);

/// `ssh-ed25519 AAAA… name`, without a newline; without the last blank where there is no name.
std::string openssh_line(const PublicKey& key, std::string_view name);

/// Takes strings off the front of a binary form of OpenSSH's: each has its length before it, in four bytes.
class OpensshReader {
  public:
    explicit OpensshReader(std::string_view bytes) noexcept : rest_{bytes} {}

    /// Nothing: there is no whole one.
    std::optional<std::uint32_t> number() noexcept;
    std::optional<std::string_view> text() noexcept;
    std::string_view rest() const noexcept { return rest_; }

  private:
    std::string_view rest_;
};

}  // namespace platform
