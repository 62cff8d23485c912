#include "platform/http/date.hpp"

#include <curl/curl.h>

namespace platform::http {

std::optional<std::chrono::sys_seconds> parse_date(const std::string& text) {
    const std::time_t seconds = curl_getdate(text.c_str(), nullptr);
    if (seconds < 0) return std::nullopt;
    return std::chrono::sys_seconds{std::chrono::seconds{seconds}};
}

}  // namespace platform::http
