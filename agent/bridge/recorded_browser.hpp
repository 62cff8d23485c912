// A far browser whose clients are heard on the way: for `agent --bridge --record`. Everything passes unchanged.
//
// One thread, the loop's. The far browser that it stands for outlives it, and it outlives the clients that it opened.
#pragma once

#include <functional>
#include <memory>

#include "agent/bridge/core/conversation.hpp"
#include "agent/bridge/far_browser.hpp"

namespace bridge {

class RecordedBrowser final : public FarBrowser {
  public:
    using Record = std::function<void(const SeenMessage&)>;
    RecordedBrowser(FarBrowser& far, Record record);
    RecordedBrowser(const RecordedBrowser&) = delete;
    RecordedBrowser& operator=(const RecordedBrowser&) = delete;

    std::unique_ptr<FarClient> open(const OpenWish& wish, ClientListener& listener) override;
    awaitable<Answer> call(Call call) override;

    /// Commands that have no answer.
    std::size_t open_commands() const noexcept { return conversation_.size(); }

  private:
    class Client;
    void hear_up(const std::string& client, std::string_view message);
    void hear_down(const std::string& client, std::string_view message);
    void end(const std::string& client, std::string_view reason);

    FarBrowser& far_;
    const Record record_;
    Conversation conversation_;
};

}  // namespace bridge
