// Requests of a pairing: asked again after trouble that may pass, and what an answer means that is not what was asked
// for.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "agent/pairing/polling.hpp"
#include "agent/realtime/core/failure.hpp"
#include "platform/http/http.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace pairing {

/// `network` outlives the calls.
struct AskNeeds {
    platform::Worker& network;
    platform::NetOptions net;
    std::function<void(std::string_view)> say = {};  // of the waits, for people; empty: nothing is said
};

/// Sends the request, and again after trouble (Patience): a server in trouble, a limit, a connection that broke.
awaitable<platform::NetResult<platform::http::Response>> ask_patiently(AskNeeds needs, platform::http::Request request);

/// As credentials::ask_token, and again after trouble.
awaitable<credentials::TokenAnswer> ask_token_patiently(AskNeeds needs, std::string url, credentials::Form form);

/// An answer that is not what was asked for: the sentence goes on behind the name of who answered.
realtime::Judgement judge_answer(const platform::http::Response& response);

}  // namespace pairing
