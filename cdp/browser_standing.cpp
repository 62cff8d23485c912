#include "cdp/browser_standing.hpp"

#include <fmt/core.h>

#include <utility>

#include "platform/log/log.hpp"

namespace cdp {

void BrowserStanding::set(BrowserEvent event, std::string why, bool planned) {
    const auto before = std::exchange(state_, next(state_, event));
    reason_ = std::move(why);
    if (before != state_) {
        const auto level =
            event == BrowserEvent::ended && !planned ? platform::log::Level::warning : platform::log::Level::info;
        // Why a browser is needed was told when the last one went.
        const auto why_now =
            event == BrowserEvent::start || reason_.empty() ? std::string{} : fmt::format(": {}", reason_);
        platform::log::write(level, fmt::format("browser: {} -> {}{}", name_of(before), name_of(state_), why_now));
    }
    changed_();
}

void BrowserStanding::begin_life(TimePoint now) {
    if (lives_++ > 0) next_try_.reset();
    began_ = now;
    answered_ = false;
    waits_for_person_ = false;
    // Why the last one went stays known for as long as no other answers.
    set(BrowserEvent::start,
        lives_ > 1 ? fmt::format("The browser is being brought back. {}", last_end_) : "The browser is being started.");
}

void BrowserStanding::on_waiting(std::string sentence) {
    waits_for_person_ = true;
    reason_ = std::move(sentence);
    platform::log::info("browser: {}", reason_);
    changed_();
}

void BrowserStanding::on_answered(const BrowserVersion& version) {
    waits_for_person_ = false;
    version_ = version;
    answered_ = true;
    set(BrowserEvent::answered, {});
}

void BrowserStanding::on_ended(std::string sentence, const Strays& strays) {
    last_end_ = std::move(sentence);
    reason_ = last_end_;
    strays_ += strays;
}

std::optional<Duration> BrowserStanding::count_failure(TimePoint now) {
    if (healthy(now)) failures_ = 0;
    ++failures_;
    return answered_ ? std::optional{now - began_} : std::nullopt;
}

void BrowserStanding::wait_until(std::optional<TimePoint> next_try, bool planned) {
    next_try_ = next_try;
    if (next_try) waits_for_person_ = false;
    set(BrowserEvent::ended, reason_, planned);
}

void BrowserStanding::on_stopped() {
    next_try_.reset();
    set(BrowserEvent::stop, "The browser link was stopped.");
}

void BrowserStanding::show(BrowserStatus& status, const Link* link, TimePoint now) const {
    status.state = state_;
    status.reason = reason_;
    status.version = version_;
    status.restarts = lives_ > 0 ? lives_ - 1 : 0;
    status.failures = link != nullptr && healthy(now) ? 0 : failures_;
    status.next_try = next_try_;
    status.waits_for_person = waits_for_person_;
    status.fence = fence_;
    Strays strays = strays_;
    if (link != nullptr) {
        status.in_flight = link->in_flight();
        status.sessions = link->sessions().size();
        status.bytes_held += link->bytes_held();
        strays += link->strays();
    }
    status.late_answers = strays.late_answers;
    status.unreadable = strays.unreadable;
}

}  // namespace cdp
