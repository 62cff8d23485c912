#include "agent/bridge/fleet.hpp"

#include <algorithm>
#include <utility>

#include "agent/realtime/wait.hpp"
#include "platform/clock.hpp"
#include "platform/text.hpp"

namespace bridge {

using namespace net::experimental::awaitable_operators;
using platform::BootClock;

namespace {

/// Of the sentences on the page.
constexpr std::size_t page_sentence_bytes = 1000;

void clean_up(InfoText& info) {
    info.version = platform::clean(info.version);
    info.browser = platform::clean(info.browser);
    info.why_none = platform::clean(info.why_none, page_sentence_bytes);
    for (auto& label : info.drivers) label = platform::clean(label);
}

std::int64_t unix_now() {
    return platform::wall_now().time_since_epoch().count();
}

bool is_over(const std::optional<TimePoint>& at, Duration age) {
    return !at || BootClock::now() - *at >= age;
}

}  // namespace

Fleet::Fleet(Controller& controller, FleetListener* found)
    : controller_{controller}, found_{found}, changed_{controller.far_needs().executor, TimePoint::max()} {}

void Fleet::offer(FarOnDemand& far, std::string secret) {
    members_.push_back({.far = far, .secret = std::move(secret), .name = far.device().name});
    changed_.cancel();
}

void Fleet::note_refusal(const std::string& secret, std::string_view sentence) {
    for (auto& member : members_) {
        if (member.secret == secret) member.refusal = platform::clean(sentence, page_sentence_bytes);
    }
}

std::string Fleet::look(const std::vector<DeviceKey>& keys, std::string_view open) {
    const bool slept = !looked_at();
    looked_at_ = BootClock::now();
    if (slept) changed_.cancel();
    std::vector<DeviceCard> cards;
    for (auto& member : members_) {
        if (member.far.device().uuid == open) member.open_at = looked_at_;
        const auto is_it = [&member](const DeviceKey& key) { return key.secret == member.secret; };
        const bool shown = member.listed || member.far.has_clients();
        if (shown && std::any_of(keys.begin(), keys.end(), is_it)) cards.push_back(card_of(member));
    }
    return write_devices(cards, BMC_VERSION, rows_problem_.empty() ? presence_problem_ : rows_problem_);
}

DeviceCard Fleet::card_of(const Member& member) const {
    const std::string barred = platform::clean(member.far.why_barred(), page_sentence_bytes);
    const Evidence evidence{
        .present = member.present, .barred = barred, .answered = member.answered ? &*member.answered : nullptr};
    DeviceCard card{.uuid = member.far.device().uuid, .name = member.name, .judged = judge_device(evidence)};
    if (member.answered && member.answered->ok) card.info = member.answered->info;
    if (card.info.version.empty()) card.info.version = member.version;
    card.secret = member.secret;
    card.refusal = member.refusal;
    card.last_seen = member.last_seen;
    card.looking_since = looking_since_;
    card.connected = member.far.has_clients();
    card.payload_bytes = member.far.payload_limit();
    card.pace = member.far.pace();
    return card;
}

bool Fleet::looked_at() const {
    return !stopping_ && looked_at_ && BootClock::now() - *looked_at_ < look_limit;
}

awaitable<void> Fleet::run() {
    while (!stopping_) {
        if (looked_at()) {
            co_await follow();
        } else {
            changed_.expires_at(TimePoint::max());
            co_await platform::expiry(changed_);
        }
    }
}

void Fleet::stop() {
    stopping_ = true;
    changed_.cancel();
}

awaitable<void> Fleet::follow() {
    const Channel::Needs needs = controller_.far_needs();
    const auto told = [this](const PresenceWatch& watch) {
        take_presence(watch);
        changed_.cancel();
    };
    PresenceWatch presence{needs, told};
    looking_since_ = unix_now();
    auto watching = presence.run();
    co_await (std::move(watching) && work(presence));
    looking_since_.reset();
    presence_known_ = false;
    for (auto& member : members_) member.present.reset();
}

/// While somebody looks. Then the watch of presence stops.
awaitable<void> Fleet::work(PresenceWatch& presence) {
    const TimePoint begun = BootClock::now();
    while (looked_at()) {
        if (is_over(rows_at_, rows_again)) co_await read_rows();
        // Presence says whom it is no use to ask.
        const bool heard = presence.known() || !presence.problem().empty();
        auto due = heard || BootClock::now() - begun > presence_wait ? due_to_ask() : std::vector<Member*>{};
        if (!due.empty()) co_await ask_all(std::move(due), 0);
        if (!looked_at()) break;
        co_await realtime::wait_until(changed_, BootClock::now() + ask_pause);
    }
    presence.stop();
}

awaitable<void> Fleet::read_rows() {
    rows_at_ = BootClock::now();
    const auto listed = co_await controller_.list();
    rows_problem_ = platform::clean(listed.problem, page_sentence_bytes);
    if (!listed.problem.empty()) co_return;
    for (auto& member : members_) member.listed = found_ == nullptr;
    for (const auto& row : listed.devices) take_row(row);
}

void Fleet::take_row(const Device& row) {
    if (!credentials::normalise_uuid(row.uuid)) return;
    const auto is_it = [&row](const Member& member) { return member.far.device().uuid == row.uuid; };
    const auto known = std::find_if(members_.begin(), members_.end(), is_it);
    if (known == members_.end()) {
        if (found_ != nullptr) found_->on_found(row);
        return;
    }
    known->listed = true;
    known->name = row.name;
}

/// Who comes or goes is to be asked anew: what it said before is out of date.
void Fleet::take_presence(const PresenceWatch& presence) {
    presence_problem_ = presence.problem();
    const bool knew = std::exchange(presence_known_, presence.known());
    if (presence_known_ && !knew) looking_since_ = unix_now();
    for (auto& member : members_) {
        const auto version = presence.version_of(member.far.device().uuid);
        const auto now = presence.known() ? std::optional{version.has_value()} : std::nullopt;
        member.version = platform::clean(version.value_or(""));
        // One that has just gone was there until now.
        if (now.value_or(false) || (now && member.present.value_or(false))) member.last_seen = unix_now();
        if (member.present == now) continue;
        const bool came_or_went = now && member.present;
        member.present = now;
        if (!came_or_went) continue;
        member.asked_at.reset();
        member.answered.reset();
    }
}

Duration Fleet::pause_of(const Member& member) const {
    if (member.far.has_clients() || !is_over(member.open_at, look_limit)) return ask_used_again;
    const bool well = member.answered && member.answered->ok && !member.answered->info.browser.empty();
    return member.present.value_or(false) && !well ? ask_troubled_again : ask_again;
}

/// The next few agents. One that is known to be away is asked only where somebody uses its channel all the same.
std::vector<Fleet::Member*> Fleet::due_to_ask() {
    std::vector<Member*> due;
    for (auto& member : members_) {
        const Duration again = pause_of(member);
        const bool away = member.present && !*member.present && again != ask_used_again;
        if (!member.listed || away || !is_over(member.asked_at, again)) continue;
        due.push_back(&member);
        if (due.size() == asked_at_once) break;
    }
    return due;
}

awaitable<void> Fleet::ask_all(std::vector<Member*> members, std::size_t first) {
    if (first >= members.size()) co_return;
    auto asking = ask(*members[first]);
    co_await (std::move(asking) && ask_all(members, first + 1));
}

awaitable<void> Fleet::ask(Member& member) {
    member.asked_at = BootClock::now();
    Call call{.method = "Agent.getInfo"};
    call.timeout = ask_limit;
    call.repeatable = true;
    const Answer answer = co_await member.far.call(std::move(call));
    auto asked = read_asked(answer.ok, answer.result, answer.error);
    clean_up(asked.info);
    asked.message = platform::clean(asked.message, page_sentence_bytes);
    const bool heard = asked.ok || asked.source == "agent";
    if (heard) member.last_seen = unix_now();
    member.answered = std::move(asked);
}

}  // namespace bridge
