#include "agent/daemon/device_watch.hpp"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/credentials/device_memory.hpp"
#include "agent/credentials/store_errors.hpp"
#include "agent/credentials/store_turn.hpp"
#include "agent/credentials/tokens.hpp"
#include "agent/pairing/device.hpp"
#include "platform/clock.hpp"
#include "platform/json/core/slice.hpp"
#include "platform/json/tree.hpp"
#include "platform/log/log.hpp"
#include "platform/text.hpp"
#include "platform/wait.hpp"

namespace agent::daemon {

using namespace net::experimental::awaitable_operators;

namespace {

namespace log = platform::log;

constexpr std::string_view settings_topic = "settings:global";
constexpr std::string_view overrides_topic = "settings_device:all";
constexpr std::string_view fleet_topic = "devices:all";
constexpr std::string_view row_event = "UPDATE";
/// Whose envelope says that settings of the device changed, and not its row.
constexpr std::string_view settings_table = "settings_device";

/// Answers that another try does not change: what is not there, or not allowed. A token that ran out is replaced, and
/// limits pass.
bool is_lasting(int status) {
    return status >= 400 && status < 500 && status != 401 && status != 408 && status != 429;
}

/// A row's envelope: {"table", "record": {…}, "old_record": {…}}. Anybody on the channel may have written it.
std::optional<nlohmann::json> read_envelope(std::string_view payload) {
    if (!platform::check_json(payload).ok()) return std::nullopt;
    auto tree = platform::parse_json(payload);
    return tree ? std::optional{std::move(*tree)} : std::nullopt;
}

}  // namespace

DeviceWatch::DeviceWatch(DeviceWatchNeeds needs)
    : needs_{std::move(needs)},
      uuid_{needs_.tokens.credential()->device_uuid},
      token_seen_{needs_.tokens.generation()},
      timer_{needs_.executor},
      random_{std::random_device{}()} {
    facts_ = read_facts(needs_.kept, uuid_);
    if (facts_.name) needs_.tokens.rename(*facts_.name);
}

awaitable<void> DeviceWatch::run() {
    co_await net::this_coro::throw_if_cancelled(false);
    for (;;) {
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) co_return;
        const TimePoint now = platform::BootClock::now();
        forgive_refusals(now);
        const TimePoint due = std::min(settings_.due(), row_.due());
        if (now < due) {
            timer_.expires_at(due);
            co_await (platform::expiry(timer_) || needs_.tokens.changed(token_seen_));
            continue;
        }
        if (now >= settings_.due()) {
            co_await ask_settings();
        } else {
            co_await ask_row();
        }
    }
}

/// What the token before was refused is asked for with the new one.
void DeviceWatch::forgive_refusals(TimePoint now) {
    const auto present = needs_.tokens.generation();
    if (present == token_seen_) return;
    token_seen_ = present;
    if (std::exchange(settings_refused_, false)) settings_.schedule(now, Duration::zero());
    if (std::exchange(row_refused_, false)) row_.schedule(now, Duration::zero());
}

void DeviceWatch::schedule(Refetch& which, Duration spread) {
    which.schedule(platform::BootClock::now(), platform::spread(Duration::zero(), spread, random()));
    timer_.cancel();
}

bool DeviceWatch::on_broadcast(const realtime::Broadcast& broadcast) {
    const auto& settings = needs_.config.realtime;
    if (broadcast.topic == settings_topic) return schedule(settings_, settings.settings_spread), true;
    if (broadcast.topic == overrides_topic) {
        if (names_us(broadcast.payload)) schedule(settings_, Duration::zero());
        return true;
    }
    if (broadcast.topic == fleet_topic) {
        if (names_us(broadcast.payload)) schedule(row_, Duration::zero());
        return true;
    }
    if (!broadcast.topic.starts_with("device:") || broadcast.event != row_event) return false;
    const auto envelope = read_envelope(broadcast.payload);
    const bool of_settings = envelope && platform::get_string(*envelope, "table") == settings_table;
    schedule(of_settings ? settings_ : row_, Duration::zero());
    return true;
}

void DeviceWatch::on_status(const realtime::Status& status) {
    const bool joined = status.state == realtime::State::joined;
    const Duration spread = needs_.config.realtime.optional_spread;
    if (joined && !was_joined_) {
        schedule(settings_, spread);
        schedule(row_, spread);
    }
    was_joined_ = joined;
    for (const auto& channel : status.channels) on_channel(channel);
}

/// What changed between the device channel's join and that of the channel that tells of it was told to nobody.
void DeviceWatch::on_channel(const realtime::ChannelStatus& channel) {
    bool& was_joined = channels_joined_[channel.topic];
    if (!std::exchange(was_joined, channel.joined) && channel.joined) {
        const bool of_settings = channel.topic == settings_topic || channel.topic == overrides_topic;
        if (of_settings) schedule(settings_, needs_.config.realtime.settings_spread);
        if (channel.topic == fleet_topic) schedule(row_, needs_.config.realtime.optional_spread);
    }
}

