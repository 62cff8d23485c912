#include "agent/bridge/calls.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "platform/json/core/slice.hpp"
#include "platform/text.hpp"

namespace bridge {
namespace {

std::chrono::milliseconds millis(Duration duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration);
}

Answer failed(std::string_view reason, std::string_view sentence) {
    return {.ok = false, .result = {}, .error = write_bridge_error(reason, sentence)};
}

/// The result was larger than a broadcast may be: the far agent has it as a stream.
bool is_kept(const ErrorText& error) {
    return error.source == "agent" && error.reason == "too_large" && !error.stream.empty();
}

/// How often a piece may be larger than a broadcast: the backend's limit shrank after the far agent had cut it, and the
/// next one is cut by the new limit.
constexpr int most_shrinks = 8;

Answer cut_short() {
    return failed("broken", "the large result that the far agent kept is not what it said it is: call again");
}

Call stream_call(std::string method, const std::string& handle, std::size_t offset, Duration timeout) {
    Call call{.method = std::move(method)};
    call.timeout = timeout;
    call.repeatable = true;  // each piece is named by its offset
    call.params = R"({"handle":)";
    platform::append_quoted(call.params, handle);
    if (call.method == "IO.read") call.params += R"(,"offset":)" + std::to_string(offset);
    call.params += '}';
    return call;
}

}  // namespace

Calls::Calls(const net::any_io_executor& executor, Channel& channel, std::string who)
    : executor_{executor},
      channel_{channel},
      who_{std::move(who)},
      author_{std::hash<std::string>{}(channel.new_id())},
      tender_{executor} {}

std::string Calls::send(const Call& call, Done done) {
    std::string id = channel_.new_id();
    Waiting& made = waiting_[id];
    made.done = std::move(done);
    made.timeout = call.timeout;
    made.deadline = platform::BootClock::now() + call.timeout + answer_grace;
    submit(made,
           write_command({.id = id,
                          .method = call.method,
                          .params = call.params,
                          .session = call.session,
                          .timeout = millis(call.timeout)}),
           call.repeatable ? Sending::again : Sending::once);
    tender_.wake();
    return id;
}

void Calls::submit(Waiting& waiting, std::string text, Sending how) {
    if (finished_) return fail(waiting, "stopped", "the connection to the far browser was closed");
    if (channel_.barred()) {
        waiting.failed = barred();
        return;
    }
    const std::size_t most = channel_.payload_limit();
    if (text.size() > most) {
        return fail(waiting, "too_large",
                    "the command has " + std::to_string(text.size()) + " bytes, and the backend carries " +
                        std::to_string(most) + " at once");
    }
    waiting.ticket = channel_.send(std::move(text), author_, how);
    if (waiting.ticket == 0) fail(waiting, "overloaded", "too much waits to be sent to the far browser already");
}

void Calls::fail(Waiting& waiting, std::string_view reason, std::string sentence) {
    waiting.failed = Failure{reason, std::move(sentence)};
}

void Calls::forget(const std::string& id) {
    const auto found = waiting_.find(id);
    if (found == waiting_.end()) return;
    if (found->second.ticket != 0) channel_.withdraw(found->second.ticket);
    waiting_.erase(found);
}

void Calls::on_result(std::string_view payload) {
    const ResultText result = read_result(payload);
    const auto found = waiting_.find(result.id);
    if (!result.readable || found == waiting_.end()) return;
    Done done = std::move(found->second.done);
    forget(result.id);
    done({.ok = result.ok, .result = std::string{result.result}, .error = std::string{result.error}});
}

void Calls::on_settled(realtime::Ticket ticket, realtime::Settled how) {
    if (how == realtime::Settled::acknowledged) return;
    const auto is_it = [ticket](const auto& entry) { return entry.second.ticket == ticket; };
    const auto found = std::find_if(waiting_.begin(), waiting_.end(), is_it);
    if (found == waiting_.end()) return;
    if (how == realtime::Settled::uncertain) {  // the far agent may be at work: its result is waited for
        found->second.uncertain = true;
        return;
    }
    if (how == realtime::Settled::too_large) {
        fail(found->second, "too_large", "the command is larger than what the backend carries");
    } else {
        found->second.failed = unanswered(found->second);
    }
    tender_.wake();
}

void Calls::on_barred() {
    for (auto& entry : waiting_) entry.second.failed = barred();
    tender_.wake();
}

Calls::Failure Calls::barred() const {
    return {"barred", "the channel of " + who_ + " cannot be joined: " + platform::clean(channel_.why_not(), 1000)};
}

