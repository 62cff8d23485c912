// Whole sessions of the relay: commands, answers, settlements, events, losses and an end in any order, between a
// scripted browser and a scripted channel. Each command has exactly one answer, bounds are kept, and nothing is relayed
// once the relay was stopped.
#include <boost/asio/io_context.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/relay/clients.hpp"
#include "agent/relay/core/members.hpp"
#include "agent/relay/router.hpp"
#include "bytes.hpp"
#include "cdp/core/message.hpp"
#include "platform/json/core/slice.hpp"
#include "platform/log/log.hpp"
#include "platform/worker.hpp"

using fuzz::expect;

namespace {

constexpr std::size_t most_steps = 400;
constexpr std::size_t most_alone = 4;
constexpr std::size_t most_payload = 3000;

constexpr const char* methods[] = {"Page.enable",
                                   "Page.navigate",
                                   "Runtime.evaluate",
                                   "DOM.focus",
                                   "Target.attachToTarget",
                                   "Target.setAutoAttach",
                                   "Target.createBrowserContext",
                                   "Target.disposeBrowserContext",
                                   "Browser.close",
                                   "Browser.setDownloadBehavior",
                                   "IO.read",
                                   "IO.close",
                                   "Agent.getInfo",
                                   "Agent.open",
                                   "Agent.close",
                                   "Agent.fileRead",
                                   "Agent.filePut",
                                   "Page.setDownloadBehavior"};
constexpr const char* sessions[] = {"", "S1", "S2", "BROWSER"};
constexpr const char* events[] = {"Page.loadEventFired", "Runtime.consoleAPICalled", "Target.attachedToTarget",
                                  "Tracing.tracingComplete", "Browser.downloadWillBegin"};

/// Two sessions: one of a page, one below it; and one of the browser.
class Browser final : public cdp::BrowserPort {
  public:
    void submit(const cdp::Request& request) override {
        expect(request.params.empty() || platform::check_json(request.params).ok(), "params that are no JSON go out");
        expect(request.params.find("after-the-end") == std::string_view::npos, "relayed after the end");
        // The commands that clean up behind a client share one: nobody waits for their answers.
        const bool shared = relay::Clients::owns(request.ticket);
        expect(open.insert(request.ticket).second || shared, "a ticket is used twice");
        asked.push_back({request.ticket, std::string(request.to.session)});
    }
    void forget(cdp::Ticket ticket) override { open.erase(ticket); }
    void hear_downloads(std::string_view) override {}
    void cancel_download(std::string_view) override {}
    void close_page_of_download(std::string_view) override {}
    const cdp::TargetInfo* target_of(std::string_view session) const override {
        return session == "BROWSER" ? &itself : session.empty() ? nullptr : &page;
    }
    const cdp::TargetInfo* target(std::string_view) const override { return &page; }
    const cdp::TargetInfo* default_page() const override { return &page; }
    std::string_view top_of(std::string_view session) const override { return session == "S2" ? "S1" : session; }
    std::vector<std::string> sessions_below(std::string_view top) const override {
        return top == "S1" ? std::vector<std::string>{"S1", "S2"} : std::vector<std::string>{std::string(top)};
    }
    cdp::BrowserStatus status() const override { return state; }

    struct Asked {
        cdp::Ticket ticket;
        std::string session;
    };
    std::vector<Asked> asked;
    std::set<cdp::Ticket> open;  // without an answer
    cdp::TargetInfo page, itself;
    cdp::BrowserStatus state;
};

class Sink final : public relay::ResultSink {
  public:
    bool publish(realtime::Message message) override {
        if (room == 0) return false;
        --room;
        expect(platform::check_json(message.payload, platform::max_json_depth_limit).ok(), "a payload is no JSON");
        expect(message.payload.size() <= most_payload, "a payload beyond the limit");
        if (message.event == relay::result_event) {
            std::string_view id;
            relay::find_member(message.payload, "id", id);
            ++answers[std::string(id)];
            note_client(message.payload);
        }
        published.push_back({message.ticket, message.streamed});
        return true;
    }
    std::size_t limit = most_payload;
    std::size_t payload_limit() const override { return limit; }
    std::string_view uncarried(std::string_view) const override { return {}; }
    bool carries_bytes() const override { return true; }
    void share_pace(std::size_t) override {}
    double pace_left(std::size_t) const override { return 0; }
    TimePoint room_at(TimePoint now, std::size_t) override { return now; }
    void all_answered() override {}

