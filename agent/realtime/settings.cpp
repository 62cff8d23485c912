#include "agent/realtime/settings.hpp"

namespace realtime {

Settings settings_of_visitor(Settings settings) {
    settings.instance.clear();
    settings.track_presence = false;
    settings.join_settings_global = settings.join_settings_device = settings.join_devices_all = false;
    settings.replay_since_ms = -1;
    settings.catches_up = false;
    settings.memory = nullptr;
    settings.http_fallback = false;
    return settings;
}

}  // namespace realtime
