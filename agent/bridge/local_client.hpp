// One WebSocket client of the far browser: its messages go up as they are, those of the browser come down as text
// frames. When one end closes, the other one is closed.
//
// Thread rule: the loop's thread. Lifetime: owned by its connection; the FarBrowser and the group outlive it.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "agent/bridge/core/upload_order.hpp"
#include "agent/bridge/far_browser.hpp"
#include "agent/bridge/file_transfers.hpp"
#include "platform/http/server_socket.hpp"
#include "platform/net.hpp"

namespace bridge {

/// Bytes that wait for a client which does not read them: two messages of the largest size. Beyond it the client is
/// ended.
inline constexpr std::size_t held_bytes_limit = std::size_t{512} << 20;

/// Bytes that a client's commands may have while they wait for files to go up. Beyond it the client is not read.
inline constexpr std::size_t held_back_limit = std::size_t{64} << 20;

/// Time to write what still waits for a client that has ended, and its close frame.
inline constexpr std::chrono::seconds end_wait_limit{10};

class LocalClient final : public ClientListener {
  public:
    using Group = std::set<LocalClient*>;

    struct Ended {
        ClientEnd why = ClientEnd::left;
        std::string sentence;  // for a person
    };

    struct Options {
        std::size_t held_limit = held_bytes_limit;
        std::size_t held_back_limit = bridge::held_back_limit;
        Duration end_limit = end_wait_limit;
        /// Reads and writes the files that the client names on this machine; null: its messages pass unchanged.
        platform::Worker* disk = nullptr;
        ShowTransfer show_transfer = {};
    };
    /// Adds itself to the group, and leaves it when it is destroyed.
    LocalClient(net::any_io_executor executor, FarBrowser& far, const OpenWish& wish, Group& group, Options options);
    ~LocalClient();
    LocalClient(const LocalClient&) = delete;
    LocalClient& operator=(const LocalClient&) = delete;

    /// Waits for the far browser. True: it took the client; else ended() says why not.
    awaitable<bool> opened();

    /// Serves the client until one of the two ends has closed.
    awaitable<void> serve(platform::ServerSocket& socket);

    /// As if the far browser had ended it. Does nothing once it has ended.
    void end(ClientEnd why, std::string_view sentence);
    const Ended& ended() const { return ended_; }

  private:
    enum class State { opening, open, over };

    void on_open() override;
    void on_message(std::string_view message) override;
    void on_end(ClientEnd why, std::string_view sentence) override { end(why, sentence); }

    awaitable<void> read_loop();
    awaitable<void> write_loop();
    awaitable<void> move_files();
    awaitable<void> upload_loop();
    awaitable<void> file_loop();
    awaitable<void> end_late();
    awaitable<void> write_waiting();
    awaitable<void> until_room_to_hold_back();
    void take_up(std::string_view message);
    void send_up(std::string_view message);
    void give(std::string_view message);

    Group& group_;
    const std::size_t held_limit_;
    const std::size_t held_back_limit_;
    const Duration end_limit_;
    State state_ = State::opening;
    Ended ended_;
    platform::Timer changed_;                   // never expires; cancelled at each change
    platform::ServerSocket* socket_ = nullptr;  // while serve() runs
    std::deque<std::string> waiting_;           // for the client
    std::size_t held_ = 0;                      // bytes of waiting_ and of the message that is being written
    std::unique_ptr<FarClient> far_;
    std::optional<FileTransfers> files_;
    UploadOrder uploads_;
};

}  // namespace bridge
