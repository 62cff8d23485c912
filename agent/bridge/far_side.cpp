#include "agent/bridge/far_side.hpp"

#include <utility>

#include "agent/bridge/calls.hpp"
#include "agent/bridge/far_clients.hpp"
#include "platform/text.hpp"

namespace bridge {

using namespace net::experimental::awaitable_operators;

struct FarSide::Impl final : ChannelListener {
    Impl(const Channel::Needs& needs, Device of, const FarSide& whole)
        : device{std::move(of)},
          channel{needs, device.uuid, *this},
          calls{needs.executor, channel, describe(device)},
          clients{needs.executor, channel, calls},
          far{whole} {}

    void report_link() {
        if (listener != nullptr) listener->on_link(far);
    }

    void on_result(std::string_view payload) override { calls.on_result(payload); }
    void on_client_event(std::string_view payload) override { clients.on_event(payload); }
    void on_presence() override { clients.on_presence(); }
    void on_joined(bool) override {
        clients.on_link();
        report_link();
    }
    void on_barred() override {
        calls.on_barred();
        clients.end_all("The channel of " + describe(device) +
                        " cannot be joined: " + platform::clean(channel.why_not(), why_bytes));
        report_link();
    }
    void on_sent(realtime::Ticket ticket) override { clients.on_sent(ticket); }
    void on_settled(realtime::Ticket ticket, realtime::Settled how) override {
        calls.on_settled(ticket, how);
        clients.on_settled(ticket, how);
    }

    static constexpr std::size_t why_bytes = 1000;

    const Device device;
    Channel channel;
    Calls calls;
    FarClients clients;
    const FarSide& far;
    FarSideListener* listener = nullptr;  // set by connect()
};

FarSide::FarSide(const Channel::Needs& needs, Device device)
    : impl_{std::make_unique<Impl>(needs, std::move(device), *this)} {}

FarSide::~FarSide() = default;

std::unique_ptr<FarClient> FarSide::open(const OpenWish& wish, ClientListener& listener) {
    return impl_->clients.open(wish, listener);
}

awaitable<Answer> FarSide::call(Call call) {
    Answer answer = co_await impl_->calls.call(std::move(call));
    co_return answer;
}

awaitable<void> FarSide::run() {
    co_await (impl_->channel.run() || impl_->calls.run() || impl_->clients.run());
    impl_->clients.end_all("The connection to the far browser was closed.");
    impl_->clients.finish();
    impl_->calls.finish();
}

void FarSide::stop(Duration grace) {
    impl_->clients.end_all("The connection to the far browser was closed.");
    impl_->clients.leave_all();
    impl_->channel.stop(grace);
}

const Device& FarSide::device() const noexcept {
    return impl_->device;
}

bool FarSide::joined() const noexcept {
    return impl_->channel.joined();
}

std::string FarSide::why_not() const {
    return impl_->channel.joined() ? std::string{} : impl_->channel.why_not();
}

realtime::Cause FarSide::cause() const {
    return impl_->channel.cause();
}

void FarSide::connect(FarSideListener& listener) noexcept {
    impl_->listener = &listener;
}

}  // namespace bridge
