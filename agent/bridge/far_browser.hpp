// The far browser as the near side of the bridge sees it: one device, reached over its channel. Clients of it speak the
// whole protocol (contract, "Clients"); single commands go beside them.
//
// One thread, the loop's. The FarBrowser outlives the clients that it opened.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/bridge/core/client_end.hpp"
#include "agent/bridge/progress.hpp"
#include "platform/core/time_point.hpp"
#include "platform/net.hpp"

namespace bridge {

/// Hears one client. Called on the loop, never during FarBrowser::open() or FarClient::send(); may destroy the
/// FarClient.
class ClientListener {
  public:
    /// Once, before the first message.
    virtual void on_open() = 0;
    /// A message of the browser's, JSON text of an object as Chrome wrote it. The view is valid during the call.
    virtual void on_message(std::string_view message) = 0;
    /// The last call. `sentence` is for a person: what happened and what to do.
    virtual void on_end(ClientEnd end, std::string_view sentence) = 0;

  protected:
    ~ClientListener() = default;
};

/// One client of the far browser. Its destruction sends Agent.close, and the far agent ends what belonged to it.
class FarClient {
  public:
    virtual ~FarClient() = default;

    /// A message as a client writes it to Chrome's socket: JSON text of an object in valid UTF-8. It may be sent before
    /// on_open(). False: there is no room for it, and the client is about to end.
    virtual bool send(std::string_view message) = 0;

    /// What the far agent calls it, for commands that are about a client. Empty before on_open().
    virtual const std::string& name() const noexcept = 0;
};

struct OpenWish {
    std::string target = {};  // the page that the client's socket is about; empty: the whole browser
    std::string label = {};   // shown at the far agent
    bool exclusive = false;
};

/// One command beside all clients, and what came back.
struct Call {
    std::string method;
    std::string params = {};   // JSON text of an object; empty: none
    std::string session = {};  // empty: the far agent chooses by the method
    Duration timeout = std::chrono::seconds{30};
    /// Harmless if carried out twice: sent again if the link was lost before the server acknowledged the command.
    bool repeatable = false;
    /// Nothing else is asked of that far browser by this end.
    bool last = false;
    /// For a result that is read in pieces.
    ShowTransfer show = {};
};
struct Answer {
    bool ok = false;
    std::string result = {};  // JSON text, whole: one beyond the payload limit was read in pieces
    std::string error = {};   // JSON text of the error object, where not ok: {code, message, data?}
};

class FarBrowser {
  public:
    virtual std::unique_ptr<FarClient> open(const OpenWish& wish, ClientListener& listener) = 0;
    /// Every failure is an Answer that is not ok; `data.source` is "bridge" if the far agent was not reached or did not
    /// answer in time.
    virtual awaitable<Answer> call(Call call) = 0;

  protected:
    ~FarBrowser() = default;
};

}  // namespace bridge
