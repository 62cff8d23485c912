#include "agent/relay/core/client_waits.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace relay {

void ClientWaits::add(One one) {
    if (all_.size() == most) all_.pop_front();
    all_.push_back(std::move(one));
}

void ClientWaits::drop(Kind kind, std::string_view session, std::string_view request) {
    const auto found = std::find_if(all_.begin(), all_.end(), [&](const One& one) {
        return one.kind == kind && one.session == session && one.request == request;
    });
    if (found != all_.end()) all_.erase(found);
}

void ClientWaits::answered(std::string_view session, std::string_view request) {
    drop(Kind::request, session, request);
    drop(Kind::challenge, session, request);
}

void ClientWaits::fetch_ended(std::string_view session) {
    std::erase_if(all_, [session](const One& one) { return one.kind != Kind::target && one.session == session; });
}

void ClientWaits::session_ended(std::string_view session) {
    std::erase_if(all_, [session](const One& one) { return one.session == session; });
}

std::vector<ClientWaits::One> ClientWaits::take() {
    again_at_ = TimePoint::min();
    std::vector<One> taken{std::make_move_iterator(all_.begin()), std::make_move_iterator(all_.end())};
    all_.clear();
    return taken;
}

void ClientWaits::put_back(One one, TimePoint when) {
    add(std::move(one));
    again_at_ = std::max(again_at_, when);
}

}  // namespace relay
