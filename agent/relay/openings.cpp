#include "agent/relay/openings.hpp"

#include <utility>
#include <vector>

#include "cdp/core/targets.hpp"
#include "platform/clock.hpp"

namespace relay {

using platform::BootClock;

std::string Openings::open(const ClientOpener& opener, const OpenRequest& request, TimePoint deadline, bool joined) {
    auto made = make_client(request, needs_.settings,
                            {.open = opener.ticket,
                             .open_id = opener.id,
                             .open_params = opener.params,
                             .controller = opener.controller,
                             .payload_limit = needs_.sink.payload_limit(),
                             .instance_bytes = needs_.mail.instance().size(),
                             .joined = joined,
                             .now = BootClock::now()});
    Client& client = *made;
    if (request.tls) {
        if (std::string wrong = sealed_.greet(client, request); !wrong.empty()) return wrong;
        if (request.binary && needs_.sink.carries_bytes()) client.stream.send_raw();
    }
    needs_.clients.emplace(client.id, std::move(made));
    if (!request.tls) {
        attach(client, deadline);
        return {};
    }
    client.give_up_at = BootClock::now() + needs_.settings.prove_limit;
    needs_.mail.shares().opened(client);
    needs_.mail.on_pace(BootClock::now());
    answer_open(client);
    return {};
}

void Openings::attach(Client& client, TimePoint deadline) {
    client.state = Client::State::opening;
    client.give_up_at = deadline;
    const realtime::Ticket ticket = ++needs_.last_ticket;
    attaches_.emplace(ticket, client.id);
    needs_.browser.attach(ticket, client.target, deadline);
}

bool Openings::open_again(const ClientOpener& opener) {
    Client* const client = opened_by(needs_.clients, opener.id, opener.params, opener.controller);
    if (client == nullptr) return false;
    client->heard(BootClock::now());
    client->open.waiting.push_back(opener.ticket);
    if (client->told()) answer_open(*client);
    return true;
}

void Openings::answer_open(Client& client) {
    const ClientLimits limits{needs_.sink.payload_limit(), client.stream.window(), needs_.settings.max_message,
                              client.lease.length(), client.opened_pace};
    SealedAnswer sealed;
    if (client.sealing) sealed = {client.sealing->greeting, client.stream.sends_raw()};
    const std::string text = write_opened(client.id, needs_.mail.instance(), limits, sealed);
    for (const realtime::Ticket open : std::exchange(client.open.waiting, {})) needs_.owner.on_opened(open, text);
}

Openings::Came Openings::on_answer(const cdp::Answer& answer) {
    const std::string id = std::move(attaches_.extract(answer.ticket).mapped());
    std::string session = answer.fate == cdp::Fate::result ? cdp::member(answer.text, "sessionId") : std::string{};
    Client* const client = client_in(needs_.clients, id);
    if (client == nullptr) {  // it ended while its session was being opened
        if (!session.empty()) needs_.browser.detach(session, ++needs_.last_ticket);
        return {};
    }
    if (session.empty() && client->sealing) return {.refused = client};
    if (session.empty()) {
        const std::vector<realtime::Ticket> opens = std::move(client->open.waiting);
        needs_.clients.erase(id);
        for (const realtime::Ticket open : opens) needs_.owner.on_not_opened(open, answer);
        return {};
    }
    client->state = Client::State::open;
    client->give_up_at = TimePoint::max();
    client->heard(BootClock::now());
    client->session = std::move(session);
    if (!client->sealing) {
        needs_.mail.shares().opened(*client);
        needs_.mail.on_pace(BootClock::now());
        answer_open(*client);
    }
    return {.client = client};
}

void Openings::give_up(const Client& client, std::string_view reason) {
    if (reason != Client::not_opened) return;
    const cdp::Answer late{{}, cdp::Fate::timed_out, {}, {}};
    for (const realtime::Ticket open : client.open.waiting) needs_.owner.on_not_opened(open, late);
}

}  // namespace relay
