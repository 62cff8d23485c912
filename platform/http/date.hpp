// The Date header of HTTP.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace platform::http {

/// RFC 9110's Date ("Mon, 23 Nov 2026 18:53:00 GMT", or one of its older forms); nothing where it is none.
std::optional<std::chrono::sys_seconds> parse_date(const std::string& text);

}  // namespace platform::http
