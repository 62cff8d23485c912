#include "agent/cli/devices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/bridge/roll_call.hpp"
#include "agent/cli/as_controller.hpp"
#include "agent/cli/terminal.hpp"
#include "agent/cli/trusting.hpp"
#include "platform/json/tree.hpp"

namespace cli::devices_command {
namespace {

using control::Exit;

std::string_view word_of(std::optional<bool> online) {
    if (!online) return "unknown";
    return *online ? "online" : "offline";
}

std::string table_of(const std::vector<bridge::FarDevice>& devices) {
    std::size_t width = 4;
    for (const auto& one : devices) width = std::max(width, one.name.size());
    std::string text;
    for (const auto& one : devices) {
        text += fmt::format("{:{}}  {}  {:7}  {:10}  {}\n", one.name, width, one.uuid, word_of(one.online), one.version,
                            one.browser);
    }
    return text;
}

nlohmann::json tree_of(const std::vector<bridge::FarDevice>& devices) {
    const auto or_null = [](const std::string& text) {
        return text.empty() ? nlohmann::json(nullptr) : nlohmann::json(text);
    };
    auto list = nlohmann::json::array();
    for (const auto& one : devices) {
        list.push_back({{"uuid", one.uuid},
                        {"name", or_null(one.name)},
                        {"online", one.online ? nlohmann::json(*one.online) : nlohmann::json(nullptr)},
                        {"version", or_null(one.version)},
                        {"browser", or_null(one.browser)}});
    }
    return {{"devices", std::move(list)}};
}

awaitable<Exit> serve(bridge::Controller& controller, Trusting& trusting, bool json) {
    Exit unusable = Exit::ok;  // what is known of keys cannot be read: that was said
    bridge::KeysOf keys_of = [&trusting, &unusable](const bridge::Device& device) {
        if (unusable != Exit::ok) return bridge::RollKeys{"its key cannot be looked up"};
        auto known = trusting.recall(device);
        if (!known.refusal.empty()) return bridge::RollKeys{std::move(known.refusal)};
        unusable = known.code;
        return bridge::RollKeys{unusable != Exit::ok ? "its key cannot be looked up" : "", std::move(known.keys)};
    };
    const bridge::RollCall called = co_await bridge::call_the_roll(controller, std::move(keys_of));
    if (!called.problem.empty()) co_return complain(called.problem), control::exit_of(called.cause);
    if (!called.presence_problem.empty()) say("Who is online is not known: " + called.presence_problem);
    for (const auto& one : called.devices) {
        if (!one.refusal.empty() && unusable == Exit::ok) say(one.refusal);
    }
    if (json) {
        print_json(platform::to_text(tree_of(called.devices)) + "\n");
    } else {
        print(table_of(called.devices));
        if (called.devices.empty()) say("This token sees no devices.");
    }
    co_return unusable;
}

}  // namespace

Exit run(const arguments::Devices& wished, const config::Config& config, bool json) {
    const arguments::Trust nothing_wished;
    Trusting trusting{nothing_wished, config};
    const auto command = [&trusting, json](bridge::Controller& controller) {
        return serve(controller, trusting, json);
    };
    return as_controller(wished.token, config, command);
}

}  // namespace cli::devices_command
