#include "cdp/fence.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cdp/machine_facts.hpp"
#include "platform/file.hpp"
#include "platform/json/tree.hpp"

namespace cdp {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t max_policy_bytes = std::size_t{1} << 20;
/// Of files that say different things Chrome takes the last one.
constexpr const char* policy_name = "zzz-bmc-agent.json";
constexpr const char* install_policy =
    "as root, bmc-agent --generate chrome-policy > /etc/chromium/policies/managed/bmc-agent.json (Google Chrome: "
    "/etc/opt/chrome)";

bool has_argument(const Settings& settings, std::string_view name) {
    const auto& arguments = settings.extra_arguments;
    return std::find(arguments.begin(), arguments.end(), name) != arguments.end();
}

/// Chrome's older sandbox is a program with root's rights, which a process that gains no rights cannot start.
bool needs_setuid_sandbox(const FoundBrowser& browser) {
    std::error_code ec;
    const auto beside = fs::canonical(browser.path, ec).parent_path();
    for (const fs::path& sandbox : {beside / "chrome-sandbox", fs::path{"/usr/lib/chromium/chrome-sandbox"}}) {
        struct stat status {};
        if (::stat(sandbox.c_str(), &status) == 0 && (status.st_mode & S_ISUID) != 0) return true;
    }
    return false;
}

void join(json& ours, const json& theirs) {
    if (!theirs.is_object()) return;
    for (const auto& [key, value] : theirs.items()) {
        if (!ours.contains(key)) continue;  // Chrome reads it where it is
        if (!ours[key].is_array() || !value.is_array()) {
            ours.erase(key);
            continue;
        }
        for (const auto& one : value) {
            if (std::find(ours[key].begin(), ours[key].end(), one) == ours[key].end()) ours[key].push_back(one);
        }
    }
}

}  // namespace

std::vector<std::string> policy_folders(const FoundBrowser& browser) {
    std::vector<std::string> roots = {"/etc/chromium", "/etc/opt/chrome", "/etc/opt/chrome_for_testing",
                                      "/etc/opt/edge"};
    // In /etc itself only where it is needed: all of /etc is laid anew for a folder that it lacks.
    for (const auto& [name, root] : {std::pair{"brave", "/etc/brave"},
                                     {"chromium-browser", "/etc/chromium-browser"},
                                     {"vivaldi", "/etc/vivaldi"},
                                     {"opera", "/etc/opera"}}) {
        std::error_code ec;
        if (browser.path.find(name) != std::string::npos || fs::is_directory(root, ec)) roots.emplace_back(root);
    }
    for (auto& root : roots) root += "/policies/managed";
    return roots;
}

std::string joined_policy(const std::string& ours, const fs::path& folder) {
    auto joined = platform::parse_json(ours);
    if (!joined) return ours;
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator{folder, ec}) {
        const auto text = platform::read_file(entry.path(), max_policy_bytes);
        if (!text) continue;
        join(*joined, json::parse(*text, nullptr, false, true));  // Chrome takes comments too
    }
    return platform::to_text(*joined, 4);
}

FencePlan::FencePlan(const Settings& settings, const FoundBrowser& browser, const std::vector<std::string>& needed,
                     const std::string& stage)
    : settings_{settings}, browser_{browser} {
    if (settings.managed_policy.empty() && settings.hidden_paths.empty()) return;
    wish_.hidden = settings.hidden_paths;
    wish_.visible = settings.visible_paths;
    wish_.visible.insert(wish_.visible.end(), needed.begin(), needed.end());
    wish_.stage = stage;
    if (!settings.managed_policy.empty()) {
        for (const auto& folder : policy_folders(browser)) {
            wish_.files.push_back({folder + '/' + policy_name, joined_policy(settings.managed_policy, folder)});
        }
    }
    if (browser.snap) {
        why_ = "a snap has one already";
        return;
    }
    if (has_argument(settings, "--disable-namespace-sandbox")) {
        why_ = "--disable-namespace-sandbox needs the sandbox of root's rights";
        return;
    }
    auto planned = platform::plan_mounts(wish_);
    if (planned) {
        way_is_ = Way::mounts;
        way_ = std::move(*planned);
        return;
    }
    why_ = planned.error().message();
    try_landlock();
}

void FencePlan::try_landlock() {
    way_is_ = Way::none;
    way_.reset();
    if (wish_.hidden.empty() || (needs_setuid_sandbox(browser_) && !has_argument(settings_, "--no-sandbox"))) return;
    auto planned = platform::plan_landlock(wish_);
    if (!planned) return;
    way_is_ = Way::landlock;
    way_ = std::move(*planned);
}

bool FencePlan::next_way() {
    if (!way_ || way_->refusal() == 0) return false;
    if (way_is_ == Way::mounts) {
        why_ = "user namespaces: " + Error{way_->refusal(), boost::system::system_category()}.message();
        try_landlock();
    } else {
        way_is_ = Way::none;
        way_.reset();
    }
    return true;
}

Fence FencePlan::outcome() const {
    Fence fence;
    fence.wanted = !settings_.managed_policy.empty() || !settings_.hidden_paths.empty();
    fence.policy = way_is_ == Way::mounts && !settings_.managed_policy.empty();
    fence.hidden = way_is_ != Way::none && !settings_.hidden_paths.empty();
    if (!fence.wanted || way_is_ == Way::mounts) return fence;
    fence.problem = "The browser runs without its own view of the file system (" + why_ + ").";
    if (user_namespaces_barred()) fence.problem += " AppArmor bars user namespaces: see apparmor/bmc-browser.";
    if (!settings_.managed_policy.empty()) {
        fence.problem += std::string(" Chrome itself does not know the policy: ") + install_policy + '.';
    }
    if (!fence.hidden && !settings_.hidden_paths.empty()) {
        fence.problem += " It can read the agent's folders: run it as another user, as bmc-browser.service does.";
    }
    return fence;
}

}  // namespace cdp