/// Whether the device's uuid is in the envelope.
bool DeviceWatch::names_us(std::string_view payload) const {
    const auto tree = read_envelope(payload);
    if (!tree) return false;
    for (const char* part : {"record", "old_record"}) {
        const auto* row = platform::find(*tree, part);
        if (row == nullptr) continue;
        for (const char* key : {"uuid", "device_uuid"}) {
            if (platform::get_string(*row, key) == uuid_) return true;
        }
    }
    return platform::get_string(*tree, "device_uuid") == uuid_;
}

bool DeviceWatch::still_paired() const {
    const auto* credential = needs_.tokens.credential();
    return credential != nullptr && credential->device_uuid == uuid_;
}

awaitable<void> DeviceWatch::ask_settings() {
    settings_.asked();
    if (!still_paired()) co_return;
    // A copy: an unpair or a refresh during the request takes the credential away.
    const auto credential = needs_.tokens.credential()->clone();
    const pairing::RestAccess rest{needs_.network, needs_.config.net, needs_.config.pairing.rest_url,
                                   credential.api_key, credential.access_token};
    auto answer = co_await pairing::fetch_effective_settings(rest, uuid_, settings_bytes);
    const auto state = co_await net::this_coro::cancellation_state;
    if (is_cancelled(state) || !still_paired()) co_return;
    if (answer.failure) {
        failed(settings_, "the effective settings", answer.failure->status, answer.failure->what);
        co_return;
    }
    settings_.answered();
    if (!answer.settings) co_return;
    auto taking = take_settings(std::move(*answer.settings));
    co_await std::move(taking);
}

awaitable<void> DeviceWatch::ask_row() {
    row_.asked();
    if (!still_paired()) co_return;
    const auto credential = needs_.tokens.credential()->clone();
    const pairing::RestAccess rest{needs_.network, needs_.config.net, needs_.config.pairing.rest_url,
                                   credential.api_key, credential.access_token};
    const auto found = co_await pairing::find_device(rest, uuid_);
    const auto state = co_await net::this_coro::cancellation_state;
    if (is_cancelled(state) || !still_paired()) co_return;
    if (found.failure) {
        failed(row_, "the device's row", found.failure->status, found.failure->what);
        co_return;
    }
    row_.answered();
    auto name = found.device ? std::optional{found.device->name} : std::nullopt;
    auto taking = take_row(std::move(name));
    co_await std::move(taking);
}

void DeviceWatch::failed(Refetch& which, std::string_view what, int status, const std::string& why) {
    const bool lasting = is_lasting(status);
    (&which == &settings_ ? settings_refused_ : row_refused_) = status == 401 || status == 403;
    const std::string said = std::string{what} + " could not be fetched: " + platform::clean(why) +
                             (lasting ? "; they are asked for again when the backend says that they changed" : "");
    if (said != last_failure_) log::info("{}", said);
    last_failure_ = said;
    if (!lasting) which.failed(platform::BootClock::now(), random());
}

awaitable<void> DeviceWatch::take_settings(std::string settings) {
    const bool first = !facts_.settings;
    const auto changes = setting_changes(facts_.settings.value_or("{}"), settings);
    facts_.settings = std::move(settings);
    if (changes.empty() && !first) co_return;
    for (const auto& change : changes) log::info("settings: {}", change);
    needs_.listener.on_settings(*facts_.settings);
    co_await keep();
}

/// No name: there is no row, or none that this token may see.
awaitable<void> DeviceWatch::take_row(std::optional<std::string> name) {
    if (!name) {
        miss_row();
        co_return;
    }
    if (gone_) log::info("this device is registered at the backend again");
    gone_ = false;
    trouble_.clear();
    if (facts_.name == *name) co_return;
    if (facts_.name) log::info("this device was renamed: {}", platform::clean(*name));
    facts_.name = *name;
    needs_.tokens.rename(*name);
    needs_.listener.on_renamed(*name);
    co_await keep();
}

/// Only a row that was seen before can be missed.
void DeviceWatch::miss_row() {
    if (!facts_.name || gone_) return;
    gone_ = true;
    const auto origin = needs_.tokens.credential()->origin;
    trouble_ = "this device was removed at the backend, or its token was withdrawn: ";
    trouble_ += origin == credentials::Origin::stored
                    ? "unpair this machine (agent --unpair), or pair it again (agent --pair)"
                    : "register it there again; else end this agent, or " +
                          std::string(credentials::how_to_renew(origin)) + " of another device";
    log::warning("{}", trouble_);
    needs_.listener.on_removed();
}

awaitable<void> DeviceWatch::keep() {
    const auto* credential = needs_.tokens.credential();
    if (credential == nullptr || credential->origin == credentials::Origin::ephemeral) co_return;  // nothing on disk
    auto save = [&memory = needs_.memory, text = facts_text(facts_)] { return memory.save_facts(text); };
    std::function<Error()> work = std::move(save);
    const Error ec = co_await credentials::take_turn(needs_.files, std::move(work));
    if (!ec || ec == credentials::Errc::wiped || ec == net::error::operation_aborted) co_return;
    log::warning("what the backend says of this device is not kept: {}", ec.message());
}

std::string DeviceWatch::settings() const {
    return facts_.settings ? shown_settings(*facts_.settings) : std::string{};
}

}  // namespace agent::daemon
