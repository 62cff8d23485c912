#include "agent/relay/core/flights.hpp"

#include <algorithm>

namespace relay {
namespace {

bool is_open(const Flight& flight) noexcept {
    return flight.phase != Phase::published && flight.held.client.empty();
}

}  // namespace

Flight& Flights::begin(realtime::Ticket ticket, const Command& command, realtime::SenderId sender, TimePoint now) {
    Flight& made = table_.try_emplace(ticket).first->second;
    made.ticket = ticket;
    made.id = command.id;
    made.method = command.method;
    made.session = command.session;
    made.held.sender = sender;
    made.held.stranger = shares_.stranger(sender);
    made.held.slot = shares_.enter(sender);
    made.begun = now;
    return made;
}

void Flights::end(realtime::Ticket ticket) {
    const auto found = table_.find(ticket);
    if (found == table_.end()) return;
    leave_browser(found->second);
    shares_.leave(found->second.held.slot);
    table_.erase(found);
}

Flight* Flights::find(realtime::Ticket ticket) {
    const auto found = table_.find(ticket);
    return found != table_.end() ? &found->second : nullptr;
}

void Flights::enter_browser(Flight& flight, std::size_t params_bytes) {
    flight.phase = Phase::at_browser;
    flight.held.params_bytes = params_bytes;
    ++at_browser_;
    if (flight.held.stranger) {
        ++strangers_at_browser_;
        strangers_.push_back(flight.ticket);
        if (strangers_.size() > 2 * limits_.strangers) forget_gone_strangers();
    }
    shares_.hold(flight.held.slot, params_bytes);
}

void Flights::leave_browser(Flight& flight) {
    if (flight.phase != Phase::at_browser) return;
    --at_browser_;
    if (flight.held.stranger) --strangers_at_browser_;
    shares_.release(flight.held.slot, flight.held.params_bytes);
    flight.phase = Phase::published;
}

Flight* Flights::outstayed(TimePoint now) {
    forget_gone_strangers();
    Flight* const oldest = strangers_.empty() ? nullptr : find(strangers_.front());
    return oldest != nullptr && now - oldest->begun >= limits_.stranger_turn ? oldest : nullptr;
}

bool Flights::is_at_browser(realtime::Ticket ticket) const {
    const auto found = table_.find(ticket);
    return found != table_.end() && found->second.phase == Phase::at_browser;
}

void Flights::forget_gone_strangers() {
    std::erase_if(strangers_, [this](realtime::Ticket ticket) { return !is_at_browser(ticket); });
}

std::size_t Flights::at_browser(std::string_view method) const noexcept {
    const auto wanted = [method](const auto& one) {
        return one.second.phase == Phase::at_browser && one.second.method == method;
    };
    return static_cast<std::size_t>(std::count_if(table_.begin(), table_.end(), wanted));
}

std::size_t Flights::unanswered() const noexcept {
    const auto open = [](const auto& one) { return is_open(one.second); };
    return static_cast<std::size_t>(std::count_if(table_.begin(), table_.end(), open));
}

std::vector<realtime::Ticket> Flights::unanswered_tickets() const {
    std::vector<realtime::Ticket> open;
    for (const auto& [ticket, flight] : table_) {
        if (is_open(flight)) open.push_back(ticket);
    }
    std::sort(open.begin(), open.end());
    return open;
}

}  // namespace relay
