#include "agent/bridge/core/conversation.hpp"

#include <algorithm>
#include <utility>

namespace bridge {
namespace {

/// Ids count within a client's session. The result of a single command names no session.
std::string key_of(const SeenMessage& sight) {
    std::string key = sight.client;
    key += '\0';
    if (!sight.client.empty()) key += sight.session;
    key += '\0';
    return key += sight.id;
}

}  // namespace

void Conversation::command(SeenMessage sight, TimePoint now) {
    if (sight.id.empty()) return;  // no answer can name it
    sight.kind = SeenMessage::Kind::waiting;
    std::string key = key_of(sight);
    // A copy that was sent again after a cut, or an id that is used again before its answer came.
    if (numbers_.contains(key)) return;
    if (commands_.size() == most_commands) {
        numbers_.erase(commands_.begin()->second.key);
        commands_.erase(commands_.begin());
    }
    numbers_[key] = ++last_number_;
    commands_[last_number_] = {std::move(key), std::move(sight), now};
}

std::optional<SeenMessage> Conversation::answer(SeenMessage sight, TimePoint now) {
    std::string key = key_of(sight);
    const auto number = numbers_.find(key);
    if (number == numbers_.end()) {
        const bool again = std::find(answered_.begin(), answered_.end(), key) != answered_.end();
        if (again && !sight.id.empty()) return std::nullopt;
        sight.command_heard = false;
    } else {
        const auto command = commands_.find(number->second);
        SeenMessage& asked = command->second.sight;
        sight.session = std::move(asked.session);
        sight.method = std::move(asked.method);
        sight.params = std::move(asked.params);
        sight.params_bytes = asked.params_bytes;
        sight.took = now - command->second.at;
        commands_.erase(command);
        numbers_.erase(number);
    }
    answered_.push_back(std::move(key));
    if (answered_.size() > most_answered) answered_.pop_front();
    return sight;
}

std::vector<SeenMessage> Conversation::take_late(TimePoint now) {
    std::vector<SeenMessage> late;
    for (auto at = commands_.upper_bound(shown_); at != commands_.end(); ++at) {
        if (at->second.at + shown_after > now) break;
        shown_ = at->first;
        late.push_back(at->second.sight);
    }
    return late;
}

TimePoint Conversation::due_at() const {
    const auto next = commands_.upper_bound(shown_);
    return next == commands_.end() ? TimePoint::max() : next->second.at + shown_after;
}

template <class Which>
std::vector<SeenMessage> Conversation::take_those(Which&& which) {
    std::vector<SeenMessage> taken;
    for (auto at = commands_.begin(); at != commands_.end();) {
        if (!which(at->second.sight)) {
            ++at;
            continue;
        }
        numbers_.erase(at->second.key);
        taken.push_back(std::move(at->second.sight));
        at = commands_.erase(at);
    }
    return taken;
}

std::vector<SeenMessage> Conversation::take_open(const std::string& client) {
    return take_those([&client](const SeenMessage& sight) { return sight.client == client; });
}

std::vector<SeenMessage> Conversation::take_open() {
    return take_those([](const SeenMessage&) { return true; });
}

}  // namespace bridge
