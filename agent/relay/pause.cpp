#include "agent/relay/pause.hpp"

#include <charconv>

#include "platform/file.hpp"
#include "platform/text.hpp"

namespace relay {
namespace {

constexpr std::size_t max_file_bytes = 64;
constexpr std::string_view endless = "until-resumed\n";

}  // namespace

std::string Pause::for_people(WallTime now) const {
    if (!until) return "until it is resumed";
    return "for " + platform::for_people((*until > now ? *until - now : std::chrono::seconds{0}).count());
}

std::optional<std::chrono::seconds> read_pause_time(std::string_view text) {
    long long amount = 0;
    const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), amount);
    if (errc != std::errc{} || amount <= 0) return std::nullopt;
    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    long long scale = 0;
    if (unit.empty() || unit == "s") scale = 1;
    if (unit == "m" || unit == "min") scale = 60;
    if (unit == "h") scale = 60 * 60;
    if (unit == "d") scale = 24 * 60 * 60;
    const long long most = std::chrono::seconds{max_pause}.count();
    if (scale == 0 || amount > most / scale) return std::nullopt;
    return std::chrono::seconds{amount * scale};
}

std::filesystem::path pause_file(const std::filesystem::path& state_folder) {
    return state_folder / "paused";
}

std::optional<Pause> load_pause(const std::filesystem::path& state_folder, WallTime now) {
    const auto text = platform::read_file(pause_file(state_folder), max_file_bytes);
    if (!text) {
        if (text.error() == boost::system::errc::no_such_file_or_directory) return std::nullopt;
        return Pause{};
    }
    long long seconds = 0;
    const auto [end, errc] = std::from_chars(text->data(), text->data() + text->size(), seconds);
    if (errc != std::errc{} || end == text->data()) return Pause{};
    const Pause pause{WallTime{std::chrono::seconds{seconds}}};
    if (pause.over(now)) return std::nullopt;
    return pause;
}

Error store_pause(const std::filesystem::path& state_folder, const Pause& pause) {
    const std::string text =
        pause.until ? std::to_string(pause.until->time_since_epoch().count()) + '\n' : std::string{endless};
    return platform::write_file(pause_file(state_folder), text);
}

Error clear_pause(const std::filesystem::path& state_folder) {
    std::error_code error;
    std::filesystem::remove(pause_file(state_folder), error);
    return error ? Error{error.value(), boost::system::system_category()} : Error{};
}

Error clear_pause_that_is_over(const std::filesystem::path& state_folder, WallTime now) {
    return load_pause(state_folder, now) ? Error{} : clear_pause(state_folder);
}

}  // namespace relay
