#include "agent/relay/client_mail.hpp"

#include <functional>
#include <utility>

#include "agent/realtime/core/raw_payload.hpp"
#include "agent/relay/core/client_text.hpp"

namespace relay {
namespace {

/// A name that no client of ours has is echoed up to this length, in bytes.
constexpr std::size_t max_name_bytes = 64;

}  // namespace

void ClientMail::send_next(Client& client, TimePoint now) {
    client.stream.set_payload_limit(sink_.payload_limit());
    const bool gathers = !client.turn.waits && client.gathers(now);  // who waits for room has gathered
    if (!client.told() || gathers) return;
    if (!client.stream.has_next(now)) {
        client.gather.over();
        return turns_.leave(client.turn, now);
    }
    if (turns_.has(client.turn, now)) publish_next(client, now);
}

void ClientMail::send_last(Client& client, TimePoint now) {
    client.stream.set_payload_limit(sink_.payload_limit());
    if (client.told()) publish_next(client, now);
}

void ClientMail::publish_next(Client& client, TimePoint now) {
    client.gather.over();
    const auto broadcast = client.stream.next(now);
    if (broadcast) publish(client, *broadcast, now);
    turns_.leave(client.turn, now);
}

void ClientMail::publish(Client& client, const MessageStream::Outgoing& broadcast, TimePoint now) {
    const realtime::Ticket ticket = ++last_ticket_;
    const auto pace = shares_.pace_to_send(client);
    std::string payload = write_client_broadcast(client.id, instance_, broadcast.members, pace);
    const bool raw = !broadcast.raw.empty();
    if (raw) realtime::append_raw(payload, broadcast.raw);
    realtime::Message message{ticket, realtime::Lane::answer, std::string{client_event}, std::move(payload)};
    message.sender = client.sender;
    message.streamed = true;
    message.raw = raw;
    in_outbox_.emplace(ticket, client.id);
    client.blocked = !sink_.publish(std::move(message));
    if (!client.blocked) return;
    in_outbox_.erase(ticket);
    client.stream.not_taken(now);
}

std::string ClientMail::client_of(realtime::Ticket ticket) const {
    const auto found = in_outbox_.find(ticket);
    return found != in_outbox_.end() ? found->second : std::string{};
}

std::string ClientMail::on_sent(realtime::Ticket ticket) {
    const auto found = in_outbox_.extract(ticket);
    return found.empty() ? std::string{} : found.mapped();
}

void ClientMail::forget(std::string_view client) {
    std::erase_if(in_outbox_, [client](const auto& entry) { return entry.second == client; });
}

void ClientMail::publish_ended(std::string_view client, std::string_view reason, realtime::SenderId sender) {
    realtime::Message message{++last_ticket_, realtime::Lane::answer, std::string{client_event},
                              write_client_ended(client, instance_, reason)};
    message.sender = sender;
    message.owed = true;
    sink_.publish(std::move(message));  // where there is no room, the next post is answered that there is no client
}

void ClientMail::publish_unknown(std::string_view client) {
    if (client.size() > max_name_bytes) return;
    realtime::Message message{++last_ticket_, realtime::Lane::refusal, std::string{client_event},
                              write_client_ended(client, instance_, "no_client")};
    message.sender = std::hash<std::string_view>{}(client);
    sink_.publish(std::move(message));
}

}  // namespace relay
