// What of a message's parameters may stand in a recording that others read. Cookies, headers, bodies, scripts and their
// arguments, titles and whatever was typed are left out: only what is listed in the source passes, so that a parameter
// of a later Chrome is left out too. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bridge {

struct SafeParams {
    std::string kept;                   // JSON text of an object
    std::vector<std::string> left_out;  // names; of a parameter inside of another one "request.headers"
};

/// Whose words the parameters are. A page writes the addresses that its events name: what somebody typed into a form
/// can stand in their path.
enum class Author : unsigned char { controller, browser };

/// `params`: JSON text of an object; other text leaves nothing.
SafeParams safe_params(std::string_view method, std::string_view params, Author author);

/// Whether the size of such a command tells what was typed.
bool types_text(std::string_view method) noexcept;

/// Of a web address its scheme, host, port and, for a controller, its path; of any other one its scheme. Empty: it is
/// no address.
std::string safe_address(std::string_view url, Author author);

}  // namespace bridge
