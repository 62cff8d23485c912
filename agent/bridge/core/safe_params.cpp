#include "agent/bridge/core/safe_params.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "platform/json/core/slice.hpp"

namespace bridge {
namespace {

using platform::JsonKind;

/// A name or a value that is longer is left out.
constexpr std::size_t most_safe_text = 128;
constexpr std::size_t most_left_out = 32;

/// Strings under these names pass: ids that Chrome makes, and words of the protocol.
constexpr std::string_view safe_words[] = {
    "behavior",        "blockedReason", "browserContextId", "button",    "errorReason",  "errorText",      "format",
    "frameId",         "guid",          "handle",           "loaderId",  "media",        "mimeType",       "mode",
    "networkId",       "objectGroup",   "objectId",         "openerId",  "parentId",     "pointerType",    "policy",
    "protocol",        "reason",        "referrerPolicy",   "requestId", "resourceType", "scriptId",       "sessionId",
    "state",           "stream",        "subtype",          "targetId",  "transferMode", "transitionType", "type",
    "uniqueContextId", "worldName"};

/// Addresses, which pass in part.
constexpr std::string_view addresses[] = {"documentURL", "url"};

/// Objects under these names are looked into; all others are left out.
constexpr std::string_view safe_objects[] = {"clip", "frame", "request", "response", "targetInfo"};

/// Strings that are words of the protocol inside of those alone.
constexpr std::string_view safe_words_inside[] = {"id", "method"};

/// Of all methods that give input these alone do not type.
constexpr std::string_view pointing[] = {"Input.dispatchMouseEvent",         "Input.dispatchTouchEvent",
                                         "Input.emulateTouchFromMouseEvent", "Input.setIgnoreInputEvents",
                                         "Input.setInterceptDrags",          "Input.synthesizePinchGesture",
                                         "Input.synthesizeScrollGesture",    "Input.synthesizeTapGesture"};

constexpr std::string_view web_schemes[] = {"http", "https", "ws", "wss"};

template <std::size_t count>
bool has(const std::string_view (&list)[count], std::string_view word) noexcept {
    return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

bool is_scheme(std::string_view text) noexcept {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    };
    return !text.empty() && text.front() >= 'a' && text.front() <= 'z' && std::all_of(text.begin(), text.end(), fits);
}

/// Names of the stages of a page's life: "load", "networkIdle".
constexpr std::string_view lifecycle_event = "Page.lifecycleEvent";

class Sieve {
  public:
    Sieve(std::string_view method, Author author)
        : typing_{types_text(method)}, named_{method == lifecycle_event}, author_{author} {}

    /// Appends what passes of an object. `inside`: its name with a point; empty: it is the params.
    void pass(std::string_view object, const std::string& inside, std::string& out) {
        out += '{';
        const auto begun = out.size();
        platform::for_each_member(object, [&](std::string_view name, std::string_view value) {
            const auto before = out.size();
            if (before != begun) out += ',';
            platform::append_quoted(out, name);
            out += ':';
            if (pass_value(name, value, inside, out)) return true;
            out.resize(before);
            leave_out(inside, name);
            return true;
        });
        out += '}';
    }

    std::vector<std::string> left_out;

  private:
    bool pass_value(std::string_view name, std::string_view value, const std::string& inside, std::string& out) {
        if (name.size() > most_safe_text) return false;
        const auto kind = platform::json_kind(value);
        if (kind == JsonKind::string) return pass_text(name, value, !inside.empty(), out);
        if (typing_ || kind == JsonKind::array) return false;
        if (kind == JsonKind::object) {
            if (!inside.empty() || !has(safe_objects, name)) return false;
            return pass(value, std::string{name} + ".", out), true;
        }
        if (value.size() > most_safe_text) return false;
        out += value;
        return true;
    }

    bool pass_text(std::string_view name, std::string_view value, bool inside, std::string& out) const {
        if (typing_ && name != "type") return false;
        std::string scratch;
        const auto text = platform::unescape(value, scratch);
        if (has(addresses, name)) {
            const auto address = safe_address(text, author_);
            platform::append_quoted(out, address);
            return !address.empty();
        }
        if (text.size() > most_safe_text) return false;
        const bool word =
            has(safe_words, name) || (inside && has(safe_words_inside, name)) || (named_ && name == "name");
        if (!word) return false;
        platform::append_quoted(out, text);
        return true;
    }

    void leave_out(const std::string& inside, std::string_view name) {
        if (left_out.size() < most_left_out) left_out.push_back(inside + std::string{name.substr(0, most_safe_text)});
    }

    const bool typing_;
    const bool named_;
    const Author author_;
};

}  // namespace

bool types_text(std::string_view method) noexcept {
    return method.starts_with("Input.") && !has(pointing, method);
}

std::string safe_address(std::string_view url, Author author) {
    constexpr std::size_t most_address = 1024;
    constexpr std::string_view blank = "about:blank", slashes = "://";
    const auto scheme = url.substr(0, url.find(':'));
    if (scheme.size() == url.size() || !is_scheme(scheme)) return {};
    if (url == blank) return std::string{blank};
    const std::string alone = std::string{scheme} + ":";
    if (!has(web_schemes, scheme) || !url.substr(scheme.size()).starts_with(slashes)) return alone;
    auto rest = url.substr(scheme.size() + slashes.size());
    auto host = rest.substr(0, rest.find_first_of("/\\?#;"));
    // What a parser of the web skips is skipped by none here: such an address could hide a password in its path.
    if (host.empty() || std::any_of(url.begin(), url.end(), [](unsigned char c) { return c <= ' '; })) return alone;
    rest.remove_prefix(host.size());
    host = host.substr(host.rfind('@') + 1);
    const auto path = rest.substr(0, rest.find_first_of("\\?#;"));
    auto address = alone + "//" + std::string{host};
    if (author == Author::controller) address += path;
    return address.size() <= most_address ? address : alone;
}

SafeParams safe_params(std::string_view method, std::string_view params, Author author) {
    SafeParams safe{"{}", {}};
    if (!platform::check_json(params, platform::max_json_depth_limit).ok()) return safe;
    if (platform::json_kind(params) != JsonKind::object) return safe;
    Sieve sieve{method, author};
    safe.kept.clear();
    sieve.pass(params, {}, safe.kept);
    safe.left_out = std::move(sieve.left_out);
    return safe;
}

}  // namespace bridge
