#include "agent/daemon/reload.hpp"

#include <utility>

#include "platform/log/event.hpp"
#include "platform/log/log.hpp"
#include "platform/service_manager.hpp"

namespace agent::daemon {
namespace {

namespace log = platform::log;

std::string list(const std::vector<std::string>& keys) {
    std::string text;
    for (const auto& key : keys) text.append(text.empty() ? "" : ", ").append(key);
    return text.empty() ? "nothing" : text;
}

}  // namespace

awaitable<control::Answer> Reload::run() {
    platform::service_manager::reloading();
    auto read = [input = input_] { return config::load_config(input); };
    auto reading = platform::run_blocking(files_, std::move(read));
    auto loaded = co_await std::move(reading);
    auto answer = loaded ? take_over(std::move(*loaded)) : control::Answer{false, "nothing was changed: stopping"};
    log::write_event("reload", "reload: " + answer.text, answer.ok ? log::Level::info : log::Level::warning);
    if (answer.ok) {
        log::set_level(in_force_.log.level);
        log::set_format(in_force_.log.format);
    }
    platform::service_manager::ready(state_.line());
    co_return answer;
}

control::Answer Reload::take_over(config::Loaded loaded) {
    if (!loaded.errors.empty()) {
        const auto& first = loaded.errors.front();
        return {false, "nothing was changed: " + first.where + ": " + first.what};
    }
    const auto changed = config::difference(in_force_, loaded.config);
    in_force_.hooks = std::move(loaded.config.hooks);
    in_force_.log = loaded.config.log;
    in_force_.stop_grace = loaded.config.stop_grace;
    in_force_.upgrade = loaded.config.upgrade;
    in_force_.relay.trust = std::move(loaded.config.relay.trust);
    listener_.on_trust();
    return {true, "Applied: " + list(changed.live) + ". Needs a restart: " + list(changed.restart) + "."};
}

}  // namespace agent::daemon