Calls::Failure Calls::unanswered(const Waiting& waiting) const {
    if (waiting.uncertain) {
        return {"unanswered",
                "the connection was lost when the command had been sent to " + who_ +
                    ", and no answer came: it may or may not have been carried out, and is not sent again"};
    }
    const std::string why = platform::clean(channel_.why_not(), 1000);
    if (!channel_.joined()) return {"unreachable", "the channel of " + who_ + " is not joined: " + why};
    if (!why.empty()) return {"unreachable", "the backend does not accept what is sent to " + who_ + ": " + why};
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(waiting.timeout).count();
    return {"unanswered", "nobody answers for " + who_ + " within " + std::to_string(seconds) +
                              " s: its machine is off, or no agent runs there (agent --devices shows who is online)"};
}

TimePoint Calls::tend(TimePoint now) {
    std::vector<std::string> due;
    for (auto& [id, waiting] : waiting_) {
        if (!waiting.failed && now >= waiting.deadline) waiting.failed = unanswered(waiting);
        if (waiting.failed) due.push_back(id);
    }
    for (const std::string& id : due) give_up(id);
    TimePoint next = TimePoint::max();
    for (const auto& entry : waiting_) next = std::min(next, entry.second.failed ? now : entry.second.deadline);
    return next;
}

void Calls::give_up(const std::string& id) {
    const auto found = waiting_.find(id);
    if (found == waiting_.end()) return;  // an earlier Done has called forget()
    const Waiting waiting = std::move(found->second);
    if (waiting.ticket != 0) channel_.withdraw(waiting.ticket);
    waiting_.erase(found);
    waiting.done(failed(waiting.failed->reason, waiting.failed->sentence));
}

awaitable<void> Calls::run() {
    co_await tender_.run(*this);
}

void Calls::finish() {
    finished_ = true;
    for (auto& entry : waiting_) fail(entry.second, "stopped", "the connection to the far browser was closed");
    tend(platform::BootClock::now());
}

awaitable<Answer> Calls::call(Call call) {
    const Duration timeout = call.timeout;
    ShowTransfer show = call.show;
    Answer answer = co_await ask(std::move(call));
    if (answer.ok) co_return answer;
    ErrorText error = read_error(answer.error);
    if (!is_kept(error)) co_return answer;
    if (error.size > most_result) {
        send(stream_call("IO.close", error.stream, 0, timeout), [](const Answer&) {});
        co_return answer;
    }
    Answer whole = co_await read_stream(std::move(error), timeout, show);
    if (show) show({});
    co_return whole;
}

awaitable<Answer> Calls::ask(Call call) {
    co_await net::this_coro::throw_if_cancelled(false);
    std::optional<Answer> answer;
    platform::Timer wake{executor_};
    const std::string id = send(call, [&answer, &wake](Answer came) {
        answer = std::move(came);
        wake.cancel();
    });
    bool go_on = !finished_;
    while (!answer && go_on) go_on = co_await realtime::wait_until(wake, realtime::never);
    if (answer) co_return std::move(*answer);
    forget(id);
    co_return failed("stopped", "the call was given up");
}

awaitable<Answer> Calls::read_stream(ErrorText kept, Duration timeout, ShowTransfer show) {
    Answer whole{.ok = true};
    int shrinks = 0;
    for (bool eof = false; !eof;) {
        Call read = stream_call("IO.read", kept.stream, whole.result.size(), timeout);
        Answer piece = co_await ask(std::move(read));
        if (!piece.ok) {
            const ErrorText error = read_error(piece.error);
            if (!is_kept(error) || ++shrinks > most_shrinks) co_return piece;
            send(stream_call("IO.close", error.stream, 0, timeout), [](const Answer&) {});
            continue;
        }
        const PieceText text = read_piece(piece.result);
        const std::size_t before = whole.result.size();
        if (text.readable) platform::append_unescaped(whole.result, text.data);
        if (show) show(Transfer{.done = whole.result.size(), .total = kept.size});
        eof = text.eof;
        const bool stands = !eof && whole.result.size() == before;
        if (!text.readable || stands || whole.result.size() > most_result) co_return cut_short();
    }
    send(stream_call("IO.close", kept.stream, 0, timeout), [](const Answer&) {});
    const bool good =
        whole.result.size() == kept.size && platform::check_json(whole.result, platform::max_json_depth_limit).ok();
    if (!good) co_return cut_short();
    co_return whole;
}

}  // namespace bridge
