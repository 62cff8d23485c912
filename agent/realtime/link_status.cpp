#include "agent/realtime/link_status.hpp"

#include <algorithm>
#include <utility>

#include "platform/clock.hpp"
#include "platform/log/log.hpp"
#include "platform/text.hpp"

namespace realtime {

namespace {

/// Of a reason, in bytes, in the log.
constexpr std::size_t reason_max = 400;

}  // namespace

LinkStatus::LinkStatus(const Settings& settings, const credentials::Tokens& tokens, Listener& listener)
    : settings_{settings}, tokens_{tokens}, listener_{listener} {
    shown_.state = lifecycle_.state();
}

Judgement LinkStatus::judge(Signal signal) const {
    if (const auto* credential = tokens_.credential()) {
        signal.without_key = settings_.api_key.empty() && credential->api_key.empty();
        signal.renewal = credentials::how_to_renew(credential->origin);
    }
    return realtime::judge(signal);
}

/// Tries that go on failing in the same way are lines that repeat, whenever the next one is.
void LinkStatus::log(const Change& change, const std::string& why, const std::string& next_try) const {
    // Another connection beside the machine's own: its end is not the end of the link that people look for.
    if (!settings_.purpose.empty()) {
        return platform::log::debug("{}: {} -> {}{}{}", settings_.purpose, to_string(change.from), to_string(change.to),
                                    why, next_try);
    }
    // Waiting is what a loss and a refusal lead to. A token that was replaced meanwhile is neither.
    const bool trouble = change.to == State::waiting && !shown_.newer_token;
    const auto level = trouble ? platform::log::Level::warning : platform::log::Level::info;
    if (!platform::log::enabled(level)) return;
    const auto line = fmt::format("realtime: {} -> {}{}", to_string(change.from), to_string(change.to), why);
    const bool of_a_try =
        change.from != State::joined &&
        (change.to == State::waiting || change.to == State::connecting || change.to == State::joining);
    const std::string_view like = of_a_try ? std::string_view{line} : std::string_view{};
    platform::log::write(level, line + next_try, {{"BMC_STATE", to_string(change.to)}}, like);
}

void LinkStatus::on(Event event) {
    const auto change = lifecycle_.on(event);
    if (!change) return;
    const TimePoint now = platform::BootClock::now();
    if (change->from == State::joined) {
        joined_before_ = joined_time(now);
        shown_.joined_since.reset();
    }
    shown_.state = change->to;
    if (change->to != State::waiting) shown_.next_try.reset();
    if (change->to == State::joined) {
        shown_.joined_since = now;
        shown_.reason.clear();
        ++shown_.counters.joins;
    }
    if (change->to == State::waiting && shown_.next_try) {
        const auto wait = std::chrono::duration<double>(*shown_.next_try - now).count();
        log(*change, fmt::format(" ({}): {}", to_string(event), platform::clean(shown_.reason, reason_max)),
            fmt::format("; next try in {:.1f} s", std::max(wait, 0.0)));
    } else {
        log(*change, fmt::format(" ({})", to_string(event)));
    }
    listener_.on_status(shown_);
}

void LinkStatus::because(const Judgement& judgement, std::optional<TimePoint> next_try, bool newer_token,
                         bool fresh_token) {
    const auto* token = tokens_.current();
    const bool refreshes = fresh_token && token != nullptr && token->refreshable;
    shown_.newer_token = newer_token;
    shown_.cause = newer_token || refreshes ? Cause::passing : judgement.cause;
    shown_.reason = judgement.sentence;
    shown_.failure = judgement.what;
    ++shown_.counters.failures[static_cast<std::size_t>(judgement.what)];
    shown_.next_try = next_try;
}

void LinkStatus::no_fresh_token(const Error& why) {
    if (why != credentials::make_error_code(credentials::Errc::refused)) return;
    shown_.cause = Cause::credential;
    changed();
}

void LinkStatus::warn(std::string warning) {
    if (warning == shown_.warning) return;
    shown_.warning = std::move(warning);
    if (!shown_.warning.empty()) {
        platform::log::warning("{}: {}", settings_.purpose.empty() ? std::string_view{"realtime"} : settings_.purpose,
                               platform::clean(shown_.warning, reason_max));
    }
    listener_.on_status(shown_);
}

void LinkStatus::results_refused(std::string why, std::string_view news) {
    if (why == shown_.not_accepted) return;
    const bool warned = !shown_.warning.empty() && shown_.warning == shown_.not_accepted;
    shown_.not_accepted = std::move(why);
    if (!shown_.not_accepted.empty()) return warn(shown_.not_accepted);
    platform::log::info("realtime: {}", news);
    warned ? warn({}) : changed();
}

Duration LinkStatus::joined_time(TimePoint now) const noexcept {
    return joined_before_ + (shown_.joined_since ? now - *shown_.joined_since : Duration::zero());
}

}  // namespace realtime
