// The status as people read it: a line a subject, made of the document that programs get.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "agent/control/health_report.hpp"
#include "agent/control/status.hpp"
#include "platform/json/tree.hpp"
#include "platform/text.hpp"

namespace control {
namespace {

using nlohmann::json;
using platform::clean;

/// From so many on it is a crash loop, and no bad moment.
constexpr std::int64_t crash_loop = 3;

std::string word(const json& tree, const char* key) {
    return platform::get_string(tree, key).value_or("");
}

std::string link_line(const json& link) {
    std::string line = word(link, "state");
    if (const auto since = platform::get_integer(link, "joined_for_s")) line += " for " + platform::for_people(*since);
    if (const auto trip = platform::get_integer(link, "round_trip_ms"))
        line += ", round trip " + std::to_string(*trip) + " ms";
    if (!word(link, "reason").empty()) line += ": " + word(link, "reason");
    if (const auto next = platform::get_integer(link, "next_try_s"))
        line += "; next try in " + platform::for_people(*next);
    return line;
}

double number_of(const json& tree, const char* key) {
    const auto* value = platform::find(tree, key);
    return value != nullptr && value->is_number() ? value->get<double>() : 0;
}

/// Results a second that may be sent, and why no more.
std::string pace_line(const json& link) {
    const double pace = number_of(link, "budget");
    if (pace <= 0) return {};
    std::string line = fmt::format("{:.1f} results a second", pace);
    const auto why = word(link, "budget_why");
    if (why == "closure") {
        line += fmt::format(", on its way back to {:.1f}", number_of(link, "budget_ceiling"));
    }
    if (why == "ceiling") line += ", the ceiling; it rises while nothing closes";
    if (const auto ago = platform::get_integer(link, "rate_closed_s_ago"); ago && why != "setting") {
        line += "; the project's limit of messages closed the channel " + platform::for_people(*ago) + " ago";
    }
    return line;
}

/// Empty where nobody else claims to be this device.
std::string twin_line(const json& link) {
    const auto twin = word(link, "twin");
    if (twin == "yielding") return "another agent of this device was there before: this one relays nothing";
    if (twin == "empty") return "a member of the channel claims to be this device and answers nothing: this one relays";
    if (platform::get_bool(link, "younger_twin").value_or(false)) {
        return "another agent of this device came later and gives way to this one";
    }
    return {};
}

std::string browser_line(const json& browser) {
    std::string line = word(browser, "mode") + ", " + word(browser, "state");
    if (!word(browser, "product").empty()) line += ", " + word(browser, "product");
    if (!word(browser, "reason").empty()) line += ": " + word(browser, "reason");
    const auto failures = platform::get_integer(browser, "failures_in_a_row").value_or(0);
    if (failures >= crash_loop) line += "; it ended " + std::to_string(failures) + " times in a row";
    if (const auto next = platform::get_integer(browser, "next_try_s"))
        line += "; next try in " + platform::for_people(*next);
    return line;
}

std::string token_line(const json& token, credentials::WallTime now) {
    std::string line;
    if (const auto expires = platform::get_integer(token, "expires_at")) {
        const auto left = *expires - now.time_since_epoch().count();
        line = left > 0 ? "valid for " + platform::for_people(left) : "ran out " + platform::for_people(-left) + " ago";
    } else {
        line = "does not say until when it lives";
    }
    line += platform::get_bool(token, "refreshable").value_or(false) ? ", refreshed by itself" : ", not refreshable";
    if (!word(token, "trouble").empty()) line += "; " + word(token, "trouble");
    if (platform::get_bool(token, "in_address").value_or(false)) {
        line += "; it travels in the address since no api.key is set";
    }
    return line;
}

/// What fits on a line; --json has all of them.
std::string settings_line(const json& settings) {
    constexpr std::size_t settings_bytes = 300;
    return settings.empty() ? "none" : clean(platform::to_text(settings), settings_bytes);
}

/// Empty where there is none and none has ended.
std::string clients_line(const json& clients) {
    const auto count = platform::get_integer(clients, "count").value_or(0);
    const auto bytes = platform::get_integer(clients, "bytes").value_or(0);
    std::string ended;
    if (const auto* reasons = platform::find(clients, "ended")) {
        for (const auto& [reason, times] : reasons->items()) {
            if (!times.is_number_unsigned() || times == 0) continue;
            ended += (ended.empty() ? "" : ", ") + std::to_string(times.get<std::uint64_t>()) + " " + clean(reason);
        }
    }
    if (count == 0 && ended.empty()) return {};
    std::string line = std::to_string(count) + ", " + std::to_string(bytes) + " bytes held for them";
    const auto on_disk = platform::get_integer(clients, "disk_bytes").value_or(0);
    if (on_disk > 0) line += " (" + std::to_string(on_disk) + " in files)";
    return ended.empty() ? line : line + "; ended: " + ended;
}

/// Empty where nobody's key is listed.
std::string trust_line(const json& trust) {
    const auto keys = platform::get_integer(trust, "keys").value_or(0);
    const auto require = word(trust, "require");
    if (keys == 0 && require == "off") return {};
    const auto of_keys = std::to_string(keys) + (keys == 1 ? " key is" : " keys are") + " listed";
    if (require == "all") return "sealed clients alone may command; " + of_keys;
    if (require == "clients") return "clients must be sealed, other commands may look alone; " + of_keys;
    return "everybody who may broadcast on the channel may command (trust.require = off); " + of_keys;
}

/// Lines with a name in front; an empty one is left out.
class Lines {
  public:
    void add(std::string_view name, const std::string& value) {
        if (value.empty()) return;
        text_.append(name).append(name.size() < 10 ? 10 - name.size() : 1, ' ').append(value).append("\n");
    }
    std::string take() { return std::move(text_); }

