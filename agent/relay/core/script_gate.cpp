#include "agent/relay/core/script_gate.hpp"

#include "agent/relay/core/members.hpp"
#include "platform/json/core/slice.hpp"

namespace relay {
namespace {

// A document's own URL and the origin that it may have inherited (about:blank in a page of the browser's) both count.
constexpr std::string_view harmless_places =
    R"js(/^(?:https?:|data:|blob:(?:https?:|null\/)|about:(?:blank|srcdoc)(?:[?#]|$)|chrome-error:)/.test(href)&&)js"
    R"js(/^(?:null$|https?:|chrome-error:)/.test(self.origin))js";
constexpr std::string_view climbing = R"js(/\.\.|%2e|\\|%5c|%2f/i.test(href))js";

/// A glob as the source of a regular expression: `*` stands for any text, everything else for itself.
std::string regex_of(std::string_view glob) {
    std::string out = "^";
    for (const char c : glob) {
        if (c == '*') {
            out += ".*";
            continue;
        }
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           static_cast<unsigned char>(c) >= 0x80;
        if (!plain) out += '\\';
        out += c;
    }
    return out + '$';
}

std::string gate_source(const std::string& name, const std::vector<std::string>& allow_urls) {
    std::string source = "(()=>{const href=location.href;let open=";
    source.append(harmless_places).append(";");
    for (const std::string& glob : allow_urls) {
        source += "open=open||new RegExp(";
        platform::append_quoted(source, regex_of(glob));
        source.append(",'s').test(href)&&!").append(climbing).append(";");
    }
    return source + "open||Object.defineProperty(globalThis,'" + name + "',{value:0})})()";
}

void append_given(std::string& out, std::string_view params, std::string_view name) {
    std::string_view value;
    if (find_member(params, name, value) != Found::one) return;
    out += ',';
    platform::append_quoted(out, name);
    out.append(":").append(value);
}

}  // namespace

std::optional<GatedScript> gate_script(std::string_view method, std::string_view params, std::uint64_t serial,
                                       const std::vector<std::string>& allow_urls) {
    const bool elder = method == "Page.addScriptToEvaluateOnLoad";
    std::string_view script;
    if (find_member(params, elder ? "scriptSource" : "source", script) != Found::one) return std::nullopt;
    if (platform::json_kind(script) != platform::JsonKind::string) return std::nullopt;
    const std::string name = "__place" + std::to_string(serial);
    GatedScript gated;
    gated.gate_params = R"({"source":)";
    platform::append_quoted(gated.gate_params, gate_source(name, allow_urls));
    if (!elder) {
        append_given(gated.gate_params, params, "worldName");
        append_given(gated.gate_params, params, "runImmediately");
    }
    gated.gate_params += '}';
    const auto end = static_cast<std::size_t>(script.data() + script.size() - params.data()) - 1;  // its closing quote
    gated.params.append(params.substr(0, end)).append(R"(\n;let )").append(name).append(";");
    gated.params.append(params.substr(end));
    return gated;
}

}  // namespace relay
