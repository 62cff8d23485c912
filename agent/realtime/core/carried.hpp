// What the server passes on. With vsn 2.0.0 a broadcast is binary and passes as bytes. With vsn 1.0.0 the server reads
// each frame with a JSON parser and writes it anew: a frame that the parser refuses is dropped without an answer.
#pragma once

#include <string_view>

#include "agent/realtime/core/frame.hpp"

namespace realtime {

/// Why the server would drop a broadcast with `json` in it, as part of a sentence: "an unpaired surrogate". Empty: it
/// passes it on. `json` is valid JSON by platform::check_json(), or a result of the browser's.
std::string_view uncarried(Vsn vsn, std::string_view json) noexcept;

/// Whether the server takes broadcasts of bytes, and hands them on. A socket of vsn 1.0.0 is given none.
constexpr bool carries_bytes(Vsn vsn) noexcept {
    return vsn == Vsn::v2;
}

}  // namespace realtime
