#include "agent/relay/pace_shares.hpp"

namespace relay {

double PaceShares::opened(Client& client) {
    ++controllers_[client.controller];
    sink_.share_pace(controllers_.size());
    client.opened_pace = of_each();
    return client.opened_pace;
}

void PaceShares::ended(const Client& client) {
    const auto found = controllers_.find(client.controller);
    if (!client.told() || found == controllers_.end()) return;
    if (--found->second > 0) return;
    controllers_.erase(found);
    sink_.share_pace(controllers_.size());
}

Duration PaceShares::answers_within(const Client& client) const {
    constexpr double spare = 3;  // its data goes as well, and a post may be on its way
    const double pace = of_each();
    const auto found = controllers_.find(client.controller);
    if (pace <= 0 || found == controllers_.end()) return Duration::zero();
    const std::chrono::duration<double> each{spare * static_cast<double>(found->second) / pace};
    return std::chrono::duration_cast<Duration>(each);
}

Duration PaceShares::between_two() const {
    const double pace = controllers_.empty() ? 0 : of_each();
    if (pace <= 0) return Duration::zero();
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>{1 / pace});
}

std::optional<double> PaceShares::pace_to_send(Client& client) const {
    if (controllers_.empty()) return std::nullopt;
    const double now = of_each();
    if (now != client.opened_pace) client.pace_changed = true;
    return client.pace_changed ? std::optional{now} : std::nullopt;
}

}  // namespace relay
