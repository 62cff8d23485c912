#include "agent/bridge/recorded_browser.hpp"

#include <string>
#include <utility>

#include "agent/bridge/core/far_text.hpp"
#include "platform/clock.hpp"

namespace bridge {

/// Between a local client and its client of the far browser.
class RecordedBrowser::Client final : public FarClient, private ClientListener {
  public:
    Client(RecordedBrowser& whole, const OpenWish& wish, ClientListener& listener)
        : whole_{whole}, listener_{listener}, far_{whole.far_.open(wish, *this)} {}
    ~Client() override { whole_.end(name_, {}); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    bool send(std::string_view message) override {
        whole_.hear_up(name_, message);
        return far_->send(message);
    }
    const std::string& name() const noexcept override { return far_->name(); }

  private:
    void on_open() override {
        name_ = far_->name();
        listener_.on_open();
    }
    // The listener may destroy this client: nothing stands behind its calls.
    void on_message(std::string_view message) override {
        whole_.hear_down(name_, message);
        listener_.on_message(message);
    }
    void on_end(ClientEnd end, std::string_view sentence) override {
        if (!name_.empty() && end != ClientEnd::left) whole_.end(name_, sentence);
        listener_.on_end(end, sentence);
    }

    RecordedBrowser& whole_;
    ClientListener& listener_;
    std::string name_;  // stays when the far agent has ended the client
    std::unique_ptr<FarClient> far_;
};

RecordedBrowser::RecordedBrowser(FarBrowser& far, Record record) : far_{far}, record_{std::move(record)} {}

std::unique_ptr<FarClient> RecordedBrowser::open(const OpenWish& wish, ClientListener& listener) {
    return std::make_unique<Client>(*this, wish, listener);
}

awaitable<Answer> RecordedBrowser::call(Call call) {
    SeenMessage sight{.kind = SeenMessage::Kind::answer, .session = call.session, .method = call.method};
    sight.params = call.params.substr(0, SeenMessage::most_params);
    sight.params_bytes = call.params.size();
    const auto begun = platform::BootClock::now();
    Answer answer = co_await far_.call(std::move(call));
    sight.took = platform::BootClock::now() - begun;
    sight.ok = answer.ok;
    sight.bytes = answer.result.size();
    if (!answer.ok) {
        auto error = read_error(answer.error);
        sight.code = error.code;
        sight.text = std::move(error.message);
    }
    record_(sight);
    co_return answer;
}

void RecordedBrowser::hear_up(const std::string& client, std::string_view message) {
    auto text = read_seen(message);
    text.sight.client = client;
    if (text.readable) conversation_.command(std::move(text.sight), platform::BootClock::now());
}

void RecordedBrowser::hear_down(const std::string& client, std::string_view message) {
    auto text = read_seen(message);
    text.sight.client = client;
    if (!text.readable) return;
    if (text.sight.method.empty()) {
        const auto answer = conversation_.answer(seen_answer(text), platform::BootClock::now());
        if (answer) record_(*answer);
        return;
    }
    text.sight.kind = SeenMessage::Kind::event;
    record_(text.sight);
}

/// `reason` empty: the local client has left.
void RecordedBrowser::end(const std::string& client, std::string_view reason) {
    if (client.empty()) return;
    for (const SeenMessage& sight : conversation_.take_open(client)) record_(sight);
    if (reason.empty()) return;
    SeenMessage sight{.kind = SeenMessage::Kind::ended, .client = client};
    sight.text = reason;
    record_(sight);
}

}  // namespace bridge
