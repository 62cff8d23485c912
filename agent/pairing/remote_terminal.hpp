// A pairing that somebody at the control socket began, as the agent sees it: what is to be shown there waits in a list
// that the other end asks for, and its answers come one by one. Thread rule: the loop's thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/pairing/pair.hpp"
#include "agent/pairing/person.hpp"

namespace pairing {

/// An empty answer is given after this long, so that the asking program shows its presence.
inline constexpr std::chrono::seconds events_wait{5};
/// Who has not asked for this long is gone, and his pairing with him.
inline constexpr std::chrono::seconds patience{12};
/// What a pairing may have said that nobody has fetched.
inline constexpr std::size_t most_events = 1000;

/// What the other end asked for, and what it can do.
struct RemoteRequest {
    std::string id;  // chosen by the other end
    PairRequest what;
    Secret token;  // the text that was handed in; empty: a login
    bool if_unpaired = false;
    bool can_ask = false;      // questions may be put there
    bool counts_down = false;  // a line may be replaced there
    bool has_screen = false;   // a browser may be opened there
    std::uint16_t callback_port = 0;
    credentials::Backend backend;  // that the other end's own settings name; empty parts: none
};
std::string to_json(const RemoteRequest& request);
std::optional<RemoteRequest> read_request(std::string_view json);

/// How it ended.
struct RemoteResult {
    PairOutcome outcome = PairOutcome::paired;
    std::string problem;
    std::string device_uuid, device_name;
    bool changed = false;
    bool joined = false;  // by the running agent, with the new credential
    std::string waiting;  // why it is not joined yet
};
std::string to_json(const RemoteResult& result);
std::optional<RemoteResult> read_result(std::string_view json);

/// One thing to be shown or asked at the other end.
struct Event {
    enum class Kind : std::uint8_t {
        say,   // a line
        ask,   // a question, answered by yes or no
        line,  // a line may be typed or pasted from now on
        open,  // an address for the browser
        wait,  // a line that the next one replaces; empty: it is taken away
        end,   // nothing follows
    };
    Kind kind = Kind::end;
    std::string text;
};
std::string to_json(const std::vector<Event>& events);
std::vector<Event> read_events(std::string_view json);

/// The person of a pairing that is under way; at most one pairing at a time.
class RemoteTerminal final : public Person {
  public:
    explicit RemoteTerminal(net::any_io_executor executor);

    /// False: another one is under way.
    bool begin(const RemoteRequest& request);
    /// The last word to the other end; what was said before can still be fetched until the next begin().
    void end();
    bool running() const noexcept { return running_; }

    void say(std::string_view line) override;
    void count_down(std::string_view line) override;
    bool can_confirm() const override { return can_ask_; }
    awaitable<bool> confirm(std::string question) override;
    bool can_type() const override { return true; }
    awaitable<std::optional<std::string>> read_line() override;
    bool can_browse() const override { return has_screen_; }
    awaitable<std::optional<std::string>> browse(std::string address) override;

    /// Returns when the other end is gone, or on cancel().
    awaitable<void> abandoned();
    /// The agent stops.
    void cancel();

    /// What comes behind the first `seen` events of that pairing; waits for it. An empty list: ask again.
    awaitable<std::vector<Event>> events(std::string id, std::size_t seen);
    /// An answer from the other end to the event with that number: false when nobody waits for it (any more).
    bool answer(std::string_view id, std::size_t to, std::string text);

  private:
    void push(Event event);
    awaitable<std::optional<std::string>> answer_to(Event event);
    bool is_new(const std::string& id, std::size_t seen) const { return id == id_ && seen < events_.size(); }

    net::any_io_executor executor_;
    std::string id_;
    bool running_ = false;
    bool cancelled_ = false;
    bool can_ask_ = false;
    bool counts_down_ = false;
    bool has_screen_ = false;
    TimePoint last_asked_{};
    std::vector<Event> events_;
    std::optional<std::size_t> asked_;   // the event that waits for an answer
    std::optional<std::string> answer_;  // to it
    platform::Timer changed_;            // never expires: cancelled when there is something new to fetch
    platform::Timer answered_;           // likewise, when an answer came
    platform::Timer gone_;
};

}  // namespace pairing
