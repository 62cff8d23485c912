#include "agent/relay/forwarding.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "agent/relay/browser_refusal.hpp"
#include "agent/relay/core/flatten.hpp"
#include "agent/relay/destination.hpp"

namespace relay {
namespace {

// Session ids of Chrome are hexadecimal digits. What has other bytes can name none, and stays out of our envelope.
bool may_name_session(std::string_view session) {
    return std::all_of(session.begin(), session.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' ||
               c == '.';
    });
}

}  // namespace

Forwarding::Forwarding(const ForwardingNeeds& needs)
    : needs_{needs},
      contexts_{needs.settings, needs.browser, needs.tickets, needs.downloads},
      scripts_{needs.settings, needs.browser, needs.tickets} {}

cdp::Destination Forwarding::destination(const Command& command, Place place) const noexcept {
    return destination_of(place, command.session, needs_.settings.default_page);
}

void Forwarding::judge_and_send(Flight& flight, const Command& command, Place place) {
    const Judgement judged = needs_.judge.judge(command, place, flight.held);
    flight.rule = judged.rule;
    const bool passes = judged.kind == Judgement::Kind::pass || judged.kind == Judgement::Kind::rewrite;
    if (passes && place != Place::agent && !may_name_session(command.session)) {
        return needs_.answers.give_error(
            flight, write_cdp_error(flight.id, session_not_found_code, "Session with given id not found."));
    }
    switch (judged.kind) {
        case Judgement::Kind::pass:
            if (judged.gated) return send_script(flight, command, place);
            if (scripts_.takes_back(command)) return take_script_back(flight, command, place);
            if (opens_sessions(command.method)) return send_flattened(flight, command, place);
            return send(flight, command, place, command.params);
        case Judgement::Kind::rewrite:
            return send(flight, command, place, judged.params);
        case Judgement::Kind::deny:
            return needs_.answers.refuse(flight, {Reason::denied, judged.message});
        case Judgement::Kind::bad_request:
            return needs_.answers.refuse(flight, {Reason::bad_request, judged.message});
    }
}

void Forwarding::send_script(Flight& flight, const Command& command, Place place) {
    const auto gated = scripts_.send_gate(flight, command, destination(command, place));
    if (gated.refusal) return needs_.answers.refuse(flight, *gated.refusal);
    send(flight, command, place, gated.params ? *gated.params : command.params);
}

void Forwarding::take_script_back(Flight& flight, const Command& command, Place place) {
    if (!scripts_.begin_removal(flight.ticket, command)) {
        return needs_.answers.give_error(flight, write_cdp_error(command.id, server_error_code, "Script not found"));
    }
    send(flight, command, place, command.params);
}

void Forwarding::send_flattened(Flight& flight, const Command& command, Place place) {
    const Judgement flat = flatten(command.params, needs_.judge.policy_of(flight.held));
    if (flat.kind == Judgement::Kind::bad_request) {
        return needs_.answers.refuse(flight, {Reason::bad_request, flat.message});
    }
    send(flight, command, place, flat.kind == Judgement::Kind::rewrite ? flat.params : command.params);
}

void Forwarding::send(Flight& flight, const Command& command, Place place, std::string_view params) {
    if (place == Place::agent) {
        if (!needs_.clients.carry_out(flight, params)) needs_.agent.carry_out(flight, params);
        return;
    }
    if (place == Place::browser || (!flight.held.client.empty() && !flight.held.alone)) {
        return to_browser_target(flight, destination(command, place), params);
    }
    if (place == Place::browser_then_page) {
        flight.may_retry = needs_.settings.default_page;
        flight.kept_params = params;
    }
    submit(flight, destination(command, place), params);
}

/// What goes to the browser target, or to a session of a client, which may be one of the browser target too.
void Forwarding::to_browser_target(Flight& flight, cdp::Destination to, std::string_view params) {
    if (flight.method == create_context && !contexts_.admits(needs_.flights.at_browser(create_context))) {
        return needs_.answers.refuse(flight, contexts_.refusal());
    }
    if (flight.method == dispose_context) flight.kept_params = params;
    if (flight.method == set_downloads) needs_.downloads.on_setting(params);
    submit(flight, to, params);
}

void Forwarding::submit(Flight& flight, cdp::Destination to, std::string_view params) {
    needs_.clients.on_to_browser(flight);
    needs_.flights.enter_browser(flight, params.size());
    const std::string method = flight.method;  // the flight may be gone when the browser looks at the rest
    needs_.browser.submit({flight.ticket, to, method, params, flight.deadline, flight.held.slot,
                           needs_.judge.policy_of(flight.held).guards_content(method)});
}

void Forwarding::on_new_browser() {
    contexts_.on_new_browser();
    scripts_.on_new_browser();
}

void Forwarding::on_answer(const cdp::Answer& answer) {
    if (contexts_.on_own_answer(answer) || scripts_.on_gate(answer)) return;
    scripts_.on_removal(answer);
    const auto refusal = scripts_.on_script(answer);
    Flight* const found = needs_.flights.find(answer.ticket);
    if (found == nullptr || found->phase != Phase::at_browser) return;  // answered by us meanwhile
    Flight& flight = *found;
    needs_.flights.leave_browser(flight);
    contexts_.on_answer(flight.method, flight.kept_params, answer);
    if (refusal) return needs_.answers.refuse(flight, *refusal);
    if (answer.fate == cdp::Fate::lost && !flight.held.client.empty() && !flight.held.alone) {
        return needs_.flights.end(flight.ticket);  // Chrome does not answer what goes with its session either
    }
    if (answer.fate == cdp::Fate::result) {
        if (flight.method == dispose_context) needs_.clients.on_disposed(flight.kept_params);
        needs_.judge.on_result(flight.held, flight.session, flight.method, answer.text);
        return needs_.answers.give_result(flight, answer.text, answer.memory);
    }
    if (answer.fate == cdp::Fate::error) {
        if (retry_at_default_page(flight, answer)) return;
        return needs_.answers.give_error(flight, write_error(flight.id, answer.text));
    }
    needs_.answers.refuse(flight, refusal_of(answer.fate, answer.text));
}

// A stream that the browser target does not know may be one of the default page.
bool Forwarding::retry_at_default_page(Flight& flight, const cdp::Answer& answer) {
    if (!std::exchange(flight.may_retry, false)) return false;
    if (answer.text.find(invalid_stream_handle) == std::string_view::npos) return false;
    const std::string params = std::move(flight.kept_params);
    submit(flight, {cdp::Destination::Kind::default_page, {}}, params);
    return true;
}

}  // namespace relay
