#include "platform/kept_memory.hpp"

#include "platform/core/result.hpp"

namespace platform {

KeptMemory::KeptMemory(boost::asio::execution_context& context)
    : service{context}, spares_{std::make_shared<SpareBuffers>([this] { arm(); })} {
    spares_->keep(false);
}

KeptMemory& KeptMemory::of(const boost::asio::any_io_executor& executor) {
    return boost::asio::use_service<KeptMemory>(executor.context());
}

void KeptMemory::shutdown() {
    timer_.reset();
    spares_->keep(false);
}

void KeptMemory::arm() {
    if (armed_) return;
    armed_ = true;
    timer_->expires_after(period);
    timer_->async_wait([this](Error cancelled) {
        if (cancelled) return;
        armed_ = false;
        if (spares_->end_period()) arm();
    });
}

KeptMemory::User::User(const boost::asio::any_io_executor& executor) : kept_{KeptMemory::of(executor)} {
    if (kept_.users_++ > 0) return;
    kept_.timer_ = std::make_unique<Timer>(executor);
    kept_.spares_->keep(true);
}

KeptMemory::User::~User() {
    if (--kept_.users_ > 0) return;
    kept_.timer_.reset();
    kept_.armed_ = false;
    kept_.spares_->keep(false);
}

}  // namespace platform
