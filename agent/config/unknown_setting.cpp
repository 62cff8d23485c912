#include "agent/config/unknown_setting.hpp"

#include <vector>

#include "agent/config/option.hpp"
#include "platform/text.hpp"

namespace config {
namespace {

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& names) {
    const auto near = platform::nearest(wrong, names);
    return near ? "; did you mean " + *near + "?" : std::string{};
}

}  // namespace

std::string unknown_key(std::string_view key) {
    std::vector<std::string> keys;
    for (const auto& option : options()) keys.push_back(option.key);
    return "there is no setting " + platform::clean(key) + did_you_mean(key, keys);
}

std::string unknown_variable(std::string_view name) {
    std::vector<std::string> names;
    for (const auto& option : options()) names.push_back(option.environment());
    return "no setting has this variable" + did_you_mean(name, names);
}

}  // namespace config
