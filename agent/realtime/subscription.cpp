#include "agent/realtime/subscription.hpp"

#include <utility>

namespace realtime {

namespace {

Subscription device_subscription(const Settings& settings, const std::string& uuid) {
    const bool own = settings.main_topic.empty();
    Subscription made{.channel = Channel{own ? "device:" + uuid : settings.main_topic}};
    made.config.private_channel = settings.main_private;
    made.config.postgres_changes = settings.postgres_changes;
    made.config.presence = settings.track_presence || !own;
    made.config.presence_key = settings.instance;
    made.device = true;
    made.tracks = settings.track_presence && own;
    return made;
}

}  // namespace

std::vector<Subscription> subscriptions_of(const Settings& settings, const std::string& uuid) {
    std::vector<Subscription> all;
    all.push_back(device_subscription(settings, uuid));
    const auto add = [&all](std::string_view topic) -> Subscription& {
        return all.emplace_back(Subscription{.channel = Channel{topic}});
    };
    if (settings.join_settings_global) add("settings:global");
    if (settings.join_settings_device) add("settings_device:all");
    if (settings.join_devices_all) {
        Subscription& devices = add("devices:all");
        devices.tracks = settings.track_presence;
        // Without presence_state and diffs of everybody: only its own place in the list is wanted.
        if (devices.tracks) devices.config.presence_key = uuid;
    }
    return all;
}

}  // namespace realtime
