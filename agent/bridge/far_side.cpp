#include "agent/bridge/far_side.hpp"

#include <utility>

#include "agent/bridge/calls.hpp"
#include "agent/bridge/far_clients.hpp"
#include "agent/bridge/sealed_calls.hpp"
#include "platform/text.hpp"

namespace bridge {

using namespace net::experimental::awaitable_operators;

struct FarSide::Impl final : ChannelListener {
    Impl(const Channel::Needs& needs, Device of, const std::optional<SealKeys>& seal, const FarSide& whole)
        : device{std::move(of)},
          channel{needs, device.uuid, *this},
          calls{needs.executor, channel, describe(device)},
          sealing{seal ? std::make_unique<Sealing>(*seal, device) : nullptr},
          clients{needs.executor, channel, calls, sealing.get()},
          far{whole} {
        if (sealing) sealed_calls.emplace(needs.executor, channel, clients, describe(device));
    }

    void report_link() {
        if (listener != nullptr) listener->on_link(far);
    }

    void on_result(std::string_view payload) override { calls.on_result(payload); }
    void on_client_event(std::string_view payload, std::string_view raw) override { clients.on_event(payload, raw); }
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
    const std::unique_ptr<Sealing> sealing;  // null: in plain
    FarClients clients;
    std::optional<SealedCalls> sealed_calls;  // likewise
    const FarSide& far;
    FarSideListener* listener = nullptr;  // set by connect()
};

FarSide::FarSide(const Channel::Needs& needs, Device device, const std::optional<SealKeys>& seal)
    : impl_{std::make_unique<Impl>(needs, std::move(device), seal, *this)} {}

FarSide::~FarSide() = default;

std::unique_ptr<FarClient> FarSide::open(const OpenWish& wish, ClientListener& listener) {
    return impl_->clients.open(wish, listener);
}

awaitable<Answer> FarSide::call(Call call) {
    if (impl_->sealed_calls) {
        Answer sealed = co_await impl_->sealed_calls->call(std::move(call));
        co_return sealed;
    }
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
    if (impl_->sealed_calls) impl_->sealed_calls->finish();
    impl_->clients.end_all("The connection to the far browser was closed.");
    impl_->clients.leave_all();
    impl_->channel.stop(grace);
}

std::optional<platform::PublicKey> FarSide::shown_key() const {
    return impl_->sealing ? impl_->sealing->shown() : std::nullopt;
}

void FarSide::resume(platform::Secret session) {
    if (impl_->sealing) impl_->sealing->resume(std::move(session));
}

platform::Secret FarSide::take_session() {
    return impl_->sealing ? impl_->sealing->take_session() : platform::Secret{};
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

std::size_t FarSide::payload_limit() const {
    return impl_->channel.payload_limit();
}

std::optional<double> FarSide::pace() const noexcept {
    return impl_->channel.pace();
}

void FarSide::connect(FarSideListener& listener) noexcept {
    impl_->listener = &listener;
}

}  // namespace bridge
