#include "agent/relay/router.hpp"

#include <algorithm>
#include <utility>

#include "agent/realtime/core/raw_payload.hpp"
#include "agent/relay/core/client_text.hpp"
#include "agent/relay/core/members.hpp"
#include "agent/relay/core/policy_url.hpp"
#include "platform/clock.hpp"
#include "platform/json/core/slice.hpp"
#include "platform/wait.hpp"

namespace relay {
namespace {

// The origin that a command leads to, for the audit trail.
std::string origin_in(const Command& command) {
    if (command.method != "Page.navigate" && command.method != "Target.createTarget") return {};
    std::string_view url;
    std::string scratch;
    if (find_member(command.params, "url", url) == Found::none) return {};
    return origin_of(platform::unescape(url, scratch));
}

Flights::Limits limits_of(const Settings& settings) {
    return {{settings.max_in_flight, settings.max_bytes_in_flight},
            settings.max_strangers_at_browser,
            settings.stranger_turn};
}

}  // namespace

Router::Router(net::any_io_executor executor, Settings settings, ResultSink& sink, cdp::BrowserPort& browser,
               platform::Worker& files)
    : settings_{std::move(settings)},
      browser_{browser},
      judge_{settings_, browser},
      flights_{limits_of(settings_)},
      downloads_{settings_, judge_.policy(), browser, tickets_},
      kept_{executor, settings_, files,
            [this](const std::string& guid, DownloadStep step) { downloads_.end(guid, step); }},
      answers_{{.sink = sink,
                .tickets = tickets_,
                .flights = flights_,
                .streams = kept_.streams,
                .audit = kept_.audit,
                .traffic = traffic_,
                .max_waiting = settings_.max_waiting_answers}},
      admission_{settings_, flights_, kept_.audit},
      agent_{{.settings = settings_,
              .sink = sink,
              .browser = browser,
              .flights = flights_,
              .streams = kept_.streams,
              .answers = answers_,
              .drivers = [this](bool with_keys) { return clients_.labels(with_keys); }}},
      intake_{sink},
      clients_{{.executor = executor,
                .settings = settings_,
                .sink = sink,
                .browser = browser,
                .judge = judge_,
                .admission = admission_,
                .answers = answers_,
                .flights = flights_,
                .traffic = traffic_,
                .carrier = *this,
                .files = files}},
      forwarding_{{settings_, browser, tickets_, judge_, flights_, downloads_, answers_, agent_, clients_}} {
    answers_.connect(clients_);
}

void Router::on_command(std::string_view payload, CommandFlags flags) {
    const realtime::RawPayload parts = flags.raw ? realtime::split_raw(payload) : realtime::RawPayload{payload, {}};
    bool read = intake_.read(parts.text);
    if (read && intake_.command().method == post_to_client) {
        traffic_.bytes_in += payload.size();
        return clients_.on_post(intake_.command(), parts.bytes, flags.stale);
    }
    if (!parts.bytes.empty()) read = intake_.read(payload);  // the whole of it is no JSON text, and is refused as such
    traffic_.command(payload.size());
    if (!read) {
        const Unreadable& wrong = intake_.unreadable();
        return answers_.refuse_unreadable(wrong, payload.size(), intake_.sender_of(wrong.id, {}));
    }
    const Command& command = intake_.command();
    const realtime::SenderId sender = intake_.sender_of(command.id, command.session);
    const bool closes = command.method == close_client;
    if (!admit({sender, command.params.size(), flags.stale, closes}, payload.size())) return;
    const Place place = route(command);
    Flight& flight = begin(command, payload.size(), sender);
    forwarding_.judge_and_send(flight, command, place);
}

bool Router::admit(const Arrival& arrival, std::size_t payload_bytes) {
    auto refusal = admission_.refusal(arrival, platform::wall_now());
    if (!refusal) refusal = refusal_of_plain(intake_.command().method);
    if (!refusal) refusal = clients_.refusal(intake_.command().method);
    const Command& command = intake_.command();
    if (!refusal && flights_.stranger(arrival.sender) && takes_place(command)) refusal = make_place_for_stranger();
    if (!refusal) return true;
    answers_.refuse_unrelayed({command.id, command.method, command.session, arrival.sender, payload_bytes}, *refusal);
    return false;
}

/// The owner may want a key behind each command.
std::optional<Refusal> Router::refusal_of_plain(std::string_view method) const {
    const std::string_view why = judge_.trust().plain_refusal(method);
    if (why.empty()) return std::nullopt;
    return Refusal{Reason::denied, std::string{why}, judge_.trust().require_member()};
}

/// What the policy refuses and what the agent answers itself takes nobody's place at the browser.
bool Router::takes_place(const Command& command) const {
    if (!flights_.full_of_strangers()) return false;
    const Place place = route(command);
    const auto judged = judge_.judge(command, place, {}).kind;
    return place != Place::agent && (judged == Judgement::Kind::pass || judged == Judgement::Kind::rewrite);
}

std::optional<Refusal> Router::make_place_for_stranger() {
    auto place = admission_.place_for_stranger(platform::BootClock::now());
    if (place.evicted == nullptr) return std::move(place.refusal);
    const realtime::Ticket ticket = place.evicted->ticket;
    if (!forwarding_.follows(ticket)) browser_.port().forget(ticket);
    answers_.refuse(*place.evicted, Admission::evicted());
    return std::nullopt;
}

void Router::on_overlong(std::string_view outline, std::uint64_t size, std::uint64_t limit) {
    traffic_.command(size);
    const Refusal refusal = Admission::overlong(size, limit);
    if (!intake_.read(outline)) {
        const std::string_view id = intake_.unreadable().id;
        return answers_.refuse_unreadable({.id = id, .message = refusal.message}, size, intake_.sender_of(id, {}),
                                          refusal.reason);
    }
    const Command& command = intake_.command();
    const realtime::SenderId sender = intake_.sender_of(command.id, command.session);
    answers_.refuse_unrelayed({command.id, command.method, command.session, sender, size}, refusal);
}

void Router::on_left_over(std::string_view id) {
    traffic_.command(0);
    answers_.refuse_unrelayed(
        {.id = id, .sender = intake_.sender_of(id, {})},
        {Reason::stale,
         "Another agent claimed to be this device and answered nothing. The command was not carried out by this one, "
         "which relays again: send it again."});
}

Flight& Router::begin(const Command& command, std::size_t payload_bytes, realtime::SenderId sender) {
    Flight& made = flights_.begin(tickets_.next(), command, sender, platform::BootClock::now());
    made.command_bytes = payload_bytes;
    const Duration limit = command.timeout ? Duration{*command.timeout} : settings_.timeout;
    made.deadline = made.begun + std::min(limit, settings_.max_timeout);
    if (kept_.audit.on() && settings_.audit.urls == AuditSettings::Urls::origin) made.origin = origin_in(command);
    return made;
}

void Router::carry(const Client& client, const Command& command, const ClientMessage& message) {
    Flight& flight = begin(command, message.bytes, client.sender);
    Held whose = held_of(client);
    flight.held.client = std::move(whose.client);
    flight.held.sealed = whose.sealed;
    flight.held.key = std::move(whose.key);
    flight.held.fingerprint = std::move(whose.fingerprint);
    flight.held.of_own_session = message.of_own_session;
    flight.kept_params = message.answers;
    flight.held.stranger = false;
    flight.held.alone = message.alone;
    // Else it ends with the browser, the session or the client.
    if (!message.alone) flight.deadline = TimePoint::max();
    const bool routed = message.alone || command.method.starts_with("Agent.");
    forwarding_.judge_and_send(flight, command, routed ? route(command) : Place::session);
}

void Router::on_answer(const cdp::Answer& answer) {
    if (!clients_.on_answer(answer)) forwarding_.on_answer(answer);
}

// The handle of a trace's stream comes in an event, not in a result: it is given to the client that hears it.
void Router::on_event(const cdp::Message& event, std::string_view top) {
    if (gives_stream(event.method)) {
        const Client* const hearer = clients_.of_session(top);
        if (hearer != nullptr) judge_.on_result(held_of(*hearer), event.session, event.method, event.body);
    }
    clients_.on_event(event, top);
}

void Router::connect(RouterListener& listener) {
    listener_ = &listener;
    kept_.on_trouble([&listener] { listener.on_serving(); });
}

void Router::on_browser_state() {
    const auto change = browser_.look();
    if (change == AttachedBrowser::Change::went) clients_.on_browser_lost();
    if (change == AttachedBrowser::Change::came) {
        judge_.on_new_browser();
        forwarding_.on_new_browser();
        downloads_.direct({});
    }
    if (listener_ != nullptr) listener_->on_serving();
}

void Router::refuse_new(std::string reason) {
    admission_.refuse_new(std::move(reason));
    answers_.announce_last();
}

void Router::stop_relaying(std::string reason) {
    const Refusal refusal{Reason::stopping, reason};
    clients_.end_in_order("stopping");
    refuse_new(std::move(reason));
    for (const realtime::Ticket ticket : flights_.unanswered_tickets()) {
        if (Flight* const flight = flights_.find(ticket)) answers_.refuse(*flight, refusal);
    }
}

awaitable<Error> Router::run() {
    using net::experimental::awaitable_operators::operator&&;
    auto keeping = platform::ignoring(kept_.run());
    auto serving = platform::ignoring(clients_.run());
    co_await (std::move(keeping) && std::move(serving));  // stop() ends them
    co_return Error{};
}

void Router::stop() {
    clients_.stop();
    kept_.stop();
}

RouterStatus Router::status() const {
    RouterStatus out;
    out.in_flight = flights_.size();
    out.at_browser = flights_.at_browser();
    out.bytes_in_flight = flights_.bytes_at_browser();
    out.waiting_answers = answers_.waiting();
    out.streams = kept_.streams.count();
    out.stream_bytes = kept_.streams.bytes();
    out.clients = clients_.count();
    const HeldBytes held = clients_.bytes();
    out.client_bytes = held.in_memory + held.on_disk;
    out.client_bytes_on_disk = held.on_disk;
    out.clients_ended = clients_.ended();
    out.sealed_ignored = clients_.sealed().ignored();
    out.traffic = traffic_;
    out.audit_lost = kept_.audit.lost();
    out.audit_trouble = kept_.audit.trouble();
    out.audit_refuses = !kept_.audit.refusal().empty();
    out.spool = kept_.spool.use();
    out.spool_trouble = kept_.spool.trouble();
    return out;
}

}  // namespace relay
