// devices.json, which the bridge's page reads: what is known of each device. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bridge {

enum class DeviceState : std::uint8_t {
    unknown,      // the backend shows no presence, and the agent was not asked yet
    offline,      // its agent is not there
    online,       // its agent is there, and was not asked yet
    ready,        // its browser answers
    no_browser,   // its agent answers, and has no browser at the moment
    consent,      // likewise, since the person at the browser has to allow it
    paused,       // a person has taken the machine for a while
    taken,        // a client has the browser for itself
    unreachable,  // its channel cannot be joined, or its agent refuses or does not answer
};
std::string_view word_of(DeviceState state) noexcept;

/// What an agent says of itself by Agent.getInfo.
struct InfoText {
    std::string version = {};               // of the agent
    std::string browser = {};               // its product; empty: there is none now
    std::string why_none = {};              // a sentence; empty: there is one, or the agent does not say
    bool asks_person = false;               // who has to allow it, or has not done so
    std::vector<std::string> drivers = {};  // what its clients are called
};
/// Texts as they came, cut. Members that are missing or of another type stay empty.
InfoText read_info(std::string_view result);

/// The answer to an Agent.getInfo.
struct AskedAgent {
    bool ok = false;
    InfoText info = {};       // where ok
    std::string source = {};  // else: who refused, "agent" or "bridge"
    std::string reason = {};  // such as "busy"
    std::string message = {};
};
AskedAgent read_asked(bool ok, std::string_view result, std::string_view error);

/// All that decides the state of a device. Views outlive the call.
struct Evidence {
    std::optional<bool> present = {};      // in presence; nothing: presence is not shown
    std::string_view barred = {};          // why its channel cannot be joined; empty: nothing says so
    const AskedAgent* answered = nullptr;  // since it was last seen to come or go; null: it was not asked
};
struct Judged {
    DeviceState state = DeviceState::unknown;
    std::string sentence = {};  // why, for a person; may be empty
};
Judged judge_device(const Evidence& evidence);

struct DeviceCard {
    std::string uuid = {};
    std::string name = {};
    Judged judged = {};
    InfoText info = {};
    std::string secret = {};                         // of its addresses
    std::string refusal = {};                        // the last sentence about a client of it that was refused or ended
    std::optional<std::int64_t> last_seen = {};      // Unix seconds
    std::optional<std::int64_t> looking_since = {};  // likewise: looked at since then without a break
    bool connected = false;                          // a client of this bridge is open
    std::uint64_t payload_bytes = 0;                 // of one broadcast; 0: not known yet
    std::optional<double> pace = {};                 // broadcasts a second, 0: any number; nothing: not known yet
};
/// `problem`: why the list may not be whole: a sentence, or empty.
std::string write_devices(const std::vector<DeviceCard>& devices, std::string_view version, std::string_view problem);

}  // namespace bridge
