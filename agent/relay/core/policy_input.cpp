// Keys and buttons that read or write the clipboard. A browser without windows keeps its own; in one with a
// window it is the clipboard of the person at the machine, and a page that is made to paste can send it away.
#include <algorithm>
#include <array>

#include "agent/relay/core/policy_rules.hpp"

namespace relay::rules {
namespace {

// Bits of `modifiers`, as the protocol defines them.
constexpr unsigned control_bit = 2;
constexpr unsigned meta_bit = 4;
constexpr unsigned shift_bit = 8;

// Windows' codes of keys, which Chrome looks at.
constexpr std::array<double, 4> with_control = {'C', 'V', 'X', 0x2D};  // the last one is Insert
constexpr std::array<double, 2> with_shift = {0x2D, 0x2E};             // Insert, Delete

/// Says whether one of Chrome's editing commands touches the clipboard, X's selection or macOS's find pasteboard.
bool is_clipboard_command(std::string_view command) {
    std::string name{command};
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    for (const std::string_view part : {"paste", "copy", "cut", "find", "yank"}) {
        if (name.find(part) != std::string::npos) return true;
    }
    return false;
}

Judgement refused() {
    return deny("clipboard",
                "The policy does not let the clipboard be used in a browser with a window: it is the one of the person "
                "at the machine. Give text by Input.insertText.");
}

Judgement judge_commands(const ParamContext& context) {
    std::string_view commands;
    const Found found = find_member(context.params, "commands", commands);
    if (found == Found::none) return {};
    if (found == Found::repeated) return ambiguous("commands");
    return judge_strings("commands", commands, [](std::string_view command) {
        return is_clipboard_command(command) ? refused() : Judgement{};
    });
}

/// A number in a member: 0 where there is none.
Judgement number_of(const ParamContext& context, std::string_view name, double& out) {
    std::string_view value;
    const Found found = find_member(context.params, name, value);
    out = 0;
    if (found == Found::repeated) return ambiguous(name);
    if (found == Found::one && !read_number(value, out)) return malformed(name, "a number");
    return {};
}

}  // namespace

Judgement key_event(const ParamContext& context) {
    if (!context.around.has_window) return {};
    Judgement judged = judge_commands(context);
    if (!passes(judged)) return judged;
    double key = 0;
    double native = 0;
    double modifiers = 0;
    for (auto [name, slot] :
         {std::pair{"windowsVirtualKeyCode", &key}, {"nativeVirtualKeyCode", &native}, {"modifiers", &modifiers}}) {
        judged = number_of(context, name, *slot);
        if (!passes(judged)) return judged;
    }
    if (modifiers < 0 || modifiers > 15) return malformed("modifiers", "a number from 0 to 15");
    const auto held = static_cast<unsigned>(modifiers);
    const auto one_of = [&](const auto& keys) {
        return std::find(keys.begin(), keys.end(), key) != keys.end() ||
               std::find(keys.begin(), keys.end(), native) != keys.end();
    };
    const bool by_control = (held & (control_bit | meta_bit)) != 0 && one_of(with_control);
    const bool by_shift = (held & shift_bit) != 0 && one_of(with_shift);
    return by_control || by_shift ? refused() : Judgement{};
}

// X pastes the person's selection where the middle button is pressed.
Judgement mouse_event(const ParamContext& context) {
    if (!context.around.has_window) return {};
    std::string_view button;
    const Found found = find_member(context.params, "button", button);
    if (found == Found::repeated) return ambiguous("button");
    std::string scratch;
    return platform::unescape(button, scratch) == "middle" ? refused() : Judgement{};
}

}  // namespace relay::rules
