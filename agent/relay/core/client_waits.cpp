#include "agent/relay/core/client_waits.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace relay {
namespace {

bool concerns(const ClientWaits::Ended& ended, const ClientWaits::One& one) {
    using What = ClientWaits::Ended::What;
    const bool is_target = one.kind == ClientWaits::Kind::target;
    if (ended.what == What::nothing || one.session != ended.session) return false;
    if (is_target || ended.what == What::target) return is_target && ended.what == What::target;
    return ended.what == What::fetch || one.request == ended.request;
}

}  // namespace

void ClientWaits::add(One one) {
    if (all_.size() == most) all_.pop_front();
    all_.push_back(std::move(one));
}

void ClientWaits::answer(const Ended& by_client) {
    for (One& one : all_) one.answered = one.answered || concerns(by_client, one);
}

/// A request may be held once more under its id before the outcome comes: that one waits on.
void ClientWaits::settle(const Ended& by_client, bool carried_out) {
    const auto is_it = [&](const One& one) { return one.answered && concerns(by_client, one); };
    if (carried_out) {
        std::erase_if(all_, is_it);
        return;
    }
    for (One& one : all_) one.answered = one.answered && !concerns(by_client, one);
}

bool ClientWaits::empty() const noexcept {
    return std::all_of(all_.begin(), all_.end(), [](const One& one) { return one.answered; });
}

void ClientWaits::session_ended(std::string_view session) {
    std::erase_if(all_, [session](const One& one) { return one.session == session; });
}

std::vector<ClientWaits::One> ClientWaits::take() {
    again_at_ = TimePoint::min();
    const auto waits = std::stable_partition(all_.begin(), all_.end(), [](const One& one) { return one.answered; });
    std::vector<One> taken{std::make_move_iterator(waits), std::make_move_iterator(all_.end())};
    all_.erase(waits, all_.end());
    return taken;
}

void ClientWaits::put_back(One one, TimePoint when) {
    add(std::move(one));
    again_at_ = std::max(again_at_, when);
}

}  // namespace relay
