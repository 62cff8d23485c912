#include "agent/bridge/far_clients.hpp"

#include <algorithm>
#include <utility>

#include "agent/relay/core/client_text.hpp"
#include "platform/clock.hpp"
#include "platform/json/core/slice.hpp"

namespace bridge {

using platform::BootClock;

FarClients::FarClients(const net::any_io_executor& executor, Channel& channel, Calls& calls, Sealing* sealing)
    : channel_{channel}, calls_{calls}, sealing_{sealing}, tender_{executor}, turns_{[this](TimePoint now) {
          return channel_.room_at(now, posts());
      }} {}

std::unique_ptr<ChannelClient> FarClients::open(const OpenWish& wish, ClientListener& listener) {
    const auto lease = std::chrono::duration_cast<std::chrono::milliseconds>(ChannelClient::lease);
    // The key's name stands for a sealed client: a label would tell the channel who it is.
    const std::string_view label = sealing_ != nullptr ? std::string_view{} : wish.label;
    Sealing::Begun begun{{}, write_open(wish.target, label, wish.exclusive, lease)};
    if (sealing_ != nullptr) begun = sealing_->begin(begun.params, channel_.carries_bytes());
    const ChannelClient::Needs needs{*this, channel_, listener, sealing_};
    auto client = std::make_unique<ChannelClient>(needs, !wish.target.empty(), std::move(begun.connection));
    const std::size_t number = ++last_number_;
    all_.push_back({number, client.get()});
    Call call{.method = std::string{relay::open_client}, .params = std::move(begun.params)};
    call.timeout = open_limit;
    call.repeatable = true;  // the far agent opens one client for one id
    calls_.send(call, [this, number](const Answer& answer) { on_opened(number, answer); });
    return client;
}

void FarClients::on_opened(std::size_t number, const Answer& answer) {
    const auto is_it = [number](const Entry& entry) { return entry.number == number; };
    const auto found = std::find_if(all_.begin(), all_.end(), is_it);
    if (found != all_.end()) {
        const std::string name = answer.ok ? read_opened(answer.result).client : std::string{};
        if (std::find(missed_.begin(), missed_.end(), name) != missed_.end()) found->client->ask_again();
        return found->client->on_opened(answer);
    }
    if (answer.ok) close(read_opened(answer.result).client);  // who wanted it has gone
}

ChannelClient* FarClients::find(std::string_view name) const {
    const auto is_it = [name](const Entry& entry) { return entry.client->is_open() && entry.client->name() == name; };
    const auto found = std::find_if(all_.begin(), all_.end(), is_it);
    return found != all_.end() ? found->client : nullptr;
}

/// Each of them that still lives when its turn comes: the turns of others may destroy it.
template <class Do>
void FarClients::for_each(Do&& act) {
    const std::vector<Entry> now = all_;
    for (const Entry& entry : now) {
        const auto is_it = [&entry](const Entry& one) { return one.number == entry.number; };
        if (std::any_of(all_.begin(), all_.end(), is_it)) act(*entry.client);
    }
}

void FarClients::on_event(std::string_view payload, std::string_view raw) {
    const EventText event = read_event(payload);
    if (event.client.empty()) return;
    if (ChannelClient* const client = find(event.client)) return client->on_event(event, {payload, raw});
    if (event.ended.empty()) note_missed(event.client);
}

bool FarClients::any_opening() const {
    return std::any_of(all_.begin(), all_.end(), [](const Entry& entry) { return entry.client->is_opening(); });
}

/// The broadcast may have overtaken the answer to an Agent.open.
void FarClients::note_missed(std::string name) {
    if (!any_opening()) return missed_.clear();
    if (std::find(missed_.begin(), missed_.end(), name) != missed_.end()) return;
    missed_.push_back(std::move(name));
    if (missed_.size() > most_missed) missed_.pop_front();
}

void FarClients::on_sent(realtime::Ticket ticket) {
    for_each([ticket, now = BootClock::now()](ChannelClient& client) { client.on_sent(ticket, now); });
}

void FarClients::on_settled(realtime::Ticket ticket, realtime::Settled how) {
    for_each([ticket, how, now = BootClock::now()](ChannelClient& client) { client.on_settled(ticket, how, now); });
}

void FarClients::on_link() {
    for_each([](ChannelClient& client) { client.on_link(); });
}

void FarClients::on_presence() {
    for_each([now = BootClock::now()](ChannelClient& client) { client.on_presence(now); });
}

void FarClients::end_all(std::string_view sentence) {
    for_each([sentence](ChannelClient& client) { client.end({ClientEnd::unreachable, std::string{sentence}}); });
}

void FarClients::finish() {
    tend(BootClock::now());
}

void FarClients::leave_all() {
    for_each([](ChannelClient& client) { client.leave(); });
}

void FarClients::forget(const ChannelClient& client) {
    std::erase_if(all_, [&client](const Entry& entry) { return entry.client == &client; });
}

void FarClients::close(const std::string& name) {
    if (name.empty()) return;
    std::string params = R"({"client":)";
    platform::append_quoted(params, name);
    params += '}';
    const std::string id = channel_.new_id();
    channel_.send(write_command({.id = id, .method = relay::close_client, .params = params}),
                  std::hash<std::string>{}(name));
}

/// Posts of clients that wait for the channel to send them.
std::size_t FarClients::posts() const {
    const auto count =
        std::count_if(all_.begin(), all_.end(), [](const Entry& entry) { return entry.client->posts(); });
    return static_cast<std::size_t>(count);
}

void FarClients::be_given_pace(double broadcasts) {
    channel_.be_given_pace(broadcasts);
    turns_.look_again(BootClock::now());
    tender_.wake();
}

TimePoint FarClients::tend(TimePoint now) {
    for_each([now](ChannelClient& client) {
        if (client.due_at() <= now) client.tend(now);
    });
    TimePoint next = TimePoint::max();
    for (const Entry& entry : all_) next = std::min(next, entry.client->due_at());
    return next;
}

awaitable<void> FarClients::run() {
    co_await tender_.run(*this);
}

}  // namespace bridge
