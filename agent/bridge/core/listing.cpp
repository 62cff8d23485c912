#include "agent/bridge/core/listing.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "platform/json/core/slice.hpp"

namespace bridge {
namespace {

using platform::JsonKind;

std::string text_of(std::string_view value) {
    std::string text;
    platform::append_unescaped(text, value);
    return text;
}

/// The members of an object that are asked for by name, where they are strings. False: it is no object.
template <std::size_t N>
bool read_strings(std::string_view object, const std::array<std::pair<std::string_view, std::string*>, N>& wanted) {
    const auto take = [&](std::string_view key, std::string_view value) {
        for (const auto& [name, out] : wanted) {
            if (key == name && platform::json_kind(value) == JsonKind::string) *out = text_of(value);
        }
        return true;
    };
    return platform::for_each_member(object, take).ok();
}

/// Chrome's title is fit for HTML.
std::string escape_html(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

/// One line of an object, as Chrome writes it.
void append_line(std::string& out, std::string_view name, std::string_view value) {
    out += out.ends_with('{') ? "\n   \"" : ",\n   \"";
    out += name;
    out += "\": ";
    std::string quoted;
    platform::append_quoted(quoted, value);
    for (const char c : quoted) {
        if (c == '<') out += "\\u003C";
        if (c != '<') out += c;
    }
}

std::string_view front_end_of(std::string_view type) {
    const bool worker = type == "worker" || type == "service_worker" || type == "shared_worker";
    return worker ? "worker_app.html" : "inspector.html";
}

void append_target(std::string& out, const Target& target, const BrowserVersion& version, const Reached& reached) {
    const auto place = reached.host + reached.prefix + "/devtools/page/" + target.id;
    // An address that holds the secret is not for a site to see.
    const bool secret = !reached.prefix.empty();
    auto address = secret ? "devtools://devtools/bundled/"
                          : "https://chrome-devtools-frontend.appspot.com/serve_rev/" + version.revision + "/";
    address += front_end_of(target.type);
    out += '{';
    append_line(out, "description", "");
    append_line(out, "devtoolsFrontendUrl", address + "?ws=" + place);
    append_line(out, "id", target.id);
    append_line(out, "title", escape_html(target.title));
    append_line(out, "type", target.type);
    append_line(out, "url", target.url);
    append_line(out, "webSocketDebuggerUrl", "ws://" + place);
    out += "\n}";
}

/// "537.36" of "Mozilla/5.0 (…) AppleWebKit/537.36 (…) …".
std::string_view web_kit_of(std::string_view user_agent) {
    constexpr std::string_view mark = "AppleWebKit/";
    const auto at = user_agent.find(mark);
    if (at == std::string_view::npos) return "537.36";
    const auto rest = user_agent.substr(at + mark.size());
    return rest.substr(0, rest.find(' '));
}

}  // namespace

std::optional<std::vector<Target>> read_targets(std::string_view result) {
    std::string_view list;
    const auto find_list = [&](std::string_view key, std::string_view value) {
        if (key == "targetInfos") list = value;
        return true;
    };
    if (!platform::for_each_member(result, find_list).ok()) return std::nullopt;
    std::vector<Target> targets;
    bool all_good = true;
    const auto take = [&](std::string_view entry) {
        Target target;
        const std::array<std::pair<std::string_view, std::string*>, 4> wanted{
            {{"targetId", &target.id}, {"type", &target.type}, {"title", &target.title}, {"url", &target.url}}};
        all_good = all_good && read_strings(entry, wanted);
        targets.push_back(std::move(target));
        return all_good;
    };
    if (!platform::for_each_element(list, take).ok() || !all_good) return std::nullopt;
    std::ranges::stable_partition(targets, [](const Target& target) { return target.type == "page"; });
    return targets;
}

std::optional<BrowserVersion> read_version(std::string_view result) {
    BrowserVersion version;
    const std::array<std::pair<std::string_view, std::string*>, 5> wanted{{{"product", &version.product},
                                                                           {"protocolVersion", &version.protocol},
                                                                           {"revision", &version.revision},
                                                                           {"userAgent", &version.user_agent},
                                                                           {"jsVersion", &version.js}}};
    if (!read_strings(result, wanted)) return std::nullopt;
    return version;
}

std::string read_target_id(std::string_view result) {
    std::string id;
    const std::array<std::pair<std::string_view, std::string*>, 1> wanted{{{"targetId", &id}}};
    return read_strings(result, wanted) ? id : std::string{};
}

std::string write_list(const std::vector<Target>& targets, const BrowserVersion& version, const Reached& reached) {
    std::string out = "[ ";
    for (const auto& target : targets) {
        if (&target != targets.data()) out += ", ";
        append_target(out, target, version, reached);
    }
    return out + " ]\n";
}

std::string write_target(const Target& target, const BrowserVersion& version, const Reached& reached) {
    std::string out;
    append_target(out, target, version, reached);
    return out + "\n";
}

std::string write_version(const BrowserVersion& version, std::string_view browser_id, const Reached& reached) {
    const bool windows = version.user_agent.find("Windows") != std::string::npos;
    std::string out = "{";
    append_line(out, "Browser", version.product);
    append_line(out, "File-Path-Style", windows ? "windows" : "posix");
    append_line(out, "Protocol-Version", version.protocol);
    append_line(out, "User-Agent", version.user_agent);
    append_line(out, "V8-Version", version.js);
    append_line(out, "WebKit-Version", std::string(web_kit_of(version.user_agent)) + " (" + version.revision + ")");
    append_line(out, "webSocketDebuggerUrl", "ws://" + reached.host + "/devtools/browser/" + std::string(browser_id));
    return out + "\n}\n";
}

std::string write_parameter(std::string_view name, std::string_view value) {
    std::string out = "{\"";
    out += name;
    out += "\":";
    platform::append_quoted(out, value);
    return out + "}";
}

}  // namespace bridge
