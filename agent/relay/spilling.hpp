// Keeps memory small where clients are slower than the browser: beyond a bound, what waits for a client goes to a file
// and comes back when its turn has come, each message once and in order. The files have no name: nothing of them is
// left when the client ends, nor when the agent is killed.
//
// One thread. Files are written and read on the worker, one job at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/relay/client.hpp"
#include "agent/relay/settings.hpp"
#include "platform/net.hpp"

namespace platform {
class Worker;
}

namespace relay {

/// Whose clients they are. Must not destroy the Spilling.
class SpillOwner {
  public:
    /// The client's next messages are in memory again: see Spilling::refill().
    virtual void on_read_back(Client& client) = 0;
    /// They cannot be read. May end the client.
    virtual void on_lost(const std::string& client) = 0;

  protected:
    ~SpillOwner() = default;
};

class Spilling {
  public:
    /// All of it outlives the Spilling.
    Spilling(net::any_io_executor executor, const ClientSettings& settings, platform::Worker& files,
             const ClientTable& clients, SpillOwner& owner);
    /// What stays free on the disk, in bytes: the agent's credential lies on it too.
    static constexpr std::uintmax_t left_free = std::uintmax_t{128} << 20;
    /// Whether `size` bytes may be written where `available` are free.
    static constexpr bool fits(std::uintmax_t available, std::size_t size) noexcept {
        return available >= left_free && available - left_free >= size;
    }

    Spilling(const Spilling&) = delete;
    Spilling& operator=(const Spilling&) = delete;

    /// A message for that client, behind all others. False: there is no room for it, and the client cannot go on.
    bool add(Client& client, std::string_view message, bool as_part);
    /// Gives the client's stream more, if it has come to need it.
    void refill(Client& client);
    /// The client has ended: its files are let go on the worker.
    void forget(Client& client) { let_go(client.spilled.all_files()); }

    /// Writes and reads, until stop().
    awaitable<Error> run();
    void stop();

  private:
    struct Work {
        std::string client;
        SpilledMessages::Job job;
    };
    std::size_t bound() const noexcept;
    bool wants(const Client& client) const noexcept;
    std::optional<Work> next_work();
    awaitable<void> write(Work work);
    awaitable<void> read(Work work);
    void let_go(SpilledMessages::Files files);
    void warn(const Error& failed);

    const ClientSettings& settings_;
    platform::Worker& files_;
    const ClientTable& clients_;
    SpillOwner& owner_;
    platform::Timer wake_;
    std::string last_;      // the client that had the last turn
    bool failing_ = false;  // the last chunk could not be written
    bool stopping_ = false;
};

}  // namespace relay
