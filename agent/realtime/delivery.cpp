#include "agent/realtime/delivery.hpp"

#include <algorithm>
#include <utility>

#include "agent/realtime/core/reconnect.hpp"
#include "platform/clock.hpp"
#include "platform/log/log.hpp"

namespace realtime {

namespace {

void count(Counters& counters, Settled how) {
    switch (how) {
        case Settled::acknowledged:
            ++counters.acknowledged;
            break;
        case Settled::expired:
            ++counters.expired;
            break;
        case Settled::too_large:
            ++counters.too_large;
            break;
        case Settled::dropped:
            ++counters.dropped;
            break;
        case Settled::uncertain:
            break;  // no agent sends such a message
    }
}

}  // namespace

Delivery::Delivery(const Settings& settings, LinkStatus& status, Listener& listener)
    : status_{status},
      listener_{listener},
      outbox_{{settings.outbox_bytes, settings.outbox_reserve_bytes, settings.result_ttl}},
      budget_{settings.budget_start, settings.budget_max},
      payload_limit_{settings.payload_limit} {
    status_.shown().payload_limit = payload_limit_.now();
    show(platform::BootClock::now());
}

bool Delivery::publish(Message message) {
    message.made = platform::BootClock::now();
    const bool taken = outbox_.add(std::move(message));
    if (!taken) ++status_.counters().refused_full;
    return taken;
}

bool Delivery::on_reply(const Frame& frame, TimePoint now) {
    if (!frame.ok) return refused(frame.ref, frame.text, now);
    outbox_.acknowledged(frame.ref);
    return false;
}

bool Delivery::refused(Ref ref, std::string_view words, TimePoint now) {
    if (!outbox_.has(ref)) return false;
    const auto judgement = status_.judge({Signal::Kind::ack, 0, words});
    if (judgement.too_large) {
        if (const auto size = outbox_.refused_for_size(ref)) lower_payload_limit(*size);
        return true;
    }
    // A right that is missing may come with the next token, a database comes back: it stays until its time is over.
    if (may_be_taken_later(judgement.what)) outbox_.postpone(ref);
    ++status_.counters().ack_errors;
    status_.results_refused(judgement.sentence);
    send_after_ = std::max(send_after_, Reconnect::resend_at(now, unpaced_));
    return true;
}

void Delivery::report_settled() {
    const auto on_settled = [this](Ticket ticket, Settled how, std::string_view payload) {
        count(status_.counters(), how);
        if (how == Settled::acknowledged) status_.results_refused({});
        if (how == Settled::expired) {
            status_.results_refused(
                "results are not acknowledged: the token may read this channel and not write to it; check the role");
        }
        if (how == Settled::too_large) {
            listener_.on_too_large(ticket, payload);
        } else {
            listener_.on_settled(ticket, how);
        }
    };
    outbox_.take_settled(on_settled);
}

void Delivery::sent(Lane lane, Ref ref, Duration joined) {
    const Message* const message = outbox_.next(lane);
    if (message == nullptr) return;
    const bool streamed = message->streamed;
    const Ticket ticket = message->ticket;
    outbox_.sent(lane, ref, joined);
    if (streamed) listener_.on_sent(ticket);
}

bool Delivery::drop_too_large(Lane lane, const Message& message) {
    if (payload_limit_.admits(message.payload.size())) return false;
    outbox_.too_large_to_send(lane);
    report_settled();
    return true;
}

void Delivery::expire(TimePoint now) {
    outbox_.expire(status_.joined_time(now));
    report_settled();
}

void Delivery::lower_payload_limit(std::size_t refused_size) {
    const std::size_t before = payload_limit_.now();
    if (!payload_limit_.lower(refused_size)) return;
    platform::log::warning("realtime: the backend refused a message of {} bytes: the payload limit is now {} (was {})",
                           refused_size, payload_limit_.now(), before);
    status_.shown().payload_limit = payload_limit_.now();
    status_.changed();
}

void Delivery::link_lost(bool too_large) {
    const auto largest = outbox_.largest_in_flight();
    if (largest && payload_limit_.ended_by(largest->size, too_large)) {
        outbox_.refused_for_size(largest->ref);
        lower_payload_limit(largest->size);
    }
    outbox_.link_lost();
}

void Delivery::stop_pacing() {
    unpaced_ = true;
    send_after_ = std::min(send_after_, Reconnect::resend_at(platform::BootClock::now(), true));
}

void Delivery::closed_for_rate(TimePoint now) {
    ++status_.counters().rate_closures;
    budget_.closed_for_rate(now);
    show(now);
}

void Delivery::show(TimePoint now) {
    budget_.pass(now);
    Status& shown = status_.shown();
    shown.budget = budget_.rate();
    shown.ceiling = budget_.ceiling();
    shown.budget_why = budget_.why();
    if (budget_.closed_at() != TimePoint::min()) shown.rate_closed_at = budget_.closed_at();
    shown.outbox_messages = outbox_.count();
    shown.outbox_bytes = outbox_.bytes();
}

}  // namespace realtime
