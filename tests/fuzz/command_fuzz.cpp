// Whatever comes over the channel is a command that can be forwarded and answered, or is refused with an answer.
#include <string>

#include "agent/relay/core/command.hpp"
#include "agent/relay/core/result.hpp"
#include "agent/relay/core/route.hpp"
#include "expect.hpp"
#include "platform/json/core/slice.hpp"

using fuzz::expect;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view payload = fuzz::text_of(data, size);
    static relay::CommandReader reader;  // reused, as the router does: nothing may stick
    if (!reader.read(payload)) {
        const auto& wrong = reader.unreadable();
        const std::string answer = relay::write_refusal(wrong.id, relay::Reason::bad_request, wrong.message);
        expect(!wrong.message.empty(), "a refusal without a reason");
        expect(answer.size() <= relay::max_refusal_bytes, "a refusal beyond the room kept for it");
        // Broken UTF-8 may only be in an id that was not read.
        expect(platform::check_json(answer).ok(), "a refusal is not JSON");
        return 0;
    }
    const relay::Command& command = reader.command();
    expect(relay::is_method_name(command.method), "a method that is none");
    expect(command.session.size() <= relay::max_session_bytes, "a session that is too long");
    expect(fuzz::inside(command.params, payload), "params lie outside the payload");
    expect(command.params.empty() || platform::check_json(command.params).ok(), "params were not checked");
    expect(command.params.empty() || command.params.front() == '{', "params are no object");
    const std::string answer = relay::write_result(command.id, "{}");
    expect(platform::check_json(answer).ok(), "an answer is not JSON");
    std::string_view id;
    platform::for_each_member(answer, [&](std::string_view key, std::string_view value) {
        if (key == "id") id = value;
        return true;
    });
    expect(id == command.id, "the id did not come back");
    relay::route(command);
    return 0;
}
