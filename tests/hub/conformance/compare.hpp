// Whether the hub's answer is the recorded one: times aside, and ids mapped one to one as they appear.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/hub/conformance/peer.hpp"
#include "tests/hub/conformance/trace.hpp"

namespace conformance {

class Comparer {
  public:
    bool same_text(const std::string& expected, const std::string& actual);
    bool same_binary(const std::string& expected, const std::string& actual);
    /// One arrival against a recorded line of kind text, binary, pong, close or http.
    bool same(const Line& line, const Arrival& arrival);

  private:
    bool same_json(const Json& expected, const Json& actual, const std::string& key);
    bool same_object(const Json& expected, const Json& actual);
    bool mapped(const std::string& expected, const std::string& actual);
    bool same_http(const Line& line, const Arrival& arrival);

    std::map<std::string, std::string> ours_, theirs_;  ///< ids: recorded -> hub's, and back
};

}  // namespace conformance
