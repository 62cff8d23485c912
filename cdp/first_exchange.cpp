#include "cdp/first_exchange.hpp"

#include <fmt/core.h>

#include <utility>

#include "cdp/core/targets.hpp"
#include "cdp/error.hpp"
#include "platform/log/log.hpp"
#include "platform/text.hpp"

namespace cdp {
namespace {

/// All types but the browser target, tabs too: what is not told of cannot be judged by where it stands.
constexpr std::string_view discovery = R"({"discover":true,"filter":[{"type":"browser","exclude":true},{}]})";
/// For those that know no filter.
constexpr std::string_view plain_discovery = R"({"discover":true})";

/// Commands of the first exchange: who has none of them is no browser.
constexpr int first_commands = 3;
constexpr std::size_t shown_of_answer = 200;  // bytes

std::string_view method_of(Own what) {
    switch (what) {
        case Own::version:
            return "Browser.getVersion";
        case Own::own_session:
            return "Target.attachToBrowserTarget";
        case Own::discover:
            return "Target.setDiscoverTargets";
        case Own::list_targets:
            return "Target.getTargets";
        case Own::create_page:
            return "Target.createTarget";
        case Own::attach_page:
            return "Target.attachToTarget";
        default:
            return "A command of the agent";
    }
}

}  // namespace

std::string as_answered(Own what, Fate fate, std::string_view body) {
    const auto method = method_of(what);
    if (fate == Fate::timed_out) return fmt::format("{} was not answered in time.", method);
    return fmt::format("{} was answered with {}.", method, platform::clean(body, shown_of_answer));
}

void FirstExchange::start() {
    link_.ask(Own::version, {}, method_of(Own::version), {}, settings_.start_limit);
}

void FirstExchange::on_own(Own what, Fate fate, std::string_view body) {
    if (fate == Fate::lost) return;  // the connection ended: its run() says so
    if (fate == Fate::timed_out) {
        problem_ = fmt::format("The browser takes connections and does not answer {}.", method_of(what));
        return link_.end(Errc::start_timeout);
    }
    const bool filtered = what == Own::discover && !any_target_;
    if (fate == Fate::error && filtered) {
        any_target_ = true;
        return link_.ask(what, link_.own_session(), method_of(what), plain_discovery, settings_.start_limit);
    }
    const bool usable = what != Own::own_session || is_target_id(member(body, "sessionId"));
    if (fate == Fate::result && usable) return take(what, body);
    go_without(what, fate, body);
}

void FirstExchange::take(Own what, std::string_view body) {
    if (what == Own::version) {
        version_ = {member(body, "product"), member(body, "protocolVersion"), member(body, "userAgent")};
    } else if (what == Own::own_session) {
        link_.discover_in(member(body, "sessionId"));
    }
    go_on_after(what);
}

void FirstExchange::go_without(Own what, Fate fate, std::string_view body) {
    const auto sentence = as_answered(what, fate, body);
    problem_.append(problem_.empty() ? "" : " ").append(sentence);
    if (++refused_ == first_commands) {
        problem_ = fmt::format("What answers there is no browser that can be driven. {}", problem_);
        return link_.end(Errc::unexpected_answer);
    }
    platform::log::warning("browser: {} The agent goes on without it", sentence);
    go_on_after(what);
}

void FirstExchange::go_on_after(Own what) {
    const auto limit = settings_.start_limit;
    if (what == Own::version) return link_.ask(Own::own_session, {}, method_of(Own::own_session), {}, limit);
    if (what == Own::own_session) {
        owner_.before_discovery();
        return link_.ask(Own::discover, link_.own_session(), method_of(Own::discover), discovery, limit);
    }
    problem_.clear();
    owner_.on_exchanged(version_);
}

}  // namespace cdp
