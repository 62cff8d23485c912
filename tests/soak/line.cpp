#include "tests/soak/line.hpp"

#include <gtest/gtest.h>

namespace soak {
namespace {

/// Beyond a command's own limit: a machine under load, and a browser that is started meanwhile.
constexpr auto patience = 30s;

support::ControllerOptions options_for(support::World& world) {
    support::ControllerOptions options;
    options.port = world.port();
    options.token = world.mint_device();
    options.device_uuid = support::device_uuid;
    return options;
}

}  // namespace

Line::Line(support::World& world) : io_{world.io()}, wake_{io_} {
    auto options = options_for(world);
    options.on_result = [this](const std::string& id, const std::string& payload) { take(id, payload); };
    controller_ = std::make_unique<support::Controller>(io_, std::move(options));
    EXPECT_TRUE(controller_->join());
}

std::uint64_t Line::send(std::string method, json params, std::string session, std::chrono::milliseconds limit) {
    const std::uint64_t id = ++figures.sent;
    answers_.push_back(0);
    json command{{"id", id}, {"method", method}, {"params", std::move(params)}, {"timeoutMs", limit.count()}};
    if (!session.empty()) command["sessionId"] = session;
    waiting_[id] = {std::move(method), platform::BootClock::now(), limit, nullptr};
    controller_->command(command.dump());
    return id;
}

void Line::take(const std::string& id, const std::string& payload) {
    const auto number = std::stoull(id);
    if (number >= answers_.size())
        return ADD_FAILURE() << "an answer to a command that was not sent: " << payload, void();
    ++answers_[number];
    const auto found = waiting_.find(number);
    if (found == waiting_.end()) return;
    found->second.reply = json::parse(payload);
    const auto late = platform::BootClock::now() - found->second.sent - found->second.limit;
    figures.latest = std::max(figures.latest, late);
    ++figures.outcomes[outcome_of(found->second.reply)];
    wake_.cancel();
}

awaitable<json> Line::answer(std::uint64_t id) {
    const auto until = waiting_[id].sent + waiting_[id].limit + patience;
    while (waiting_[id].reply.is_null() && platform::BootClock::now() < until) {
        wake_.expires_at(until);
        co_await wake_.async_wait(no_throw);
    }
    json reply = std::move(waiting_[id].reply);
    if (reply.is_null()) ADD_FAILURE() << "no answer to " << waiting_[id].method << ", command " << id;
    waiting_.erase(id);
    co_return reply;
}

awaitable<json> Line::ask(std::string method, json params, std::string session, std::chrono::milliseconds limit) {
    const auto id = send(std::move(method), std::move(params), std::move(session), limit);
    json reply = co_await answer(id);
    co_return reply;
}

std::vector<std::uint64_t> Line::not_once() const {
    std::vector<std::uint64_t> wrong;
    for (std::uint64_t id = 1; id < answers_.size(); ++id) {
        if (answers_[id] != 1) wrong.push_back(id);
    }
    return wrong;
}

std::string outcome_of(const json& reply) {
    if (!reply.is_object()) return "none";
    if (reply["ok"] == true) return "result";
    const auto& error = reply["error"];
    const bool ours = error.contains("data") && error["data"].is_object() && error["data"].contains("reason");
    return ours ? error["data"]["reason"].get<std::string>() : "error";
}

}  // namespace soak
