#include "agent/bridge/channel_client.hpp"

#include <algorithm>
#include <utility>

#include "platform/clock.hpp"

namespace bridge {
namespace {

using platform::BootClock;

relay::MessageStream::Settings stream_settings() {
    relay::MessageStream::Settings settings;
    settings.out.list_name = "messages";
    settings.out.held = ChannelClient::most_held;
    settings.list_name_in = "items";
    settings.in.message = ChannelClient::most_received;
    return settings;
}

constexpr TimePoint at_once = TimePoint::min();

/// The agent writes the id of a reply first.
bool is_reply(std::string_view message) noexcept {
    return message.starts_with(R"({"id":)");
}

}  // namespace

ChannelClient::ChannelClient(const Needs& needs, bool of_page, std::unique_ptr<platform::SealedConnection> connection)
    : needs_{needs}, of_page_{of_page}, stream_{stream_settings(), needs.channel.payload_limit(), post_envelope} {
    if (connection) stream_.seal(std::move(connection), most_received);
}

ChannelClient::~ChannelClient() {
    if (gone_ != nullptr) *gone_ = true;
    if (ticket_ != 0) needs_.channel.withdraw(ticket_);
    ticket_ = 0;
    needs_.keeper.turns().leave(turn_, BootClock::now());
    leave();
    asks_.fail_all(error_of({ClientEnd::left, "The client was closed.", "stopped"}));
    needs_.keeper.forget(*this);
}

void ChannelClient::leave() {
    if (name_.empty() || acknowledge_last()) return name_.clear();
    needs_.keeper.close(std::exchange(name_, {}));
}

/// True: the last answer is here, and the far agent ends the client when it hears of that.
bool ChannelClient::acknowledge_last() {
    const bool over = state_ == State::open && stream_.closed() && asks_.empty() && !abandoned_ && ticket_ == 0;
    if (!over) return false;
    const TimePoint now = BootClock::now();
    stream_.show_life(now);
    post(now);
    return std::exchange(ticket_, 0) != 0;
}

void ChannelClient::say_all() {
    if (stream_.close()) return changed();
    end({ClientEnd::overrun, "There is no room for the end of what is said."});
}

std::size_t ChannelClient::payload_limit() const {
    const std::size_t ours = needs_.channel.payload_limit();
    return limits_.payload == 0 ? ours : std::min<std::size_t>(ours, limits_.payload);
}

bool ChannelClient::send(std::string_view message) {
    if (state_ == State::ended) return false;
    const std::size_t most = limits_.message == 0 ? most_sent : limits_.message;
    if (message.size() > most) {
        end({ClientEnd::overrun, "A message of " + std::to_string(message.size()) +
                                     " bytes is too large for the far agent, which takes " + std::to_string(most) +
                                     "."});
        return false;
    }
    if (!stream_.add(message, !needs_.channel.carries(message))) {
        end({ClientEnd::overrun,
             "More waits for the far browser than is kept: send less at a time, or see whether the channel is "
             "joined."});
        return false;
    }
    gather_.came(gather, gather_most, BootClock::now());
    changed();
    return true;
}

std::uint64_t ChannelClient::ask(const Asks::Question& question, Asks::Done done) {
    auto sent = asks_.add(question, std::move(done));
    // Without room for it the client ends, and the question with it.
    send(sent.message);
    needs_.keeper.wake();
    return sent.number;
}

void ChannelClient::end(Ending ending) {
    if (state_ == State::ended) return;
    state_ = State::ended;
    ending_ = std::move(ending);
    needs_.keeper.turns().leave(turn_, BootClock::now());
    needs_.keeper.wake();
}

void ChannelClient::on_opened(const Answer& answer) {
    if (state_ != State::opening) {
        if (answer.ok) needs_.keeper.close(read_opened(answer.result).client);
        return;
    }
    if (!answer.ok) return end(ending_of_open(answer.error, of_page_));
    limits_ = read_opened(answer.result);
    name_ = limits_.client;
    if (name_.empty()) return end({ClientEnd::broken, "The far agent's answer to Agent.open cannot be read."});
    if (needs_.sealing != nullptr && !unseal()) return;
    if (limits_.pace) needs_.keeper.be_given_pace(*limits_.pace);
    state_ = State::open;
    posted_at_ = BootClock::now();
    changed();
    needs_.listener.on_open();
}

/// The far agent's first records came with its answer. False: the client ends.
bool ChannelClient::unseal() {
    platform::SealedConnection& connection = *stream_.sealed();
    if (!limits_.data.empty()) connection.feed(limits_.data);
    const bool open = connection.state() == platform::SealedConnection::State::open;
    // Where this link carries none, the far agent was not told that it does: somebody else says so.
    if (limits_.binary && needs_.channel.carries_bytes()) stream_.send_raw();
    if (open && stream_.add_records()) {
        gather_.news(hello_pause, hello_pause, BootClock::now());
        return true;
    }
    end(needs_.sealing->ending_of(limits_.data.empty() ? nullptr : &connection));
    return false;
}

void ChannelClient::on_event(const EventText& event, const realtime::RawPayload& payload) {
    if (state_ != State::open) return;
    unheard_since_ = TimePoint::max();
    changed();
    if (!event.ended.empty()) {
        if (!hand_over_later()) return;
        name_.clear();  // there is nothing to close
        return end(ending_of(event.ended, of_page_));
    }
    if (event.instance != limits_.instance) return end(ending_of("no_client", of_page_));
    const auto received = stream_.receive(payload.text, BootClock::now(), payload.bytes);
    if (needs_.sealing != nullptr) needs_.sealing->keep_session(*stream_.sealed());
    const bool broken = stream_.sealed() != nullptr && !stream_.sealed()->sentence().empty();
    if (broken) return end(needs_.sealing->ending_of(stream_.sealed()));
    if (!received.wrong.empty()) {
        return end({ClientEnd::broken, "What the far agent sends cannot be used: " + std::string{received.wrong}});
    }
    // An agent that paces does not stop to, nor begin to, while it runs: such a word is somebody else's.
    const bool as_at_open = event.pace && limits_.pace && (*event.pace == 0) == (*limits_.pace == 0);
    if (as_at_open) needs_.keeper.be_given_pace(*event.pace);
    hand_over(received.messages);
}

/// False: the listener destroyed the client.
bool ChannelClient::hand_over(const std::vector<std::string_view>& messages) {
    if (messages.empty()) return true;
    if (!hand_over_later()) return false;
    const auto last_reply = std::find_if(messages.rbegin(), messages.rend(), is_reply).base();
    const auto at_once_end = last_reply == messages.begin() ? messages.end() : last_reply;
    for (auto message = messages.begin(); message != at_once_end; ++message) {
        if (!hand_over_one(*message)) return false;
    }
    later_.assign(at_once_end, messages.end());
    // From now, since the client has the reply only since then.
    later_at_ = later_.empty() ? TimePoint::max() : platform::BootClock::now() + reply_pause;
    return true;
}

bool ChannelClient::hand_over_later() {
    later_at_ = TimePoint::max();
    for (const std::string& message : std::exchange(later_, {})) {
        if (!hand_over_one(message)) return false;
    }
    return true;
}

bool ChannelClient::hand_over_one(std::string_view message) {
    if (state_ != State::open || asks_.take(message)) return true;
    bool gone = false;
    gone_ = &gone;
    needs_.listener.on_message(message);
    if (gone) return false;
    gone_ = nullptr;
    return true;
}

void ChannelClient::on_link() {
    if (state_ != State::open) return;
    unheard_since_ = TimePoint::max();
    if (needs_.channel.joined()) stream_.rejoined();
    changed();
}

void ChannelClient::on_presence(TimePoint now) {
    if (state_ != State::open) return;
    asked_for_life_ = std::min(asked_for_life_, std::max(now, posted_at_ + presence_pause));
    needs_.keeper.wake();
}

void ChannelClient::on_sent(realtime::Ticket ticket, TimePoint now) {
    if (ticket == ticket_ && !stream_.in_doubt()) on_settled(ticket, realtime::Settled::acknowledged, now);
}

void ChannelClient::on_settled(realtime::Ticket ticket, realtime::Settled how, TimePoint now) {
    const bool too_large = how == realtime::Settled::too_large;
    if (ticket_ != 0 && ticket == ticket_) {  // else a copy, after the channel was joined again
        ticket_ = 0;
        stream_.settled(!too_large, now);
        changed();
    }
    if (!too_large) return;
    stream_.set_payload_limit(payload_limit());
    // A server that takes no envelope takes no part either.
    if (stream_.stuck() || payload_limit() <= post_envelope) end(ending_of("too_large", of_page_));
}

void ChannelClient::tend(TimePoint now) {
    if (ending_) {
        const Ending told = *std::exchange(ending_, std::nullopt);
        asks_.fail_all(error_of(told));
        return needs_.listener.on_end(told.end, told.sentence);
    }
    if (state_ != State::open) return;
    if (now >= later_at_ && !hand_over_later()) return;
    if (ticket_ == 0 && now >= life_due_at()) {
        stream_.show_life(now);
        asked_for_life_ = TimePoint::max();
    }
    if (now >= blocked_until_) pump(now);
    look_at_silence(now);
}

/// Hands the next post to the channel. The one after it is made when this one is sent: until then messages are
/// gathered.
void ChannelClient::pump(TimePoint now) {
    const bool gathers = !turn_.waits && gather_.holds(now) && stream_.due_at() > now;
    if (ticket_ == 0 && gathers) return;
    pumped_ = true;
    stream_.set_payload_limit(payload_limit());
    if (ticket_ != 0) return;
    gather_.over();
    relay::PaceTurns& turns = needs_.keeper.turns();
    const bool has_next = stream_.has_next(now);
    if (has_next && !turns.has(turn_, now)) return;  // what comes until it has its turn goes with it
    if (has_next) post(now);
    turns.leave(turn_, now);
}

void ChannelClient::post(TimePoint now) {
    const auto broadcast = stream_.next(now);
    if (!broadcast) return;
    const realtime::SenderId author = std::hash<std::string>{}(name_);
    const Sending how = broadcast->raw.empty() ? Sending::streamed : Sending::raw;
    std::string payload = write_post(needs_.channel.new_id(), name_, broadcast->members, broadcast->raw);
    ticket_ = needs_.channel.send(std::move(payload), author, how);
    if (ticket_ != 0) {
        posted_at_ = now;
        return;
    }
    stream_.not_taken(now);
    blocked_until_ = now + blocked_again;
}

void ChannelClient::look_at_silence(TimePoint now) {
    if (stream_.drained()) {
        unheard_since_ = TimePoint::max();
    } else if (unheard_since_ == TimePoint::max()) {
        unheard_since_ = now;
    } else if (needs_.channel.joined() && now - unheard_since_ >= silence_limit) {
        end({ClientEnd::unreachable, "The far agent has not answered for two minutes: its machine is off or asleep."});
    }
}

TimePoint ChannelClient::due_at() const {
    if (ending_) return at_once;
    if (state_ != State::open) return TimePoint::max();
    const TimePoint gathered = gather_.due_at() == TimePoint::max() ? at_once : gather_.due_at();
    TimePoint due = pumped_ ? stream_.due_at() : std::min(stream_.due_at(), gathered);
    if (turn_.waits) due = turn_.at;
    if (ticket_ == 0 && !turn_.waits) due = std::min(due, life_due_at());
    due = std::max(due, blocked_until_);
    due = std::min(due, later_at_);
    const bool watched = needs_.channel.joined() && unheard_since_ != TimePoint::max();
    return watched ? std::min(due, unheard_since_ + silence_limit) : due;
}

}  // namespace bridge
