#include "agent/realtime/core/lifecycle.hpp"

namespace realtime {

std::string_view to_string(State state) noexcept {
    switch (state) {
        case State::gate:
            return "gate";
        case State::connecting:
            return "connecting";
        case State::joining:
            return "joining";
        case State::joined:
            return "joined";
        case State::waiting:
            return "waiting";
        case State::draining:
            return "draining";
        case State::stopped:
            return "stopped";
    }
    return "?";
}

std::string_view to_string(Event event) noexcept {
    switch (event) {
        case Event::paired:
            return "paired";
        case Event::unpaired:
            return "unpaired";
        case Event::opened:
            return "opened";
        case Event::accepted:
            return "accepted";
        case Event::refused:
            return "refused";
        case Event::closed:
            return "closed";
        case Event::lost:
            return "lost";
        case Event::retry:
            return "retry";
        case Event::rejoin:
            return "rejoin";
        case Event::stop:
            return "stop";
        case Event::drained:
            return "drained";
    }
    return "?";
}

std::optional<Change> Lifecycle::on(Event event) noexcept {
    const State to = next(state_, event);
    if (to == state_) return std::nullopt;
    const Change change{state_, to, event};
    state_ = to;
    return change;
}

}  // namespace realtime
