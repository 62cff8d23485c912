#include "agent/relay/client.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "platform/crypto.hpp"
#include "platform/text.hpp"

namespace relay {
namespace {

std::string new_name() {
    constexpr std::size_t bytes = 16;
    return platform::hex(platform::random_bytes(bytes));
}

MessageStream::Settings stream_settings(const ClientSettings& settings) {
    MessageStream::Settings stream;
    stream.in.message = settings.max_message;
    stream.out.held = settings.max_bytes;
    stream.out.list_name = "items";
    stream.list_name_in = "messages";
    return stream;
}

}  // namespace

std::unique_ptr<Client> make_client(const OpenRequest& request, const ClientSettings& settings,
                                    const OpenConditions& conditions) {
    const std::string id = new_name();
    const std::size_t envelope = client_envelope + id.size() + conditions.instance_bytes;
    return std::make_unique<Client>(Client{
        .id = id,
        .label = platform::clean(request.label),
        .target = request.target,
        .open = {conditions.open_id, conditions.open_params, {conditions.open}},
        .sender = std::hash<std::string>{}(id),
        .controller = conditions.controller,
        .exclusive = request.exclusive,
        .stream = {stream_settings(settings), conditions.payload_limit, envelope},
        .lease = {request.lease, conditions.joined, conditions.now},
        .heard_at = conditions.now,
    });
}

std::optional<Refusal> refusal_of_open(const OpenRequest& request, const ClientSettings& settings,
                                       const ClientTable& clients) {
    const std::size_t unproved = unproved_in(clients);
    const std::size_t count = clients.size() - unproved;
    if (holder_of(clients) != nullptr) return Refusal{Reason::busy, "A client has the browser for itself."};
    if (request.exclusive && !settings.allow_exclusive) {
        return Refusal{Reason::denied,
                       "This machine lets no client have the browser for itself (relay.allow_exclusive)."};
    }
    if (request.exclusive && count > 0) {
        return Refusal{Reason::busy, "Other clients are there: none can have the browser for itself."};
    }
    if (unproved >= settings.max_unproved && request.tls) {
        return Refusal{Reason::overloaded, "As many sealed clients as may be have not proved their keys yet (" +
                                               std::to_string(settings.max_unproved) + "): try again."};
    }
    if (count < settings.max_count) return std::nullopt;
    return Refusal{Reason::overloaded, "There are as many clients as may be (" + std::to_string(settings.max_count) +
                                           "): close one first."};
}

std::string_view refusal_of_proved(const Client& client, const ClientSettings& settings,
                                   const ClientTable& clients) noexcept {
    const std::size_t count = clients.size() - unproved_in(clients);  // it is one of them
    if (holder_of(clients) != nullptr || (client.sealing->exclusive && count > 1)) return "denied";
    return count > settings.max_count ? "overloaded" : std::string_view{};
}

void Client::heard(TimePoint now) noexcept {
    lease.renew(now);
    heard_at = now;
    passed_over = false;
}

void Client::on_link(bool joined, TimePoint now) noexcept {
    lease.set_running(joined, now);
    if (!joined) return;
    heard_at = now;
    stream.rejoined();
}

TimePoint Client::silent_at(Duration after) const noexcept {
    const TimePoint since = stream.unanswered_since();
    const bool owes = since != TimePoint::max() && lease.runs();
    return owes ? std::max(since, heard_at) + after : TimePoint::max();
}

std::string_view Client::end_reason(TimePoint now) const noexcept {
    if (state == State::greeting) return now >= give_up_at ? "handshake" : std::string_view{};
    if (state == State::opening && !sealing) return now >= give_up_at ? not_opened : std::string_view{};
    if (state == State::opening && now >= give_up_at) return "session_lost";
    if (state == State::finishing && (drained() || now >= give_up_at)) return "closed";
    return lease.over(now) ? "lease" : std::string_view{};
}

TimePoint Client::due_at() const noexcept {
    if (stream.in_hand()) return TimePoint::max();
    return turn.waits ? turn.at : std::min(stream.due_at(), gather.due_at());
}

TimePoint Client::next_look(TimePoint now, Duration blocked_again) const noexcept {
    if (!told()) return give_up_at;
    if (state == State::finishing && drained()) return TimePoint::min();
    const TimePoint due = due_at();
    return std::min({lease.ends_at(), give_up_at, blocked ? std::max(due, now + blocked_again) : due});
}

Client* client_in(const ClientTable& clients, std::string_view id) noexcept {
    const auto found = clients.find(id);
    return found != clients.end() ? found->second.get() : nullptr;
}

Client* opened_by(const ClientTable& clients, std::string_view id, std::string_view params,
                  realtime::SenderId controller) noexcept {
    const auto is_it = [&](const auto& entry) {
        const Client& client = *entry.second;
        return client.open.id == id && client.open.params == params && client.controller == controller;
    };
    const auto found = std::find_if(clients.begin(), clients.end(), is_it);
    return id.starts_with('"') && found != clients.end() ? found->second.get() : nullptr;
}

HeldBytes bytes_of(const ClientTable& clients) noexcept {
    HeldBytes sum;
    for (const auto& entry : clients) {
        sum.in_memory += entry.second->bytes();
        sum.on_disk += entry.second->spilled.on_disk();
    }
    return sum;
}

std::string beyond_bounds(const ClientTable& clients, const ClientSettings& settings) {
    const HeldBytes all = bytes_of(clients);
    const bool of_disk = all.on_disk > settings.max_spilled;
    if (!of_disk && all.in_memory <= settings.max_bytes_of_all) return {};
    const auto held = [of_disk](const auto& entry) {
        return of_disk ? entry.second->spilled.on_disk() : entry.second->bytes();
    };
    const auto less = [&held](const auto& a, const auto& b) { return held(a) < held(b); };
    return std::max_element(clients.begin(), clients.end(), less)->first;
}

std::size_t unproved_in(const ClientTable& clients) noexcept {
    const auto is_it = [](const auto& entry) { return entry.second->sealing && !entry.second->sealing->proved; };
    return static_cast<std::size_t>(std::count_if(clients.begin(), clients.end(), is_it));
}

const Client* holder_of(const ClientTable& clients) noexcept {
    const auto holds = [](const auto& entry) { return entry.second->exclusive; };
    const auto found = std::find_if(clients.begin(), clients.end(), holds);
    return found != clients.end() ? found->second.get() : nullptr;
}

void Sealing::keep_early(const std::vector<std::string_view>& messages) {
    for (const std::string_view message : messages) {
        early.emplace_back(message);
        early_bytes += message.size() + StreamSender::overhead;
    }
}

std::vector<std::string> Sealing::take_early() noexcept {
    early_bytes = 0;
    return std::exchange(early, {});
}

std::vector<std::string> labels_of(const ClientTable& clients, bool with_keys) {
    std::vector<std::string> labels;
    for (const auto& [id, client] : clients) {
        if (client->state != Client::State::open) continue;
        labels.push_back(with_keys ? platform::clean(client->called()) : client->label);
    }
    return labels;
}

}  // namespace relay
