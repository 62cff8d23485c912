// What the backend said of the device, as it is stored: settings come from outside, and are shown and logged.
#include <string>

#include "agent/daemon/device_facts.hpp"
#include "bytes.hpp"
#include "platform/json/core/check.hpp"
#include "platform/text.hpp"

using fuzz::expect;
namespace daemons = agent::daemon;

namespace {

constexpr std::string_view device = "u";

void keep(std::string_view settings) {
    daemons::DeviceFacts facts;
    facts.device_uuid = device;
    facts.name = "n";
    facts.settings = settings;
    const auto text = daemons::facts_text(facts);
    const auto back = daemons::read_facts(text, device);
    expect(back.name == facts.name, "a name that was kept did not come back");
    if (!back.settings) return;
    expect(daemons::facts_text(back) == text, "kept settings change when they are kept again");
    expect(daemons::setting_changes(*back.settings, *back.settings).empty(), "settings differ from themselves");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Bytes bytes{data, size};
    const std::string before{bytes.until('\n')};
    const std::string after{bytes.rest()};
    daemons::read_facts(before, device);
    keep(before);
    const auto shown = daemons::shown_settings(before);
    expect(platform::check_json(shown, platform::max_json_depth_limit).ok(), "shown settings are no JSON");
    expect(daemons::shown_settings(shown) == shown, "what is shown shows more when it is shown again");
    const auto lines = daemons::setting_changes(before, after, 5);
    expect(lines.size() <= 6, "more lines than asked for");
    for (const auto& line : lines) {
        expect(platform::clean(line, line.size()) == line, "a line that a terminal obeys");
    }
    return 0;
}
