// Scripts that a controller registers for new documents, written so that they run only where a page may be read.
//
// Nobody can take a registered script back in time: a document's scripts run before the agent hears that the page has
// moved. So each is registered behind a gate, which the browser itself asks in each document. The gate is a script that
// runs first, in the same world; where the document stands at a refused place it defines a global name for good. The
// controller's script is given a last line that declares this name with `let`: there, and only there, that is a
// conflict, and a script with a conflict is refused as a whole, its hoisted functions included. Elsewhere the line
// leaves a name that nobody sees.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay {

struct GatedScript {
    std::string gate_params;  // of the Page.addScriptToEvaluateOnNewDocument to send first, in the same session
    std::string params;       // of the controller's own command
};

/// `method` is Page.addScriptToEvaluateOnNewDocument or Page.addScriptToEvaluateOnLoad; `serial` differs from call to
/// call; `allow_urls` is the owner's list. Nothing where the params hold no script: Chrome says what is wrong.
std::optional<GatedScript> gate_script(std::string_view method, std::string_view params, std::uint64_t serial,
                                       const std::vector<std::string>& allow_urls);

}  // namespace relay
