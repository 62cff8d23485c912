// How commands end: what the browser or the agent itself says is written as a result, kept as a stream where it is too
// large, published, and forgotten once it is settled.
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "agent/relay/core/policy_params.hpp"
#include "agent/relay/router.hpp"
#include "platform/clock.hpp"
#include "platform/log/log.hpp"

namespace relay {
namespace {

// What finds no room has the refusals' share of the budget: it is the sender's own flood, in most cases, and must not
// keep anybody's results waiting.
realtime::Lane lane_of(Reason reason) {
    return reason == Reason::overloaded ? realtime::Lane::refusal : realtime::Lane::answer;
}

}  // namespace

void Router::answer_unreadable(const Unreadable& wrong, std::size_t payload_bytes, Reason reason) {
    traffic_.refusal(reason);
    const std::string_view id = sink_.uncarried(wrong.id).empty() ? wrong.id : Unreadable{}.id;
    std::string payload = write_refusal(id, reason, wrong.message);
    AuditRecord line{.id = id, .outcome = describe(reason).name};
    line.command_bytes = payload_bytes;
    line.result_bytes = payload.size();
    audit_.record(line);
    traffic_.bytes_out += payload.size();
    realtime::Message message{tickets_.next(), realtime::Lane::refusal, std::string{result_event}, std::move(payload)};
    message.sender = senders_.of(wrong.id, {});
    if (!sink_.publish(std::move(message))) ++traffic_.dropped;
}

void Router::answer_unrelayed(const Refusal& refusal, std::size_t payload_bytes, realtime::SenderId sender) {
    const Command& command = reader_.command();
    traffic_.refusal(refusal.reason);
    std::string payload = write_refusal(command.id, refusal.reason, refusal.message, refusal.extra);
    AuditRecord line{.id = command.id, .method = command.method, .session = command.session};
    line.outcome = describe(refusal.reason).name;
    line.command_bytes = payload_bytes;
    line.result_bytes = payload.size();
    audit_.record(line);
    realtime::Message message{tickets_.next(), lane_of(refusal.reason), std::string{result_event}, std::move(payload)};
    message.sender = sender;
    message.owed = true;
    publish_small(std::move(message));
}

void Router::on_overlong(std::string_view outline, std::uint64_t size, std::uint64_t limit) {
    traffic_.command(size);
    const Refusal refusal{Reason::too_large,
                          fmt::format("The command's message of {} bytes is beyond the agent's realtime.read_limit ({} "
                                      "bytes); it was not carried out. Send less at a time, or raise that setting.",
                                      size, limit),
                          fmt::format("\"size\":{},\"limit\":{}", size, limit)};
    const bool read = reader_.read(outline);
    const std::string_view id = read ? reader_.command().id : reader_.unreadable().id;
    if (!read || !sink_.uncarried(id).empty()) {
        return answer_unreadable({.id = id, .message = refusal.message}, size, refusal.reason);
    }
    answer_unrelayed(refusal, size, senders_.of(id, reader_.command().session));
}

void Router::on_left_over(std::string_view id) {
    traffic_.command(0);
    traffic_.refusal(Reason::stale);
    std::string payload = write_refusal(
        id, Reason::stale,
        "Another agent claimed to be this device and answered nothing. The command was not carried out by this one, "
        "which relays again: send it again.");
    AuditRecord line{.id = id};
    line.outcome = describe(Reason::stale).name;
    line.result_bytes = payload.size();
    audit_.record(line);
    realtime::Message message{tickets_.next(), realtime::Lane::answer, std::string{result_event}, std::move(payload)};
    message.sender = senders_.of(id, {});
    message.owed = true;
    publish_small(std::move(message));
}

void Router::answer_as_agent(Flight& flight, const Command& command, std::string_view params) {
    flight.phase = Phase::at_agent;
    if (command.method == "IO.read" || command.method == "IO.close") return answer_stream(flight, params);
    if (command.method == "Agent.getInfo") {
        return give_result(flight, write_info(identity_, browser_.status(), settings_, sink_.payload_limit()));
    }
    give_error(flight, write_cdp_error(command.id, method_not_found_code,
                                       "'" + std::string(command.method) + "' wasn't found"));
}

void Router::answer_stream(Flight& flight, std::string_view params) {
    const Flight& one = flight;
    const IoParams io = parse_io_params(params);
    if (!io.wrong.empty()) return give_error(flight, write_cdp_error(one.id, invalid_params_code, io.wrong));
    if (one.method == "IO.close") {
        if (streams_.close(io.handle)) return give_result(flight, "{}");
        return give_error(flight, write_cdp_error(one.id, invalid_params_code, invalid_stream_handle));
    }
    const std::size_t around = result_size(one.id, piece_overhead);
    const std::size_t limit = sink_.payload_limit();
    const ReadRequest request{io.handle, io.offset, io.size, limit > around ? limit - around : 0};
    const realtime::Ticket ticket = flight.ticket;
    streams_.read(request, platform::BootClock::now(),
                  [this, ticket](const Piece& piece) { give_piece(ticket, piece); });
}

void Router::give_piece(realtime::Ticket ticket, const Piece& piece) {
    Flight* const found = flights_.find(ticket);
    if (found == nullptr || found->phase != Phase::at_agent) return;
    Flight& flight = *found;
    const std::string& id = flight.id;
    if (!piece.known) return give_error(flight, write_cdp_error(id, invalid_params_code, invalid_stream_handle));
    if (piece.failed)
        return give_error(flight, write_cdp_error(id, server_error_code, "The stream's file cannot be read."));
    finish(flight, "ok", write_result(id, write_piece(piece)));
}

void Router::give_result(Flight& flight, std::string_view text) {
    const std::string& id = flight.id;
    if (result_size(id, text.size()) > sink_.payload_limit()) return give_stream(flight, text);
    if (const auto why = sink_.uncarried(text); !why.empty()) {
        return give_stream(flight, text, "holds " + std::string(why) + ", which this link cannot carry");
    }
    ++traffic_.results;
    finish(flight, "ok", write_result(id, text));
}

void Router::give_error(Flight& flight, std::string payload) {
    if (payload.size() > sink_.payload_limit()) {
        return refuse(flight, Reason::too_large, "The browser's error is beyond the payload limit.");
    }
    if (const auto why = sink_.uncarried(payload); !why.empty()) {
        return refuse(flight, Reason::too_large,
                      "The browser's error holds " + std::string(why) + ", which this link cannot carry.");
    }
    ++traffic_.errors;
    finish(flight, "error", std::move(payload));
}

void Router::give_stream(Flight& flight, std::string_view result, std::string_view why) {
    const std::string handle = streams_.keep(result, platform::BootClock::now());
    std::string extra =
        "\"size\":" + std::to_string(result.size()) + ",\"limit\":" + std::to_string(sink_.payload_limit());
    if (handle.empty()) {
        return refuse(flight, Reason::too_large,
                      "The command was carried out, but its result " + std::string(why) +
                          ", and there is no room to keep it: close other streams, or ask for less.",
                      extra);
    }
    extra += ",\"stream\":\"" + handle + '"';
    refuse(flight, Reason::too_large, "The result " + std::string(why) + ": read it with IO.read, then IO.close it.",
           extra);
}

void Router::refuse(Flight& flight, Reason reason, std::string_view message, std::string_view extra) {
    flights_.leave_browser(flight);
    traffic_.refusal(reason);
    flight.lane = lane_of(reason);
    finish(flight, describe(reason).name, write_refusal(flight.id, reason, message, extra));
}

void Router::finish(Flight& flight, std::string_view outcome, std::string payload) {
    Flight& one = flight;
    one.phase = Phase::published;
    const Duration took = platform::BootClock::now() - one.begun;
    traffic_.latency.count(took);
    if (audit_.on() || platform::log::enabled(platform::log::Level::debug)) {
        AuditRecord line{
            .id = one.id, .method = one.method, .session = one.session, .outcome = outcome, .rule = one.rule};
        line.origin = one.origin;
        line.command_bytes = one.command_bytes;
        line.result_bytes = payload.size();
        line.took = took;
        audit_.record(line);
    }
    traffic_.bytes_out += payload.size();
    if (outcome == "ok" || outcome == "error") {
        publish_result(flight, std::move(payload));
    } else {
        publish_small(answer_of(flight, std::move(payload)));
    }
    if (stopping_ && flights_.unanswered() == 0) sink_.all_answered();
}

realtime::Message Router::answer_of(Flight& flight, std::string payload) {
    const Flight& one = flight;
    realtime::Message message{flight.ticket, one.lane, std::string{result_event}, std::move(payload)};
    message.sender = one.held.sender;
    message.owed = true;
    return message;
}

// The browser's answer is handed over, not copied: where there is no room for it, only its id is still needed.
void Router::publish_result(Flight& flight, std::string payload) {
    const realtime::Ticket ticket = flight.ticket;
    const std::size_t size = payload.size();
    if (sink_.publish(answer_of(flight, std::move(payload)))) return;
    Flight* const still = flights_.find(ticket);
    if (still == nullptr) return;
    traffic_.refusal(Reason::overloaded);
    std::string instead =
        write_refusal(still->id, Reason::overloaded,
                      "The command was carried out, but there was no room left to send its result of " +
                          std::to_string(size) + " bytes.");
    publish_small(answer_of(*still, std::move(instead)));
}

Router::WaitingQueue& Router::waiting(realtime::Lane lane) {
    return waiting_[lane == realtime::Lane::answer ? 0 : 1];
}

// Small answers always find room in the end: what the outbox has none for waits here until something was settled. A
// sender may have twice as many of them waiting as are free: only its own flood makes it lose any.
void Router::publish_small(realtime::Message message) {
    auto& queue = waiting(message.lane);
    if (queue.empty()) {
        realtime::Message copy = message;
        if (sink_.publish(std::move(copy))) return;
    }
    const std::size_t most = settings_.max_waiting_answers;
    const std::size_t held = queue.senders().held(queue.senders().find(message.sender));
    if (queue.size() < most && held < 2 * (most - queue.size())) {
        const realtime::Seat seat = queue.enter(message.sender);
        queue.put_back(seat, {std::move(message), seat});
        return;
    }
    ++traffic_.dropped;
    flights_.end(message.ticket);
}

void Router::publish_waiting() {
    for (auto& queue : waiting_) {
        while (const Waiting* const next = queue.next()) {
            realtime::Message copy = next->message;
            if (!sink_.publish(std::move(copy))) break;
            queue.leave(queue.take(0).seat);
        }
    }
}

void Router::on_settled(realtime::Ticket ticket, realtime::Settled how, std::string_view payload) {
    Flight* const flight = flights_.find(ticket);
    switch (how) {
        case realtime::Settled::acknowledged:
            ++traffic_.acknowledged;
            break;
        case realtime::Settled::expired:
            ++traffic_.expired;
            break;
        case realtime::Settled::dropped:
            ++traffic_.dropped;
            break;
        case realtime::Settled::too_large:
            if (flight == nullptr) break;
            std::string_view result;
            if (find_member(payload, "result", result) == Found::one) return give_stream(*flight, result);
            return refuse(*flight, Reason::too_large,
                          "The result is beyond the server's payload limit. Ask again: the limit is "
                          "known now, and the result will be kept to be read in pieces.");
    }
    flights_.end(ticket);
    publish_waiting();
}

}  // namespace relay
