// The messages of the DevTools protocol as bytes: what goes out is written here, what comes in is told apart here.
// Nothing is parsed into a tree; all views are slices of the message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cdp {

/// One message from the browser.
struct Message {
    enum class Kind : std::uint8_t {
        result,      // `id` and `body`, the result object
        error,       // `id` (unless Chrome could not read ours) and `body`, the error object
        event,       // `method` and `body`, the params object (empty where there is none)
        unreadable,  // none of these
    };
    Kind kind = Kind::unreadable;
    bool has_id = false;
    std::int32_t id = 0;
    std::string_view method;
    std::string_view body;
    std::string_view session;  // empty: the connection's own
};

/// Tells what a message is. Chrome writes its keys in a fixed order and no white space (`id`, `result` or `error`,
/// `sessionId`; `method`, `params`, `sessionId`): that is seen from both ends without looking at the middle. What is
/// written otherwise is walked in full.
Message classify(std::string_view text);

/// The id of a reply of which only the beginning is there. False where there is none.
bool leading_id(std::string_view beginning, std::int32_t& id);

/// The pieces of a command around its params, which are not copied here. Reused from command to command.
struct Envelope {
    std::string head;  // {"id":7,"method":"Page.reload","params":
    std::string tail;  // ,"sessionId":"…"} or }

    /// `method` and `session` need no escaping (letters, digits and a dot). Empty params become no params.
    void write(std::int32_t id, std::string_view method, bool with_params, std::string_view session);
};

/// The most bytes that Envelope adds around method, params and session.
inline constexpr std::size_t envelope_overhead = 64;

}  // namespace cdp
