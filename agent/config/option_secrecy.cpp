// What of a setting's value nobody is shown, in text and on the command line.
#include <algorithm>
#include <cstring>
#include <regex>

#include "agent/config/option.hpp"
#include "platform/log/redact.hpp"

namespace config {
namespace {

constexpr char covered = '*';

const Option* option_of_flag(std::string_view flag) {
    const auto& table = options();
    const auto found = std::find_if(table.begin(), table.end(), [&](const Option& o) { return o.flag() == flag; });
    return found == table.end() ? nullptr : &*found;
}

/// Covers the word from `value` on, unless there is no secret in it. Its length stays.
void cover(const Option& option, char* value) {
    const std::string_view text = value;
    if (without_secrets(option, text) != text) std::fill(value, value + std::strlen(value), covered);
}

}  // namespace

std::string without_secrets(const Option& option, std::string_view value) {
    static const std::regex variable{R"(([A-Za-z_][A-Za-z0-9_]*=)(\\.|[^"\\])+)"};
    const bool none = value.empty() || value == "\"\"" || value == "[]";
    if (none || option.secrecy == Secrecy::open) return std::string(value);
    if (option.secrecy == Secrecy::whole) return std::string(platform::not_shown);
    if (option.secrecy == Secrecy::parts) return platform::hide_secrets(value);
    return std::regex_replace(std::string(value), variable, "$1" + std::string(platform::not_shown));
}

void hide_in_command_line(int argc, char** argv) {
    for (int i = 1; i < argc && std::string_view(argv[i]) != "--exec"; ++i) {
        const std::string_view word = argv[i];
        const auto equals = word.find('=');
        const auto* option = option_of_flag(word.substr(0, equals));
        if (option == nullptr || option->secrecy == Secrecy::open) continue;
        if (equals != std::string_view::npos) {
            cover(*option, argv[i] + equals + 1);
        } else if (i + 1 < argc) {
            // A list takes several words.
            for (++i; i < argc && argv[i][0] != '-'; ++i) cover(*option, argv[i]);
            --i;
        }
    }
}

}  // namespace config
