#include "agent/doctor/conversation.hpp"

#include <nlohmann/json.hpp>

#include "cdp/error.hpp"
#include "platform/json/tree.hpp"
#include "platform/wait.hpp"

namespace doctor {

using nlohmann::json;

awaitable<std::optional<json>> Conversation::ask(std::string method, json params, Duration limit) {
    const auto executor = co_await net::this_coro::executor;
    json message = {{"id", ++id_}, {"method", std::move(method)}, {"params", std::move(params)}};
    const auto& session = session_.empty() ? opened_.root_session : session_;
    if (!session.empty()) message["sessionId"] = session;
    const auto text = platform::to_text(message);
    opened_.transport->queue(text, {}, {});
    ended_ = co_await opened_.transport->flush();
    platform::Timer timer(executor);
    timer.expires_after(limit);
    while (!ended_) {
        auto reading = platform::within(timer, opened_.transport->read());
        auto arrived = co_await std::move(reading);
        if (!arrived) {
            ended_ = cdp::Errc::start_timeout;
            break;
        }
        if (!*arrived) {
            ended_ = arrived->error();
            break;
        }
        auto answer = platform::parse_json((*arrived)->text);
        if (!answer || platform::get_integer(*answer, "id") != id_) continue;
        const auto* result = platform::find(*answer, "result");
        if (result == nullptr) {
            refused_ = (*arrived)->text;
            co_return std::nullopt;
        }
        co_return *result;
    }
    co_return std::nullopt;
}

}  // namespace doctor
