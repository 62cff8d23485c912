#include "agent/realtime/channels.hpp"

#include <algorithm>
#include <utility>

#include "agent/realtime/wait.hpp"
#include "platform/log/log.hpp"
#include "platform/secret.hpp"
#include "platform/text.hpp"

namespace realtime {

using namespace std::chrono_literals;

namespace {
/// Of the server's words, in bytes, in the log.
constexpr std::size_t logged_words_max = 400;
/// What a payload holds beside the token, in bytes, as a rule: one that grows leaves copies of the token behind.
constexpr std::size_t payload_room = 1024;
/// The loop looks again no sooner: what is due may not be joined yet.
constexpr auto look_again = 10ms;
}  // namespace

Channels::Channels(const net::any_io_executor& executor, const Needs& needs, Pusher& pusher, ChannelListener& listener,
                   ConnectionEnd& ending)
    : with_{needs}, pusher_{pusher}, listener_{listener}, ending_{ending}, timer_{executor} {}

const std::vector<Subscription>& Channels::begin(const std::string& uuid) {
    all_ = subscriptions_of(with_.settings, uuid);
    auto& shown = with_.status.shown().channels;
    shown.clear();
    const TimePoint now = platform::BootClock::now();
    for (Subscription& one : all_) {
        if (one.device) {
            one.not_before = with_.reconnect.device_not_before();
            continue;
        }
        one.not_before = now + with_.reconnect.spread(0s, with_.settings.optional_spread);
        // What was refused on an earlier connection with this same token is not asked for again.
        if (const auto* known = with_.reconnect.refused(one.channel.name(), with_.tokens.generation())) {
            one.not_before = std::max(one.not_before, known->until);
            one.trouble = known->why;
            one.refused = true;
        }
        one.shown = shown.size();
        shown.push_back(
            {std::string{one.channel.name()}, false, one.trouble ? one.trouble->sentence : "not joined yet"});
    }
    return all_;
}

awaitable<void> Channels::run() {
    co_await net::this_coro::throw_if_cancelled(false);
    while (!ending_.over()) {
        if (fresh_wanted_for_ != 0) {
            co_await fetch_token();
        } else if (Subscription* one = due(platform::BootClock::now())) {
            co_await join(*one);
        } else {
            co_await wait_until(timer_, next_due(platform::BootClock::now()));
        }
        const bool over = co_await cancelled();
        if (over) co_return;
    }
}

bool Channels::wants_last_join() const {
    return with_.stop_by && !last_join_tried_ && !with_.outbox.empty() && with_.tokens.current() != nullptr &&
           device_is(Channel::State::idle);
}

Subscription* Channels::due(TimePoint now) {
    Subscription& device = all_.front();
    if (wants_last_join()) {
        last_join_tried_ = true;
        return &device;
    }
    if (with_.stop_by) return nullptr;
    if (device.is(Channel::State::idle)) return now >= device.not_before ? &device : nullptr;
    if (!device.is(Channel::State::joined) || now < quiet_until_) return nullptr;
    const auto is_due = [now](const Subscription& one) {
        return one.is(Channel::State::idle) && now >= one.not_before;
    };
    const auto found = std::find_if(all_.begin(), all_.end(), is_due);
    return found == all_.end() ? nullptr : &*found;
}

TimePoint Channels::next_due(TimePoint now) const {
    if (with_.stop_by) return never;
    const Subscription& device = all_.front();
    if (device.is(Channel::State::idle)) return device.not_before;
    TimePoint earliest = never;
    for (const Subscription& one : all_) {
        if (one.is(Channel::State::idle)) earliest = std::min(earliest, one.not_before);
    }
    return earliest == never ? never : std::max({earliest, quiet_until_, now + look_again});
}

awaitable<void> Channels::join(Subscription& one) {
    if (one.device && with_.status.state() == State::waiting) with_.status.on(Event::rejoin);
    send_join(one);
    const TimePoint deadline = platform::BootClock::now() + with_.settings.join_timeout;
    while (one.is(Channel::State::joining)) {
        const bool go_on = co_await wait_until(timer_, deadline);
        if (!go_on) co_return;
        if (platform::BootClock::now() < deadline || !one.is(Channel::State::joining)) continue;
        pusher_.push(one.channel.join_ref(), one.channel.topic(), "phx_leave", "{}");
        one.channel.reset();
        lost(one, {Signal::Kind::join_timeout, 0, {}}, Event::refused);
    }
}

void Channels::send_join(Subscription& one) {
    const auto* token = with_.tokens.current();
    if (token == nullptr) {
        ending_.finish({.cause = End::Cause::unpaired});
        return;
    }
    const Generation generation = with_.tokens.generation();
    one.tokens.joined_with(generation);
    if (one.device && one.config.private_channel) {
        one.config.replay_since_ms = with_.replay.wanted(generation, platform::BootClock::now());
    }
    std::string payload;
    payload.reserve(token->access.size() + payload_room);
    append_join_payload(payload, one.config, token->access);
    one.channel.join_sent(pusher_.push_join(one.channel.topic(), payload));
    platform::cleanse(payload);
    listener_.on_join_sent(one, *token);
}

void Channels::on_frame(const Frame& frame) {
    for (Subscription& one : all_) {
        if (one.channel.topic() != frame.topic) continue;
        const ChannelEvent event = one.channel.on_frame(frame);
        take(one, event, frame);
        return;
    }
    ++with_.status.counters().frames_stale;
}

void Channels::take(Subscription& one, ChannelEvent event, const Frame& frame) {
    using Kind = Signal::Kind;
    switch (event) {
        case ChannelEvent::stale:
            ++with_.status.counters().frames_stale;
            return;
        case ChannelEvent::accepted:
            return joined(one);
        case ChannelEvent::refused:
            return lost(one, {Kind::join, 0, one.channel.words()}, Event::refused);
        case ChannelEvent::closed:
            return lost(one, {Kind::system, 0, one.channel.words()}, Event::closed);
        case ChannelEvent::crashed:
        case ChannelEvent::unmatched:
            return lost(one, {Kind::channel, 0, one.channel.words()}, Event::closed);
        case ChannelEvent::left:
            return listener_.on_left();
        case ChannelEvent::broadcast:
            if (one.device) quiet_until_ = platform::BootClock::now() + quiet;
            break;
        default:
            break;
    }
    listener_.on_event(one, event, frame);
}

void Channels::joined(Subscription& one) {
    timer_.cancel();
    one.trouble.reset();
    one.refused = false;
    if (one.device) {
        with_.reconnect.device_joined(platform::BootClock::now());
    } else {
        platform::log::info("realtime: joined {}", platform::clean(one.channel.name()));
    }
    listener_.on_joined(one);
    if (!one.device) show(one);
}

void Channels::lost(Subscription& one, const Signal& signal, Event event) {
    timer_.cancel();
    const auto judgement = with_.status.judge(signal);
    const Generation used = one.tokens.judged(platform::BootClock::now());
    const ChannelLoss loss{judgement, signal.text, used, event == Event::closed};
    one.trouble = judgement;
    if (one.device) {
        device_lost(one, loss, event);
    } else {
        optional_lost(one, loss);
    }
}

void Channels::device_lost(Subscription& device, const ChannelLoss& loss, Event event) {
    const TimePoint now = platform::BootClock::now();
    if (loss.closed) {
        ++with_.status.counters().closes;
        with_.reconnect.device_closed(now);
    }
    listener_.on_lost(device, loss);
    const auto next = with_.reconnect.device_refused(loss.judgement, loss.used, with_.tokens.generation(), now);
    // A fresh token once; when that one is refused as well, slowly.
    if (next.how == NextTry::fresh) fresh_wanted_for_ = loss.used;
    device.not_before = next.at;
    with_.status.because(loss.judgement, next.at, next.how == NextTry::at_once, next.how == NextTry::fresh);
    with_.status.on(event);
}

void Channels::optional_lost(Subscription& one, const ChannelLoss& loss) {
    const auto next = with_.reconnect.optional_refused(one.channel.name(), loss.judgement, loss.used,
                                                       with_.tokens.generation(), platform::BootClock::now());
    one.not_before = next.at;
    one.refused = next.lasting;
    platform::log::warning("realtime: {} is not joined: {}", platform::clean(one.channel.name()),
                           platform::clean(loss.judgement.sentence, logged_words_max));
    show(one);
    const bool again = listener_.on_lost(one, loss);
    if (!again) one.not_before = never;
}

void Channels::leave_all() {
    for (Subscription& one : all_) {
        if (!one.is(Channel::State::joined) && !one.is(Channel::State::joining)) continue;
        listener_.on_leaving(one);
        pusher_.push(one.channel.join_ref(), one.channel.topic(), "phx_leave", "{}");
        one.channel.leave_sent();
    }
}

void Channels::reset() {
    for (Subscription& one : all_) {
        one.channel.reset();
        if (!one.device) show(one);
    }
}

bool Channels::joining() const {
    const auto is_joining = [](const Subscription& one) { return one.is(Channel::State::joining); };
    return std::any_of(all_.begin(), all_.end(), is_joining);
}

bool Channels::can_deliver() const {
    return device_is(Channel::State::joined) || device_is(Channel::State::joining) || wants_last_join();
}

bool Channels::behind(Generation present) const {
    const auto is_behind = [present](const Subscription& one) {
        return one.is(Channel::State::joined) && one.tokens.newest() != present;
    };
    return std::any_of(all_.begin(), all_.end(), is_behind);
}

void Channels::push_token(Generation present, std::string_view access, TimePoint now) {
    std::string payload;
    payload.reserve(access.size() + payload_room);
    append_token_payload(payload, access);
    for (Subscription& one : all_) {
        if (!one.is(Channel::State::joined) || one.tokens.newest() == present) continue;
        pusher_.push(one.channel.join_ref(), one.channel.topic(), "access_token", payload);
        one.tokens.pushed(present, now);
        ++with_.status.counters().tokens_pushed;
    }
    platform::cleanse(payload);
}

void Channels::another_token(TimePoint now) {
    with_.reconnect.another_token();
    with_.status.results_refused({}, "there is another token: the next result shows whether it may send");
    for (Subscription& one : all_) {
        // The others keep their moment: a presence limit or a busy database has nothing to do with the token.
        if (one.device || one.refused) one.not_before = std::min(one.not_before, now);
        one.refused = false;
    }
    timer_.cancel();
}

void Channels::show(const Subscription& one) {
    auto& shown = with_.status.shown().channels;
    if (one.shown >= shown.size()) return;
    auto& status = shown[one.shown];
    status.joined = one.is(Channel::State::joined);
    status.reason = status.joined ? std::string{} : one.trouble ? one.trouble->sentence : "the connection is down";
    with_.status.changed();
}

/// The device's channel ended for its token: another one, then a join at once.
awaitable<void> Channels::fetch_token() {
    const Generation used = std::exchange(fresh_wanted_for_, 0);
    const Error ec = co_await with_.tokens.refresh(used);
    if (ec) with_.status.no_fresh_token(ec);
    const bool over = co_await cancelled();
    if (over || ec) co_return;
    all_.front().not_before = {};
    with_.reconnect.fresh_token();
}

}  // namespace realtime
