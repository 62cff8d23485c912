// How many bytes the server counts for a broadcast: the size of the decoded Erlang term, not of the JSON text.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace hub {

/// erlang:external_size of a decoded JSON value.
std::size_t external_size(const nlohmann::json& value);

/// The same of a kind-3 push's tuple {event, encoding, payload, metadata}, metadata being empty.
std::size_t external_size(std::string_view event, bool json_encoding, std::size_t payload_bytes);

}  // namespace hub
