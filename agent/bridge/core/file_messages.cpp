#include "agent/bridge/core/file_messages.hpp"

#include <algorithm>

#include "platform/json/core/slice.hpp"

namespace bridge {
namespace {

using platform::JsonKind;

constexpr std::size_t max_guid = 64;  // Chrome's have 36
constexpr std::string_view input_files = "DOM.setFileInputFiles";
constexpr std::string_view drag = "Input.dispatchDragEvent";

/// Most messages hold none of these words, and are not looked at any further.
bool may_be(std::string_view message, std::string_view word) {
    return message.find(word) != std::string_view::npos;
}

/// The member's JSON text; empty where there is none.
std::string_view member(std::string_view object, std::string_view name) {
    std::string_view found;
    if (platform::json_kind(object) != JsonKind::object) return found;
    platform::for_each_member(object, [&](std::string_view key, std::string_view value) {
        if (key == name) found = value;
        return true;
    });
    return found;
}

std::string text(std::string_view object, std::string_view name) {
    std::string out;
    platform::append_unescaped(out, member(object, name));
    return out;
}

std::string in_quotes(std::string_view value) {
    std::string out;
    platform::append_quoted(out, value);
    return out;
}

/// The object with that member, all else being as it came.
std::string with_member(std::string_view object, std::string_view name, std::string_view value) {
    std::string changed = "{";
    platform::for_each_member(object, [&](std::string_view key, std::string_view old) {
        if (key != name) changed.append(in_quotes(key)).append(":").append(old).append(",");
        return true;
    });
    return changed.append(in_quotes(name)).append(":").append(value).append("}");
}

/// The message with that parameter, likewise.
std::string with_parameter(std::string_view message, std::string_view name, std::string_view value) {
    const auto params = member(message, "params");
    std::string out{message};
    if (platform::json_kind(params) != JsonKind::object) return out;
    const auto at = static_cast<std::size_t>(params.data() - message.data());
    return out.replace(at, params.size(), with_member(params, name, value));
}

std::vector<std::string> read_paths(std::string_view object) {
    std::vector<std::string> paths;
    const auto files = member(object, "files");
    if (platform::json_kind(files) != JsonKind::array) return paths;
    platform::for_each_element(files, [&](std::string_view file) {
        platform::append_unescaped(paths.emplace_back(), file);
        return true;
    });
    return paths;
}

DownloadWish read_wish(std::string_view params) {
    const auto behavior = text(params, "behavior");
    DownloadWish wish{.by_guid = behavior == "allowAndName"};
    if (behavior == "allow" || wish.by_guid) wish.folder = text(params, "downloadPath");
    return wish;
}

bool is_guid(std::string_view text) {
    const auto fits = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    };
    return !text.empty() && text.size() <= max_guid && std::all_of(text.begin(), text.end(), fits);
}

}  // namespace

FilesSent read_files_sent(std::string_view message) {
    FilesSent said;
    const bool maybe =
        may_be(message, ".setDownloadBehavior\"") || may_be(message, input_files) || may_be(message, drag);
    if (!maybe) return said;
    const auto method = text(message, "method");
    const auto params = member(message, "params");
    if (method == "Browser.setDownloadBehavior" || method == "Page.setDownloadBehavior") {
        said.downloads = read_wish(params);
    } else if (method == input_files) {
        said.paths = read_paths(params);
    } else if (method == drag) {
        said.paths = read_paths(member(params, "data"));
        said.goes_on = text(params, "type") != "dragEnter";
    }
    return said;
}

CommandHead read_command_head(std::string_view message) {
    return {text(message, "method"), text(message, "sessionId")};
}

std::string with_download_events(std::string_view message) {
    // Page.setDownloadBehavior knows no such parameter.
    if (text(message, "method") != "Browser.setDownloadBehavior") return std::string(message);
    return with_parameter(message, "eventsEnabled", "true");
}

std::string with_paths(std::string_view message, const std::vector<std::string>& paths) {
    std::string list = "[";
    for (const auto& path : paths) list.append(list.size() > 1 ? "," : "").append(in_quotes(path));
    list += ']';
    if (text(message, "method") != drag) return with_parameter(message, "files", list);
    const auto data = member(member(message, "params"), "data");
    return with_parameter(message, "data", with_member(data, "files", list));
}

std::string refuse_command(std::string_view message, std::string_view sentence) {
    std::string out = "{";
    for (const char* const key : {"id", "sessionId"}) {
        const auto value = member(message, key);
        if (!value.empty()) out.append(in_quotes(key)).append(":").append(value).append(",");
    }
    // Chrome's code for what it cannot do.
    return out.append(R"("error":{"code":-32000,"message":)").append(in_quotes(sentence)).append("}}");
}

DownloadEvent read_download_event(std::string_view message) {
    DownloadEvent event;
    if (!may_be(message, ".downloadWillBegin\"") && !may_be(message, ".downloadProgress\"")) return event;
    const auto method = text(message, "method");
    const auto params = member(message, "params");
    event.guid = text(params, "guid");
    event.name = text(params, "suggestedFilename");
    // It becomes the name of a file.
    if (!is_guid(event.guid)) return event;
    const auto state = text(params, "state");
    if (method.ends_with(".downloadWillBegin")) event.kind = DownloadEvent::Kind::begins;
    if (!method.ends_with(".downloadProgress")) return event;
    if (state == "completed") event.kind = DownloadEvent::Kind::completed;
    if (state == "canceled") event.kind = DownloadEvent::Kind::canceled;
    return event;
}

std::string completed_at(std::string_view message, const std::string& path) {
    if (path.empty()) return with_parameter(message, "state", R"("canceled")");
    // The page's own event knows no such parameter.
    if (text(message, "method") != "Browser.downloadProgress") return std::string(message);
    return with_parameter(message, "filePath", in_quotes(path));
}

}  // namespace bridge