    struct Published {
        realtime::Ticket ticket;
        bool streamed;
    };
    std::vector<Published> published;
    std::map<std::string, int> answers;  // by id
    std::vector<std::string> clients;    // that were opened
    std::size_t room = 1000;

  private:
    void note_client(std::string_view payload) {
        constexpr std::string_view name = R"({"client":")";
        const auto at = payload.find(name);
        if (at == std::string_view::npos) return;
        const auto from = at + name.size();
        clients.emplace_back(payload.substr(from, payload.find('"', from) - from));
    }
};

relay::Settings settings_of() {
    relay::Settings settings;
    settings.max_in_flight = most_alone;
    settings.max_strangers_at_browser = 6;
    settings.max_bytes_in_flight = 4096;
    settings.streams.max_count = 3;
    settings.streams.max_bytes = 64 * 1024;
    settings.clients.max_count = 3;
    settings.clients.max_bytes = 16 * 1024;
    settings.clients.max_message = 8 * 1024;
    settings.clients.gather_most = Duration::zero();
    return settings;
}

class Session {
  public:
    Session() {
        browser_.page.type = "page";
        browser_.page.url = "https://example.org/";
        browser_.itself.type = "browser";
        browser_.state.state = cdp::BrowserState::attached;
        router_.emplace(io_.get_executor(), settings_of(), sink_, browser_, worker());
        router_->set_identity({"1", "inst", "uuid", "name"});
        router_->on_link(true);
        router_->on_browser_state();
    }

    void step(fuzz::Bytes& bytes) {
        switch (bytes.below(13)) {
            case 0:
            case 1:
                return command(bytes);
            case 2:
                return post(bytes);
            case 3:
            case 4:
                return answer(bytes);
            case 5:
                return settle(bytes);
            case 6:
                return event(bytes);
            case 7:
                sink_.room = bytes.below(4);
                return;
            case 8:
                router_->on_session_end(sessions[1 + bytes.below(3)]);
                return;
            case 9:
                browser_.state.state = bytes.below(2) == 0 ? cdp::BrowserState::attached : cdp::BrowserState::lost;
                router_->on_browser_state();
                return;
            case 10:
                router_->on_link(bytes.below(2) == 0);
                return;
            case 11:
                return anything(bytes.take(bytes.byte()));
            default:
                if (bytes.below(8) == 0) stop();
                return;
        }
    }

    void check_bounds() const {
        const auto status = router_->status();
        expect(status.at_browser <= status.in_flight, "more at the browser than in flight");
        expect(status.bytes_in_flight <= 4096, "more bytes in flight than the limit");
        expect(status.streams <= 3 && status.stream_bytes <= 64 * 1024, "more streams than the limit");
        expect(status.clients <= 3, "more clients than the limit");
    }

    /// All that waits gets its answer and its room; then each command has been answered once.
    void finish() {
        sink_.room = 100'000;
        for (std::size_t round = 0; round < 50; ++round) {
            for (std::size_t i = 0; i < browser_.asked.size(); ++i) lose(i);
            io_.poll();
            settle_all();
        }
        for (const auto& id : ids_) {
            expect(sink_.answers[id] != 0, "a command without an answer");
            expect(sink_.answers[id] == 1, "a command with two answers");
        }
        expect(router_->status().in_flight == 0, "something is in flight that nobody will answer");
        expect(router_->status().at_browser == 0, "something is at the browser that nobody will answer");
    }

  private:
    static platform::Worker& worker() {
        static platform::Worker files{"files"};
        return files;
    }

    std::string params(fuzz::Bytes& bytes, std::string_view method) {
        std::string out = R"({"handle":"h","url":"https://a/)";
        out.append(std::size_t{bytes.byte()} * 8, 'x').append(1, '"');
        if (method == "Agent.close" || method.starts_with("Agent.file")) {
            out += R"(,"client":")" + client(bytes) + R"(","name":"f")";
        }
        if (method == "Agent.open" && bytes.below(2) == 0) out += R"(,"target":"PAGE")";
        if (stopped_) out += R"(,"note":"after-the-end")";
        return out + "}";
    }

