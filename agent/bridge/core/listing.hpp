// What Chrome tells of itself under /json, made of what the far browser answers to Target.getTargets and
// Browser.getVersion. Keys, spacing and escapes are Chrome's. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bridge {

/// A target of the far browser; unescaped text.
struct Target {
    std::string id = {};
    std::string type = {};
    std::string title = {};
    std::string url = {};
};
/// The targets in a result of Target.getTargets, pages first, because some clients take the first one. Nothing: the
/// text is no such result.
std::optional<std::vector<Target>> read_targets(std::string_view result);

/// The members of a result of Browser.getVersion, unescaped.
struct BrowserVersion {
    std::string product = {};
    std::string protocol = {};
    std::string revision = {};
    std::string user_agent = {};
    std::string js = {};
};
std::optional<BrowserVersion> read_version(std::string_view result);

/// The member `targetId` of the result of Target.createTarget.
std::string read_target_id(std::string_view result);

/// Where a client reaches the bridge: the Host of its request, and the prefix of the paths.
struct Reached {
    std::string host = {};
    std::string prefix = {};
};
std::string write_list(const std::vector<Target>& targets, const BrowserVersion& version, const Reached& reached);
std::string write_target(const Target& target, const BrowserVersion& version, const Reached& reached);
/// `browser_id`: the last part of the WebSocket's path.
std::string write_version(const BrowserVersion& version, std::string_view browser_id, const Reached& reached);

/// `{"NAME":"VALUE"}` for a command's parameters.
std::string write_parameter(std::string_view name, std::string_view value);

}  // namespace bridge
