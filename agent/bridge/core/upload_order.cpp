#include "agent/bridge/core/upload_order.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/bridge/core/file_messages.hpp"

namespace bridge {
namespace {

/// Beside them: what Fetch asks and says of a request that it holds.
constexpr std::array<std::string_view, 3> awaited_by_browser = {"Page.handleJavaScriptDialog", "Debugger.resume",
                                                                "Runtime.runIfWaitingForDebugger"};

bool browser_awaits(std::string_view method) {
    if (method.starts_with("Fetch.")) return method != "Fetch.enable" && method != "Fetch.disable";
    return std::find(awaited_by_browser.begin(), awaited_by_browser.end(), method) != awaited_by_browser.end();
}

}  // namespace

bool UploadOrder::takes(std::string_view message) {
    const bool has_files = !read_files_sent(message).paths.empty();
    if (!has_files && waiting_.empty()) return false;
    auto head = read_command_head(message);
    if (!has_files && (!holds(head.session) || browser_awaits(head.method))) return false;
    bytes_ += message.size();
    waiting_.push_back({std::move(head.session), std::string(message), has_files});
    return true;
}

bool UploadOrder::holds(std::string_view session) const {
    const auto of_it = [session](const Waiting& one) { return one.session == session; };
    return std::any_of(waiting_.begin(), waiting_.end(), of_it);
}

std::vector<std::string> UploadOrder::finish_first() {
    const std::string session = std::move(waiting_.front().session);
    bytes_ -= waiting_.front().message.size();
    waiting_.pop_front();
    std::vector<std::string> released;
    std::deque<Waiting> stay;
    bool goes_on = true;  // up to the session's next command with files
    for (Waiting& one : waiting_) {
        const bool of_it = one.session == session;
        if (of_it && one.has_files) goes_on = false;
        if (!of_it || !goes_on) {
            stay.push_back(std::move(one));
            continue;
        }
        bytes_ -= one.message.size();
        released.push_back(std::move(one.message));
    }
    waiting_ = std::move(stay);
    return released;
}

}  // namespace bridge