    std::string client(fuzz::Bytes& bytes) {
        const auto& known = sink_.clients;
        const std::size_t which = bytes.below(4);
        return which < known.size() ? known[known.size() - 1 - which] : "c-unknown";
    }

    void command(fuzz::Bytes& bytes) {
        const std::string_view method = methods[bytes.below(std::size(methods))];
        const std::string_view session = sessions[bytes.below(std::size(sessions))];
        const std::string id = "\"k" + std::to_string(bytes.below(3)) + "-" + std::to_string(ids_.size()) + "\"";
        std::string text = R"({"id":)" + id + R"(,"method":")" + std::string(method) + R"(","params":)";
        text += params(bytes, method);
        if (!session.empty()) text += R"(,"sessionId":")" + std::string(session) + "\"";
        ids_.push_back(id);
        router_->on_command(text + "}", {.stale = bytes.below(16) == 0});
    }

    /// As text, or raw.
    void anything(std::string_view payload) { router_->on_command(payload, {.raw = payload.size() % 2 == 1}); }

    void post(fuzz::Bytes& bytes) {
        std::string text = R"({"id":"p","method":"Agent.post","params":{"client":")" + client(bytes) + "\",";
        text += R"("seq":)" + std::to_string(1 + bytes.below(4)) + R"(,"ack":)" + std::to_string(bytes.below(4));
        router_->on_command(text + R"(,"messages":[{"id":1,"method":"Page.enable"}]}})", {});
    }

    void answer(fuzz::Bytes& bytes) {
        if (browser_.asked.empty()) return;
        const std::size_t which = bytes.byte() % browser_.asked.size();
        const auto fate = static_cast<cdp::Fate>(bytes.below(9));
        std::string text = "A sentence.";
        if (fate == cdp::Fate::result) {
            text =
                R"({"sessionId":"S1","stream":"h","data":")" + std::string(std::size_t{bytes.byte()} * 32, 'r') + "\"}";
        } else if (fate == cdp::Fate::error) {
            text = R"({"code":-32000,"message":"no"})";
        }
        give(which, fate, text);
    }
    void lose(std::size_t which) { give(which, cdp::Fate::lost, "The browser went."); }
    void give(std::size_t which, cdp::Fate fate, const std::string& text) {
        const Browser::Asked asked = browser_.asked[which];
        if (browser_.open.erase(asked.ticket) == 0) return;
        router_->on_answer({asked.ticket, fate, text, asked.session});
    }

    void event(fuzz::Bytes& bytes) {
        cdp::Message event;
        event.kind = cdp::Message::Kind::event;
        event.method = events[bytes.below(std::size(events))];
        event.session = sessions[bytes.below(std::size(sessions))];
        const std::string body = R"({"stream":"h","sessionId":"S2","targetInfo":{"targetId":"PAGE","type":"page"}})";
        event.body = body;
        if (router_->hears_events()) router_->on_event(event, browser_.top_of(event.session));
    }

    void settle(fuzz::Bytes& bytes) {
        if (settled_ == sink_.published.size()) return;
        const auto one = sink_.published[settled_++];
        if (one.streamed) router_->on_sent(one.ticket);
        router_->on_settled(one.ticket,
                            bytes.below(4) == 0 ? realtime::Settled::expired : realtime::Settled::acknowledged);
    }
    void settle_all() {
        while (settled_ < sink_.published.size()) {
            const auto one = sink_.published[settled_++];
            if (one.streamed) router_->on_sent(one.ticket);
            router_->on_settled(one.ticket, realtime::Settled::acknowledged);
        }
        router_->on_settled(0, realtime::Settled::acknowledged);  // there is room again
    }

    void stop() {
        router_->stop_relaying("unpaired");
        stopped_ = true;
    }

    boost::asio::io_context io_;
    Browser browser_;
    Sink sink_;
    std::optional<relay::Router> router_;
    std::vector<std::string> ids_;  // JSON text, of all commands that want an answer
    std::size_t settled_ = 0;
    bool stopped_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    platform::log::set_level(platform::log::Level::error);
    fuzz::Bytes bytes{data, size};
    Session session;
    for (std::size_t i = 0; i < most_steps && !bytes.empty(); ++i) {
        session.step(bytes);
        session.check_bounds();
    }
    session.finish();
    return 0;
}
