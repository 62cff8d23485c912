#include "cdp/core/targets.hpp"

#include "platform/json/core/slice.hpp"

namespace cdp {
namespace {

constexpr std::size_t title_limit = 512;

std::string text_of(std::string_view value, std::size_t limit = std::string::npos) {
    std::string text;
    if (!platform::append_unescaped(text, value)) text = value;
    if (text.size() > limit) {
        text.resize(limit);
        text.shrink_to_fit();
    }
    return text;
}

}  // namespace

bool is_target_id(std::string_view text) noexcept {
    constexpr std::size_t id_limit = 128;
    return !text.empty() && text.size() <= id_limit && text.find_first_of("\"\\") == std::string_view::npos;
}

std::optional<TargetInfo> read_target(std::string_view object) {
    TargetInfo target;
    platform::for_each_member(object, [&](std::string_view key, std::string_view value) {
        if (key == "targetId") target.id = text_of(value);
        if (key == "type") target.type = text_of(value);
        if (key == "subtype") target.subtype = text_of(value);
        if (key == "url") target.url = text_of(value, target_url_limit);
        if (key == "title") target.title = text_of(value, title_limit);
        if (key == "openerId") target.opener = text_of(value);
        if (key == "browserContextId") target.context = text_of(value);
        return true;
    });
    if (target.id.empty()) return std::nullopt;
    return target;
}

std::string_view raw_member(std::string_view object, std::string_view key) {
    std::string_view found;
    platform::for_each_member(object, [&](std::string_view name, std::string_view value) {
        if (name == key) found = value;
        return name != key;
    });
    return found;
}

std::string member(std::string_view object, std::string_view key) {
    return text_of(raw_member(object, key));
}

}  // namespace cdp
