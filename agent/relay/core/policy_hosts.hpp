// Hosts that no command may lead to: the cloud's metadata services, which give a machine's credentials to all who ask
// from it, the agent's own ports, and what the owner names. Every spelling of an address that a browser takes is the
// same address here. Pure: no name is looked up.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay {

/// A host as a browser's URL parser reads it.
struct Host {
    std::string
        text;  // a name in lower case without a dot at its end, or an address in its usual spelling, no brackets
    std::optional<std::array<std::uint8_t, 16>> address;  // IPv4 as ::ffff:a.b.c.d
};

/// Reads the host of a URL, by the rules of WHATWG. Nothing: a browser takes it for none, or what it would make of it
/// cannot be told (letters that only look like others).
std::optional<Host> read_host(std::string_view text);

/// An address in its usual spelling, without brackets.
std::string write_address(const std::array<std::uint8_t, 16>& bytes);

/// `NAME`, `ADDRESS` or `ADDRESS/BITS`, each with `:PORT` if it is about that port alone. `*` in a name stands for any
/// text. An IPv6 address has brackets where a port follows.
struct HostPattern {
    std::string glob;  // empty for an address or a range
    std::array<std::uint8_t, 16> address{};
    unsigned bits = 0;
    std::optional<std::uint16_t> port;
    bool ipv4 = false;  // the address was written as one

    bool matches(const Host& host, std::uint16_t at_port) const;
};
std::optional<HostPattern> read_host_pattern(std::string_view text);

class HostRules {
  public:
    /// `own_ports` are ports of loopback that are the agent's. A pattern that cannot be read is named by error(), and
    /// then everything is refused.
    HostRules(const std::vector<std::string>& deny, const std::vector<std::string>& allow,
              const std::vector<std::uint16_t>& own_ports);

    /// Empty when the patterns are good, else a sentence that names the setting.
    const std::string& error() const noexcept { return error_; }

    /// Whether a URL leads to a refused host. False for one without a host.
    bool refuses_url(std::string_view url) const;

    /// Whether a proxy's address (`[SCHEME://]HOST[:PORT]`) is a refused host.
    bool refuses_proxy(std::string_view address) const;

    /// What Chrome's --host-resolver-rules takes: for what pages load by themselves. Ranges that it cannot express are
    /// left out.
    std::string resolver_rules() const;

    /// The exact names and addresses among the denied, as they stand in a URL.
    std::vector<std::string> denied_hosts() const;

  private:
    bool refuses(std::string_view host, std::uint16_t port) const;

    std::vector<HostPattern> deny_;
    std::vector<HostPattern> allow_;
    std::string error_;
};

}  // namespace relay
