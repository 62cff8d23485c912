#include "agent/bridge/sealed_calls.hpp"

#include <utility>

#include "agent/realtime/wait.hpp"
#include "agent/relay/core/client_text.hpp"
#include "platform/json/core/slice.hpp"
#include "platform/text.hpp"

namespace bridge {
namespace {

/// One that waits. Shared by the coroutine, which may be given up, and by the client, which may end before.
struct Question {
    explicit Question(const net::any_io_executor& executor) : wake{executor} {}
    platform::Timer wake;
    std::optional<Answer> answer;
};

/// Into an Agent.call, which the agent carries out as a command of nobody's.
void wrap(Call& call) {
    const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(call.timeout);
    std::string params = R"({"method":)";
    platform::append_quoted(params, call.method);
    if (!call.params.empty()) params.append(R"(,"params":)").append(call.params);
    if (!call.session.empty()) {
        params += R"(,"sessionId":)";
        platform::append_quoted(params, call.session);
    }
    call.params = params.append(R"(,"timeoutMs":)").append(std::to_string(limit.count())).append(1, '}');
    call.method = "Agent.call";
}

bool is_about_files(std::string_view method) {
    return method == relay::read_client_file || method == relay::put_client_file;
}

}  // namespace

SealedCalls::SealedCalls(net::any_io_executor executor, Channel& channel, FarClients& clients, std::string who)
    : executor_{std::move(executor)}, channel_{channel}, clients_{clients}, who_{std::move(who)} {}

void SealedCalls::on_end(ClientEnd, std::string_view) {
    own_.reset();
}

void SealedCalls::finish() {
    finished_ = true;
    own_.reset();
}

ChannelClient* SealedCalls::client_named(const std::string& name) {
    if (!name.empty()) return clients_.find(name);
    if (!own_ && !finished_) own_ = clients_.open({}, *this);
    return own_.get();
}

Answer SealedCalls::unanswered(const Call& call) const {
    const auto told = [](std::string_view reason, const std::string& sentence) {
        return Answer{.ok = false, .result = {}, .error = write_bridge_error(reason, sentence)};
    };
    const std::string why = platform::clean(channel_.why_not(), 1000);
    if (channel_.barred()) return told("barred", "the channel of " + who_ + " cannot be joined: " + why);
    if (!channel_.joined()) return told("unreachable", "the channel of " + who_ + " is not joined: " + why);
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(call.timeout).count();
    return told("unanswered", "nobody answers for " + who_ + " within " + std::to_string(seconds) +
                                  " s: its machine is off, or its browser does not answer");
}

awaitable<Answer> SealedCalls::ask(std::string client, Call call) {
    co_await net::this_coro::throw_if_cancelled(false);
    ChannelClient* const carrier = client_named(client);
    if (carrier == nullptr) {
        co_return Answer{.ok = false, .result = {}, .error = write_bridge_error("stopped", "the client has ended")};
    }
    const auto question = std::make_shared<Question>(executor_);
    const auto done = [question](Replied came) {
        question->answer = Answer{.ok = came.ok};
        (came.ok ? question->answer->result : question->answer->error) = std::move(came.text);
        question->wake.cancel();
    };
    const auto number = carrier->ask({.method = call.method, .params = call.params}, done);
    if (call.last) carrier->say_all();
    const TimePoint deadline = platform::BootClock::now() + call.timeout + Calls::answer_grace;
    bool go_on = true;
    while (!question->answer && go_on && platform::BootClock::now() < deadline) {
        go_on = co_await realtime::wait_until(question->wake, deadline);
    }
    // The client may be another one by now, or none: then nothing waits for this number there.
    ChannelClient* const still = client.empty() ? own_.get() : clients_.find(client);
    if (!question->answer && still == carrier) still->forget(number);
    if (call.last && own_.get() == carrier) own_.reset();
    if (question->answer) co_return std::move(*question->answer);
    co_return unanswered(call);
}

awaitable<Answer> SealedCalls::call(Call call) {
    std::string client = is_about_files(call.method) ? relay::client_named(call.params) : std::string{};
    if (!call.method.starts_with("Agent.")) wrap(call);
    Answer answer = co_await ask(std::move(client), std::move(call));
    co_return answer;
}

}  // namespace bridge
