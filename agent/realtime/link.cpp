#include "agent/realtime/link.hpp"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "agent/realtime/core/payload_id.hpp"
#include "platform/clock.hpp"
#include "platform/log.hpp"
#include "platform/text.hpp"

namespace realtime {

namespace log = platform::log;

namespace {

using namespace std::chrono_literals;

/// Payload limits that backends come with; a refusal of less than one of them points to the next smaller one.
constexpr std::size_t usual_limits[] = {3'000'000, 1'000'000, 256'000};

/// The server cuts the connection at a frame beyond 5,000,000 bytes, mostly without a close frame that says so.
constexpr std::size_t giant = 4'900'000;
constexpr int losses_until_given_up = 2;

/// Before a message goes again that the server could not take; the second one holds in an orderly stop.
constexpr Duration resend_pause = 1s;
constexpr Duration hurried_resend_pause = 100ms;

/// Of a reason, in bytes, in the log.
constexpr std::size_t reason_max = 400;

/// A change of state is told with what it led to, for who looks for it in the journal. Tries that go on failing in the
/// same way are lines that repeat, whenever the next one is.
void log_state(const Settings& settings, const Status& status, const core::Change& change, const std::string& why,
               const std::string& next_try = {}) {
    // Another connection beside the machine's own: its end is not the end of the link that people look for.
    if (!settings.purpose.empty()) {
        return log::debug("{}: {} -> {}{}{}", settings.purpose, to_string(change.from), to_string(change.to), why,
                          next_try);
    }
    // Waiting is what a loss and a refusal lead to. A token that was replaced meanwhile is neither.
    const bool trouble = change.to == core::State::waiting && !status.newer_token;
    const auto level = trouble ? log::Level::warning : log::Level::info;
    if (!log::enabled(level)) return;
    const auto line = fmt::format("realtime: {} -> {}{}", to_string(change.from), to_string(change.to), why);
    const bool of_a_try = change.from != core::State::joined &&
                          (change.to == core::State::waiting || change.to == core::State::connecting ||
                           change.to == core::State::joining);
    const std::string_view like = of_a_try ? std::string_view{line} : std::string_view{};
    log::write(level, line + next_try, {{"BMC_STATE", to_string(change.to)}}, like);
}

}  // namespace

Link::Link(net::any_io_executor ex, platform::Worker& worker, const Settings& s, credentials::Tokens& t, Listener& l)
    : executor{std::move(ex)},
      network{worker},
      settings{s},
      tokens{t},
      listener{l},
      outbox{{s.outbox_bytes, s.outbox_reserve_bytes, s.result_ttl}},
      budget{s.budget_start, s.budget_max},
      backoff{s.backoff_base, s.backoff_cap, s.held_after},
      channel_backoff{s.backoff_base, s.backoff_cap, s.held_after},
      payload_limit{s.payload_limit},
      random_{std::random_device{}()} {
    status.state = lifecycle_.state();
    status.payload_limit = payload_limit;
    show_budget(platform::BootClock::now());
    replay_since_ms = s.replay_since_ms;
}

core::Judgement Link::judge(core::Signal signal) const {
    if (const auto* credential = tokens.credential()) {
        signal.without_key = settings.api_key.empty() && credential->api_key.empty();
        signal.renewal = credentials::how_to_renew(credential->origin);
    }
    return core::judge(signal);
}

void Link::on(core::Event event) {
    const auto change = lifecycle_.on(event);
    if (!change) return;
    const TimePoint now = platform::BootClock::now();
    if (change->from == core::State::joined) {
        joined_before_ = joined_time(now);
        status.joined_since.reset();
    }
    status.state = change->to;
    if (change->to != core::State::waiting) status.next_try.reset();
    if (change->to == core::State::joined) {
        status.joined_since = now;
        status.reason.clear();
        ++status.counters.joins;
    }
    if (change->to == core::State::waiting && status.next_try) {
        const auto wait = std::chrono::duration<double>(*status.next_try - now).count();
        log_state(settings, status, *change,
                  fmt::format(" ({}): {}", to_string(event), platform::clean(status.reason, reason_max)),
                  fmt::format("; next try in {:.1f} s", std::max(wait, 0.0)));
    } else {
        log_state(settings, status, *change, fmt::format(" ({})", to_string(event)));
    }
    listener.on_status(status);
}

void Link::because(const core::Judgement& judgement, std::optional<TimePoint> next_try, bool newer_token) {
    status.newer_token = newer_token;
    status.reason = judgement.sentence;
    status.failure = judgement.what;
    ++status.counters.failures[static_cast<std::size_t>(judgement.what)];
    status.next_try = next_try;
}

void Link::warn(std::string warning) {
    if (warning == status.warning) return;
    status.warning = std::move(warning);
    if (!status.warning.empty()) {
        log::warning("{}: {}", settings.purpose.empty() ? std::string_view{"realtime"} : settings.purpose,
                     platform::clean(status.warning, reason_max));
    }
    listener.on_status(status);
}

void Link::results_refused(std::string why, std::string_view news) {
    if (why == status.not_accepted) return;
    const bool warned = !status.warning.empty() && status.warning == status.not_accepted;
    status.not_accepted = std::move(why);
    if (!status.not_accepted.empty()) return warn(status.not_accepted);
    log::info("realtime: {}", news);
    warned ? warn({}) : listener.on_status(status);
}

void Link::show_budget(TimePoint now) {
    budget.pass(now);
    status.budget = budget.rate();
    status.ceiling = budget.ceiling();
    status.budget_why = budget.why();
    if (budget.closed_at() != TimePoint::min()) status.rate_closed_at = budget.closed_at();
}

bool Link::publish(Message message) {
    message.made = platform::BootClock::now();
    const bool taken = outbox.add(std::move(message));
    if (!taken) ++status.counters.refused_full;
    return taken;
}

void Link::tell_settled() {
    const auto tell = [this](Ticket ticket, Settled how, std::string_view payload) {
        switch (how) {
            case Settled::acknowledged:
                ++status.counters.acknowledged;
                results_refused({});
                break;
            case Settled::expired:
                ++status.counters.expired;
                break;
            case Settled::too_large:
                ++status.counters.too_large;
                break;
            case Settled::dropped:
                ++status.counters.dropped;
                break;
        }
        if (how == Settled::expired) {
            results_refused(
                "results are not acknowledged: the token may read this channel and not write to it; check the role");
        }
        if (how == Settled::too_large) {
            listener.on_too_large(ticket, payload);
        } else {
            listener.on_settled(ticket, how);
        }
    };
    outbox.take_settled(tell);
}

Duration Link::joined_time(TimePoint now) const noexcept {
    return joined_before_ + (status.joined_since ? now - *status.joined_since : Duration::zero());
}

bool Link::refused(Ref ref, std::string_view words, TimePoint now) {
    if (!outbox.has(ref)) return false;
    const auto judgement = judge({core::Signal::Kind::ack, 0, words});
    if (judgement.too_large) {
        if (const auto size = outbox.refused_for_size(ref)) lower_payload_limit(*size);
        return true;
    }
    // A right that is missing may come with the next token, a database comes back: it stays until its time is over.
    if (judgement.what == core::Class::transient) outbox.postpone(ref);
    ++status.counters.ack_errors;
    results_refused(judgement.sentence);
    const Duration pause = unpaced_ ? hurried_resend_pause : resend_pause;
    device_send_after = std::max(device_send_after, now + pause);
    return true;
}

void Link::lower_payload_limit(std::size_t refused_size) {
    std::size_t lower = refused_size / 2;
    for (const std::size_t usual : usual_limits) {
        if (usual < refused_size) {
            lower = usual;
            break;
        }
    }
    if (lower >= payload_limit) return;
    log::warning("realtime: the backend refused a message of {} bytes: the payload limit is now {} (was {})",
                 refused_size, lower, payload_limit);
    payload_limit = lower;
    status.payload_limit = lower;
    listener.on_status(status);
}

void Link::link_lost(bool too_large) {
    const auto largest = outbox.largest_in_flight();
    if (largest) {
        const bool is_giant = largest->size > giant;
        losses_with_a_giant_ = is_giant ? losses_with_a_giant_ + 1 : 0;
        if (too_large || losses_with_a_giant_ >= losses_until_given_up) {
            losses_with_a_giant_ = 0;
            outbox.refused_for_size(largest->ref);
            lower_payload_limit(largest->size);
        }
    }
    outbox.link_lost();
    twins.missed();
}

bool Link::may_send(Lane lane, TimePoint now) {
    return unpaced_ || budget.take(lane, now);
}

void Link::stop_pacing() {
    unpaced_ = true;
    device_send_after = std::min(device_send_after, platform::BootClock::now() + hurried_resend_pause);
}

bool Link::first_sight(std::string_view meta_id) {
    constexpr std::size_t ids_kept = 64;  // a replay brings at most 25
    constexpr std::size_t id_max = 64;
    if (meta_id.empty()) return true;
    const std::string_view id = meta_id.substr(0, id_max);
    if (std::find(seen_ids_.begin(), seen_ids_.end(), id) != seen_ids_.end()) return false;
    seen_ids_.emplace_back(id);
    if (seen_ids_.size() > ids_kept) seen_ids_.pop_front();
    return true;
}

void Link::note_sent_by_http(std::string_view payload) {
    constexpr std::size_t ids_kept = 256;
    http_ids_.emplace_back(id_in(payload));
    if (http_ids_.size() > ids_kept) http_ids_.pop_front();
}

bool Link::was_sent_by_http(std::string_view payload) const {
    if (http_ids_.empty()) return false;
    return std::find(http_ids_.begin(), http_ids_.end(), id_in(payload)) != http_ids_.end();
}

void Link::note_joined() {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(server_time().time_since_epoch()).count();
    if (joined_at_ms == 0) joined_at_ms = static_cast<std::uint64_t>(now);
    if (!status.joined_since) return;  // what the join brings is still to come
    if (settings.catches_up) replay_since_ms = std::max<std::int64_t>(replay_since_ms, now);
    status.last_joined_ms = now;
}

double Link::random() {
    return std::uniform_real_distribution<double>{0, 1}(random_);
}

Duration Link::draw_wait(const core::Judgement& judgement, core::Backoff& doubling, bool lost) {
    const auto& wait = judgement.wait;
    if (judgement.what == core::Class::restart) return core::spread(0s, settings.reconnect_spread, random());
    if (!wait.backoff) return core::spread(wait.least, wait.most, random());
    const bool first = doubling.ceiling() <= settings.backoff_base;
    const Duration backed_off = doubling.next(random());
    if (lost && first && wait.most == Duration::zero()) return core::spread(0s, settings.reconnect_spread, random());
    return core::spread(wait.least, wait.most, random()) + backed_off;
}

void Link::learn_time(std::string_view date) {
    if (date.empty()) return;
    std::tm fields{};
    std::istringstream in{std::string{date}};
    in.imbue(std::locale::classic());
    in >> std::get_time(&fields, "%a, %d %b %Y %H:%M:%S");  // RFC 9110, IMF-fixdate, always GMT
    if (in.fail()) return;
    tokens.learn_time(std::chrono::system_clock::from_time_t(::timegm(&fields)));
}

std::chrono::system_clock::time_point Link::server_time() const {
    return tokens.server_time();
}

}  // namespace realtime
