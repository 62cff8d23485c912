#include "agent/config/removed_settings.hpp"

#include <algorithm>
#include <string>

#include "agent/config/option.hpp"

namespace config {
namespace {

constexpr std::string_view removed[] = {
    "browser.default_page_limit",   "browser.idle_check_every",
    "browser.idle_check_limit",     "browser.max_bytes_held",
    "browser.stop_grace",           "realtime.backoff_base",
    "realtime.backoff_cap",         "realtime.held_after",
    "realtime.http_fallback_after", "realtime.outbox_reserve_bytes",
    "realtime.refused_for",         "realtime.silence_joining",
    "realtime.upgrade_timeout",     "relay.max_bytes_in_flight",
    "relay.max_waiting_answers",    "streams.idle_limit",
};

}  // namespace

bool was_setting(std::string_view key) noexcept {
    return std::find(std::begin(removed), std::end(removed), key) != std::end(removed);
}

const std::string_view* removed_setting_of(std::string_view variable) {
    const auto stands_for = [variable](std::string_view key) {
        Option option;
        option.key = key;
        return option.environment() == variable;
    };
    const auto* const found = std::find_if(std::begin(removed), std::end(removed), stands_for);
    return found != std::end(removed) ? found : nullptr;
}

}  // namespace config
