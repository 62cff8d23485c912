#include "agent/relay/answers.hpp"

#include <utility>

#include "agent/relay/core/members.hpp"
#include "platform/clock.hpp"
#include "platform/log/log.hpp"

namespace relay {
namespace {

constexpr std::string_view beyond_limit = "is beyond the payload limit";

// What finds no room has the refusals' share of the budget: it is the sender's own flood, in most cases, and must not
// keep anybody's results waiting.
realtime::Lane lane_of(Reason reason) {
    return reason == Reason::overloaded ? realtime::Lane::refusal : realtime::Lane::answer;
}

realtime::Message owed(realtime::Ticket ticket, realtime::Lane lane, realtime::SenderId sender,
                       platform::SharedText payload) {
    realtime::Message message{ticket, lane, std::string{result_event}, std::move(payload)};
    message.sender = sender;
    message.owed = true;
    return message;
}

realtime::Message answer_of(const Flight& flight, platform::SharedText payload) {
    return owed(flight.ticket, flight.lane, flight.held.sender, std::move(payload));
}

}  // namespace

Answers::Answers(const AnswersNeeds& needs) noexcept
    : sink_{needs.sink},
      tickets_{needs.tickets},
      flights_{needs.flights},
      streams_{needs.streams},
      audit_{needs.audit},
      traffic_{needs.traffic},
      waiting_{needs.sink, needs.max_waiting} {}

void Answers::refuse_unreadable(const Unreadable& wrong, std::size_t payload_bytes, realtime::SenderId sender,
                                Reason reason) {
    traffic_.refusal(reason);
    const std::string_view id = sink_.uncarried(wrong.id).empty() ? wrong.id : Unreadable{}.id;
    std::string payload = write_refusal(id, reason, wrong.message);
    AuditRecord line{.id = id, .outcome = describe(reason).name};
    line.command_bytes = payload_bytes;
    line.result_bytes = payload.size();
    audit_.record(line);
    traffic_.bytes_out += payload.size();
    realtime::Message message{tickets_.next(), realtime::Lane::refusal, std::string{result_event}, std::move(payload)};
    message.sender = sender;
    if (!sink_.publish(std::move(message))) ++traffic_.dropped;
}

void Answers::refuse_unrelayed(const Unrelayed& command, const Refusal& refusal) {
    traffic_.refusal(refusal.reason);
    std::string payload = write_refusal(command.id, refusal.reason, refusal.message, refusal.extra);
    AuditRecord line{.id = command.id, .method = command.method, .session = command.session};
    line.outcome = describe(refusal.reason).name;
    line.command_bytes = command.bytes;
    line.result_bytes = payload.size();
    audit_.record(line);
    publish_small(owed(tickets_.next(), lane_of(refusal.reason), command.sender, std::move(payload)));
}

void Answers::give_result(Flight& flight, std::string_view text, platform::MessageMemory* memory) {
    if (!flight.held.client.empty()) {
        ++traffic_.results;
        return finish_for_client(flight, "ok", text);
    }
    if (result_size(flight.id, text.size()) > sink_.payload_limit()) return give_stream(flight, text, beyond_limit);
    if (const auto why = sink_.uncarried(text); !why.empty()) {
        return give_stream(flight, text, "holds " + std::string(why) + ", which this link cannot carry");
    }
    ++traffic_.results;
    finish(flight, "ok", write_result(flight.id, text, memory));
}

void Answers::give_piece(Flight& flight, std::string_view text) {
    if (!flight.held.client.empty()) return finish_for_client(flight, "ok", text);
    finish(flight, "ok", write_result(flight.id, text));
}

void Answers::give_error(Flight& flight, std::string payload) {
    if (!flight.held.client.empty()) {
        ++traffic_.errors;
        return finish_for_client(flight, "error", payload);
    }
    if (payload.size() > sink_.payload_limit()) {
        return refuse(flight, {Reason::too_large, "The browser's error is beyond the payload limit."});
    }
    if (const auto why = sink_.uncarried(payload); !why.empty()) {
        return refuse(flight, {Reason::too_large,
                               "The browser's error holds " + std::string(why) + ", which this link cannot carry."});
    }
    ++traffic_.errors;
    finish(flight, "error", std::move(payload));
}

void Answers::give_stream(Flight& flight, std::string_view result, std::string_view why) {
    const std::string handle = streams_.keep(result, platform::BootClock::now());
    std::string extra =
        "\"size\":" + std::to_string(result.size()) + ",\"limit\":" + std::to_string(sink_.payload_limit());
    if (handle.empty()) {
        return refuse(flight, {Reason::too_large,
                               "The command was carried out, but its result " + std::string(why) +
                                   ", and there is no room to keep it: close other streams, or ask for less.",
                               extra});
    }
    extra += ",\"stream\":\"" + handle + '"';
    refuse(flight,
           {Reason::too_large, "The result " + std::string(why) + ": read it with IO.read, then IO.close it.", extra});
}

void Answers::refuse(Flight& flight, const Refusal& refusal) {
    flights_.leave_browser(flight);
    traffic_.refusal(refusal.reason);
    flight.lane = lane_of(refusal.reason);
    const std::string_view outcome = describe(refusal.reason).name;
    std::string payload = write_refusal(flight.id, refusal.reason, refusal.message, refusal.extra);
    if (!flight.held.client.empty()) return finish_for_client(flight, outcome, payload);
    finish(flight, outcome, std::move(payload));
}

void Answers::finish_for_client(Flight& flight, std::string_view outcome, std::string_view text) {
    flight.phase = Phase::published;
    const Duration took = platform::BootClock::now() - flight.begun;
    traffic_.latency.count(took);
    record(flight, outcome, text.size(), took);
    traffic_.bytes_out += text.size();
    const Flight ended = flight;
    flights_.end(ended.ticket);
    replies_->on_outcome(ended, outcome, text);
}

void Answers::finish(Flight& flight, std::string_view outcome, platform::SharedText payload) {
    flight.phase = Phase::published;
    const Duration took = platform::BootClock::now() - flight.begun;
    traffic_.latency.count(took);
    record(flight, outcome, payload.size(), took);
    traffic_.bytes_out += payload.size();
    if (outcome == "ok" || outcome == "error") {
        publish_result(flight, std::move(payload));
    } else {
        publish_small(answer_of(flight, std::move(payload)));
    }
    if (announces_last_ && flights_.unanswered() == 0) sink_.all_answered();
}

void Answers::record(const Flight& flight, std::string_view outcome, std::size_t result_bytes, Duration took) {
    if (!audit_.on() && !platform::log::enabled(platform::log::Level::debug)) return;
    AuditRecord line{.id = flight.id,
                     .client = flight.held.client,
                     .key = flight.held.key,
                     .method = flight.method,
                     .session = flight.session,
                     .outcome = outcome,
                     .rule = flight.rule};
    line.origin = flight.origin;
    line.command_bytes = flight.command_bytes;
    line.result_bytes = result_bytes;
    line.took = took;
    audit_.record(line);
}

// The browser's answer is handed over, not copied: where there is no room for it, only its id is still needed.
void Answers::publish_result(const Flight& flight, platform::SharedText payload) {
    const realtime::Ticket ticket = flight.ticket;
    const std::size_t size = payload.size();
    if (sink_.publish(answer_of(flight, std::move(payload)))) return;
    const Flight* const still = flights_.find(ticket);
    if (still == nullptr) return;
    traffic_.refusal(Reason::overloaded);
    std::string instead = write_refusal(still->id, Reason::overloaded,
                                        "The command was carried out, but there was no room left to send its result "
                                        "of " +
                                            std::to_string(size) + " bytes.");
    publish_small(answer_of(*still, std::move(instead)));
}

void Answers::publish_small(realtime::Message message) {
    const realtime::Ticket ticket = message.ticket;
    if (waiting_.publish(std::move(message))) return;
    ++traffic_.dropped;
    flights_.end(ticket);
}

void Answers::on_settled(realtime::Ticket ticket, realtime::Settled how, std::string_view payload) {
    switch (how) {
        case realtime::Settled::acknowledged:
            ++traffic_.acknowledged;
            break;
        case realtime::Settled::expired:
            ++traffic_.expired;
            break;
        case realtime::Settled::uncertain:  // no answer is sent once at most
        case realtime::Settled::dropped:
            ++traffic_.dropped;
            break;
        case realtime::Settled::too_large:
            if (Flight* const flight = flights_.find(ticket)) return refuse_settled(*flight, payload);
            break;
    }
    flights_.end(ticket);
    waiting_.go_on();
}

// The server did not take the answer.
void Answers::refuse_settled(Flight& flight, std::string_view payload) {
    std::string_view result;
    if (find_member(payload, "result", result) == Found::one) return give_stream(flight, result, beyond_limit);
    refuse(flight, {Reason::too_large,
                    "The result is beyond the server's payload limit. Ask again: the limit is known now, and the "
                    "result will be kept to be read in pieces."});
}

}  // namespace relay
