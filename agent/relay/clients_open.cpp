// How clients come: an Agent.open asks the browser for a session, and is answered when it has one.
#include <utility>
#include <vector>

#include "agent/relay/clients.hpp"
#include "cdp/core/targets.hpp"
#include "platform/log/log.hpp"

namespace relay {

using platform::BootClock;

void Clients::open(const Opener& opener, const OpenRequest& request, TimePoint deadline) {
    auto client = make_client(request, settings_,
                              {.open = opener.ticket,
                               .open_id = opener.id,
                               .controller = opener.controller,
                               .payload_limit = sink_.payload_limit(),
                               .instance_bytes = mail_.instance().size(),
                               .joined = joined_,
                               .now = BootClock::now()});
    client->give_up_at = deadline;
    const std::string id = client->id;
    clients_.emplace(id, std::move(client));
    opening_.emplace(++last_ticket_, id);
    browser_.attach(last_ticket_, request.target, deadline);
    rearm();
}

bool Clients::open_again(const Opener& opener) {
    Client* const client = opened_by(clients_, opener.id);
    if (client == nullptr) return false;
    client->open.waiting.push_back(opener.ticket);
    if (client->state == Client::State::open) answer_open(*client);
    return true;
}

void Clients::answer_open(Client& client) {
    const ClientLimits limits{sink_.payload_limit(), client.stream.window(), settings_.max_message,
                              client.lease.length(), client.opened_pace};
    const std::string text = write_opened(client.id, mail_.instance(), limits);
    for (const realtime::Ticket open : std::exchange(client.open.waiting, {})) owner_.on_opened(open, text);
}

void Clients::on_answer(const cdp::Answer& answer) {
    const auto opened = opening_.find(answer.ticket);
    if (opened == opening_.end()) {
        silent_.on_answer(answer, BootClock::now());
        return rearm();
    }
    const std::string id = std::move(opened->second);
    opening_.erase(opened);
    std::string session = answer.fate == cdp::Fate::result ? cdp::member(answer.text, "sessionId") : std::string{};
    Client* const client = at(id);
    if (client == nullptr) {  // it ended while its session was being opened
        if (!session.empty()) browser_.detach(session, ++last_ticket_);
        return;
    }
    if (session.empty()) {
        const std::vector<realtime::Ticket> opens = std::move(client->open.waiting);
        clients_.erase(id);
        for (const realtime::Ticket open : opens) owner_.on_not_opened(open, answer);
        return;
    }
    client->state = Client::State::open;
    client->give_up_at = TimePoint::max();
    client->heard(BootClock::now());
    by_session_.emplace(session, id);
    client->session = std::move(session);
    platform::log::info("a client came ({}); there are {}", client->label, clients_.size());
    mail_.shares().opened(*client);
    answer_open(*client);
    rearm();
}

}  // namespace relay