  private:
    std::string text_;
};

void add_link(Lines& lines, const json& link) {
    lines.add("channel", link_line(link));
    lines.add("twin", twin_line(link));
    lines.add("pace", pace_line(link));
    lines.add("warning", word(link, "warning"));
}

void add_browser(Lines& lines, const json& browser) {
    lines.add("browser", browser_line(browser));
    if (word(browser, "policy") == "advisory") {
        lines.add("policy", "advisory: through the open DevTools port others can go around it");
    }
    if (const auto* fence = platform::find(browser, "fence")) lines.add("fence", word(*fence, "problem"));
}

void add_gate(Lines& lines, const json& tree) {
    const auto remedy = word(tree, "remedy");
    lines.add("gate", word(tree, "reason") + (remedy.empty() ? "" : "; " + remedy));
    lines.add("backend", word(tree, "backend"));
}

/// Of an agent that has a device.
void add_device(Lines& lines, const json& tree, credentials::WallTime now) {
    if (const auto* device = platform::find(tree, "device")) {
        lines.add("device", word(*device, "uuid") + " (" + word(*device, "name") + ")");
        lines.add("account", word(*device, "account"));
        lines.add("key", word(*device, "fingerprint"));
    }
    lines.add("backend", word(tree, "backend"));
    if (const auto* trust = platform::find(tree, "trust")) lines.add("trust", trust_line(*trust));
    if (const auto* link = platform::find(tree, "link")) add_link(lines, *link);
    if (const auto* token = platform::find(tree, "token")) lines.add("token", token_line(*token, now));
    if (const auto* browser = platform::find(tree, "browser")) add_browser(lines, *browser);
    if (const auto* clients = platform::find(tree, "clients")) lines.add("clients", clients_line(*clients));
    lines.add("paused", word(tree, "paused"));
    lines.add("message", word(tree, "message"));
    if (const auto* settings = platform::find(tree, "settings")) lines.add("settings", settings_line(*settings));
    if (const auto* notices = platform::find(tree, "notices")) {
        for (const auto& notice : *notices) lines.add("notice", notice.is_string() ? notice.get<std::string>() : "");
    }
}

}  // namespace

std::string status_for_people(std::string_view text, credentials::WallTime now) {
    const auto parsed = platform::parse_json(text);
    if (!parsed) return "the agent's answer cannot be read\n";
    const auto& tree = *parsed;
    Lines lines;
    lines.add("agent", word(tree, "version") + ", pid " +
                           std::to_string(platform::get_integer(tree, "pid").value_or(0)) + ", up " +
                           platform::for_people(platform::get_integer(tree, "uptime_s").value_or(0)));
    for (const auto& health : health_lines(tree)) lines.add("health", health);
    lines.add("profile", word(tree, "profile"));
    if (platform::get_bool(tree, "paired").value_or(false)) {
        add_device(lines, tree, now);
    } else {
        add_gate(lines, tree);
    }
    return lines.take();
}

}  // namespace control
