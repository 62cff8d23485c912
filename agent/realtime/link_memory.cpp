#include "agent/realtime/link_memory.hpp"

#include <random>
#include <utility>

namespace realtime {

namespace {

constexpr std::size_t http_ids_kept = 256;

Reconnect::Pace pace_of(const Settings& settings) {
    return {settings.backoff_base, settings.backoff_cap, settings.held_after, settings.reconnect_spread,
            settings.refused_for};
}

Reconnect::Random seeded() {
    return [engine = std::mt19937_64{std::random_device{}()}]() mutable {
        return std::uniform_real_distribution<double>{0, 1}(engine);
    };
}

}  // namespace

LinkMemory::LinkMemory(net::any_io_executor on, platform::Worker& worker, const Settings& set,
                       credentials::Tokens& held, Listener& told)
    : executor{std::move(on)},
      network{worker},
      settings{set},
      tokens{held},
      listener{told},
      status{set, held, told},
      delivery{set, status, told},
      reconnect{pace_of(set), seeded()},
      replay{set.replay_since_ms},
      sent_by_http{http_ids_kept} {}

void LinkMemory::note_joined() {
    const auto now =
        std::chrono::duration_cast<std::chrono::milliseconds>(tokens.server_time().time_since_epoch()).count();
    if (own.joined_at_ms == 0) own.joined_at_ms = static_cast<std::uint64_t>(now);
    if (!status.shown().joined_since) return;  // what the join brings is still to come
    if (settings.catches_up) replay.caught_up(now);
    status.shown().last_joined_ms = now;
}

}  // namespace realtime
