// A proxy's address as other programs write it.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace platform {

/// The variables that name a proxy, the first one first.
inline constexpr std::array<const char*, 4> proxy_variables{"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};

/// Without white space and quotes around it, with its scheme in lower case; GNOME's socks:// becomes socks5h://, which
/// is what browsers take it for. Empty where nothing is left.
std::string normal_proxy(std::string_view text);

}  // namespace platform
