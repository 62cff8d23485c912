// Addresses as people and tools write them: what is wrong with one, in a sentence that says how to mend it.
#pragma once

#include <string>
#include <string_view>

namespace config {

/// What an address is for, which decides its scheme and its path.
enum class AddressUse : std::uint8_t {
    base,      // api.url: the services' paths are put behind it
    realtime,  // ws:// and wss:// too; "/websocket" is put behind it
    plain,     // anything else over HTTP
};

/// What is wrong with the address; empty when nothing is. The sentence begins with a verb ("has no scheme: …"), as the
/// setting's name stands in front of it, and never repeats what may be a password.
std::string what_is_wrong_with_address(std::string_view text, AddressUse use);

/// The host and the port of an address of DevTools, with or without a scheme.
std::string what_is_wrong_with_host_and_port(std::string_view address);

/// The same for a proxy's address: http://, socks4://, socks4a://, socks5:// or socks5h://, with user and password.
std::string what_is_wrong_with_proxy(std::string_view text);

/// The same for a list of hosts that are reached without a proxy.
std::string what_is_wrong_with_no_proxy(std::string_view text);

}  // namespace config
