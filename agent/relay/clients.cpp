#include "agent/relay/clients.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "cdp/core/message.hpp"
#include "platform/json/core/check.hpp"
#include "platform/log/log.hpp"
#include "platform/text.hpp"
#include "platform/wait.hpp"

namespace relay {

using platform::BootClock;

Clients::Clients(const Needs& needs, ClientOwner& owner)
    : TurnEnd{platform::Turns::of(needs.executor)},
      settings_{needs.settings},
      sink_{needs.sink},
      mail_{needs.sink},
      browser_{needs.browser, owner},
      owner_{owner},
      openings_{{needs.settings, needs.sink, clients_, mail_, browser_, needs.trust, owner, last_ticket_}},
      spilling_{needs.executor, needs.settings, needs.files, clients_, *this},
      silent_{needs.settings, clients_, mail_.shares(), browser_},
      timer_{needs.executor} {}

void Clients::on_answer(const cdp::Answer& answer) {
    if (!openings_.owns(answer)) {
        silent_.on_answer(answer, BootClock::now());
        return rearm();
    }
    const Openings::Came came = openings_.on_answer(answer);
    if (came.refused != nullptr) return end(std::string{came.refused->id}, "session_lost");
    if (came.client == nullptr) return;
    by_session_.emplace(came.client->session, came.client->id);
    platform::log::info("a client came ({}); there are {}", platform::clean(came.client->called()), clients_.size());
    if (came.client->sealing) run_early(*came.client);
    rearm();
}

void Clients::on_post(std::string_view params, std::string_view raw) {
    const std::string id = client_named(params);
    Client* const client = at(id);
    if (client == nullptr || !client->told()) return mail_.publish_unknown(id);
    const TimePoint now = BootClock::now();
    client->heard(now);
    wait_for_end(*client);
    client->open.id.clear();
    const auto received = client->stream.receive(params, now, raw);
    const std::string_view over = judge_post(*client, received);
    if (!over.empty()) return end(id, over);
    run_messages(id, received.messages);
    bound_bytes();
    finish_if_over(id);
    if (Client* const still = at(id)) wake(*still);
}

/// Why the client has to end for what was posted; empty: it goes on.
std::string_view Clients::judge_post(Client& client, const StreamReceiver::Received& received) {
    if (!client.sealing) {
        if (received.wrong.empty()) return {};
        platform::log::warning("a client is ended for what it posted: {}", received.wrong);
        return "bad_request";
    }
    const auto verdict = sealed().judge(client, received);
    if (!verdict.proved) return verdict.end;
    if (const auto refused = refusal_of_proved(client, settings_, clients_); !refused.empty()) return refused;
    if (const auto refused = owner_.refusal_of_session(client); !refused.empty()) return refused;
    client.exclusive = client.sealing->exclusive;
    openings_.attach(client, BootClock::now() + settings_.session_limit);
    return {};
}

void Clients::run_messages(const std::string& id, const std::vector<std::string_view>& messages) {
    Client* const client = at(id);
    if (client->sealing && !client->served()) {
        client->sealing->keep_early(messages);
        if (client->bytes() > settings_.max_bytes) end(id, "overloaded");
        return;
    }
    client->unanswered += messages.size();
    for (const std::string_view message : messages) {
        const Client* const still = find(id);
        if (still == nullptr || still->state != Client::State::open) break;
        owner_.run_message(*still, message);
    }
}

/// What came before its session was there.
void Clients::run_early(Client& client) {
    const std::vector<std::string> early = client.sealing->take_early();
    const std::string id = client.id;
    run_messages(id, {early.begin(), early.end()});
    finish_if_over(id);
    if (Client* const still = at(id)) wake(*still);
}

void Clients::finish(std::string_view id) {
    Client* const client = at(id);
    if (client == nullptr) return;
    client->state = Client::State::finishing;
    wait_for_end(*client);
    wake(*client);
}

/// One that is finishing has so long to acknowledge what it was sent last: not while that is still on its way, or while
/// the channel is away.
void Clients::wait_for_end(Client& client) {
    if (client.state != Client::State::finishing) return;
    const bool may_count = joined_ && !client.stream.in_hand();
    client.give_up_at = may_count ? BootClock::now() + settings_.finish_limit : TimePoint::max();
}

void Clients::own_context(std::string_view id, std::string context) {
    Client* const client = at(id);
    if (client == nullptr) return browser_.dispose(context, ++last_ticket_);  // it ended meanwhile
    client->contexts.insert(std::move(context));
}

void Clients::on_event(const cdp::Message& event, std::string_view top) {
    const auto found = by_session_.find(top);
    if (found == by_session_.end()) return;
    Client* const client = at(found->second);
    if (client == nullptr || client->state != Client::State::open || !browser_.may_hear(*client, event)) return;
    const auto session = event.session == client->session ? std::string_view{} : event.session;
    owner_.on_event_sent(*client, event);
    silent_.on_event(*client, event);
    send(*client, write_browser_event(event.method, event.body, session), awaited(event));
}

void Clients::on_session_end(std::string_view session) {
    silent_.on_session_end(session);
    const auto found = by_session_.find(session);
    if (found == by_session_.end()) return;
    const std::string id = found->second;
    if (Client* const client = at(id)) client->session.clear();
    by_session_.erase(found);
    end(id, "session_lost");
}

void Clients::reply(std::string_view id, const std::string& text, std::string_view method) {
    Client* const client = at(id);
    if (client == nullptr) return;
    if (client->unanswered > 0) --client->unanswered;
    const std::string name{id};
    send(*client, text, awaited_answer(method, client->unanswered));
    finish_if_over(name);
}

void Clients::send(Client& client, const std::string& text, Awaited how) {
    const std::string id = client.id;
    if (!platform::valid_utf8(text)) return end(id, "unreadable");
    const bool as_part = !sink_.uncarried(text).empty();
    if (!spilling_.add(client, text, as_part)) return end(id, "overloaded");
    gather(client, how, settings_, mail_.shares().between_two(), BootClock::now());
    wake(client);
    bound_bytes();
}

void Clients::wake(Client& client) {
    client.pumped = false;
    if (!turns_.at_end(*this)) pump(client);
}

void Clients::at_turn_end() {
    for (const auto& entry : clients_) {
        if (!entry.second->pumped) pump(*entry.second);
    }
}

void Clients::pump(Client& client) {
    client.pumped = true;
    spilling_.refill(client);
    mail_.send_next(client, BootClock::now());
    if (client.stream.in_hand()) wait_for_end(client);
    rearm();
}

void Clients::on_sent(realtime::Ticket ticket) {
    Client* const client = at(mail_.client_of(ticket));
    if (client != nullptr && !client->stream.in_doubt()) on_settled(ticket, realtime::Settled::acknowledged);
}

void Clients::on_settled(realtime::Ticket ticket, realtime::Settled how) {
    if (Client* const client = at(mail_.on_sent(ticket))) {
        client->stream.settled(how != realtime::Settled::too_large, BootClock::now());
        wait_for_end(*client);
        pump(*client);
    }
    if (how == realtime::Settled::too_large) return end_stuck();
    for (const auto& entry : clients_) {
        if (std::exchange(entry.second->blocked, false)) wake(*entry.second);
    }
}

/// The payload limit has shrunk: a broadcast that has its number already cannot be cut anew.
void Clients::end_stuck() {
    end_where([this](Client& client) -> std::string_view {
        client.stream.set_payload_limit(sink_.payload_limit());
        return client.stream.stuck() ? "too_large" : "";
    });
}

void Clients::on_link(bool joined) {
    if (std::exchange(joined_, joined) == joined) return;
    const TimePoint now = BootClock::now();
    for (const auto& entry : clients_) {
        entry.second->on_link(joined, now);
        wait_for_end(*entry.second);
        if (joined) wake(*entry.second);
    }
    rearm();
}

void Clients::end_all(std::string_view reason) {
    end_where([reason](const Client&) { return reason; });
}

void Clients::on_trust() {
    end_where([this](Client& client) { return sealed().end_reason(client); });
}

/// Those whose session was asked for get one of the next browser.
void Clients::on_browser_lost() {
    end_where([](const Client& client) { return client.served() ? "browser_lost" : ""; });
}

/// Those for whom it gives a reason.
template <class Why>
void Clients::end_where(Why why) {
    std::vector<std::pair<std::string, std::string_view>> over;
    for (const auto& [id, client] : clients_) {
        if (const std::string_view reason = why(*client); !reason.empty()) over.emplace_back(id, reason);
    }
    for (const auto& [id, reason] : over) end(id, reason);
}

void Clients::end(const std::string& id, std::string_view reason) {
    const auto found = clients_.find(id);
    if (found == clients_.end()) return;
    const std::unique_ptr<Client> client = std::move(found->second);
    const std::string name = found->first;
    clients_.erase(found);
    if (!client->session.empty()) by_session_.erase(client->session);
    mail_.forget(name);
    spilling_.forget(*client);
    mail_.shares().ended(*client);
    mail_.leave_turn(*client, BootClock::now());
    mail_.on_pace(BootClock::now());
    rearm();
    browser_.leave(*client, ++last_ticket_);
    if (!client->told()) return openings_.give_up(*client, reason);
    platform::log::info("a client has ended ({}): {}; there are {}", platform::clean(client->called()), reason,
                        clients_.size());
    owner_.on_ended(*client, reason);
    if (!client->ends_silently()) mail_.publish_ended(name, reason, client->sender);
}

void Clients::tend(TimePoint now) {
    end_where([now](const Client& client) { return client.end_reason(now); });
    for (const auto& entry : clients_) {
        if (entry.second->due_at() <= now) pump(*entry.second);
    }
    silent_.act_due(now, last_ticket_);
}

TimePoint Clients::next_look() const {
    const TimePoint now = BootClock::now();
    TimePoint next = TimePoint::max();
    for (const auto& entry : clients_) {
        const Client& client = *entry.second;
        next = std::min({next, client.next_look(now, settings_.blocked_again), silent_.due_at(client, now)});
    }
    return next;
}

awaitable<Error> Clients::run() {
    using net::experimental::awaitable_operators::operator&&;
    auto spilling = platform::ignoring(spilling_.run());
    co_await (keep_leases() && std::move(spilling));  // stop() ends them
    co_return Error{};
}

awaitable<void> Clients::keep_leases() {
    while (!stopping_) {
        tend(BootClock::now());
        armed_ = next_look();
        timer_.expires_at(armed_);
        co_await platform::expiry(timer_);
        armed_ = TimePoint::min();  // awake
    }
}

}  // namespace relay
