// The spare buffers of one loop, and the timer that gives them back. One thread, the loop's. Nothing wakes the loop
// while nothing is kept.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <chrono>
#include <memory>

#include "platform/clock.hpp"
#include "platform/spare_buffers.hpp"

namespace platform {

/// Kept by the loop's io_context.
class KeptMemory final : public boost::asio::execution_context::service {
  public:
    using key_type = KeptMemory;

    /// What one such period did not use is given back at its end: memory is kept for one period after its last use at
    /// least, and for two at most.
    static constexpr Duration period = std::chrono::seconds{4};

    /// Who uses the buffers. The last one to go gives them all back and takes the timer along.
    class User {
      public:
        explicit User(const boost::asio::any_io_executor& executor);
        ~User();
        User(const User&) = delete;
        User& operator=(const User&) = delete;
        const std::shared_ptr<SpareBuffers>& spares() const { return kept_.spares_; }

      private:
        KeptMemory& kept_;
    };

    explicit KeptMemory(boost::asio::execution_context& context);
    static KeptMemory& of(const boost::asio::any_io_executor& executor);

    /// Bytes that are kept now.
    std::size_t bytes() const { return spares_->bytes(); }

  private:
    void shutdown() override;
    void arm();

    std::shared_ptr<SpareBuffers> spares_;  // shared with the messages whose memory comes back here
    std::unique_ptr<Timer> timer_;          // while there is a user
    bool armed_ = false;
    int users_ = 0;
};

}  // namespace platform
