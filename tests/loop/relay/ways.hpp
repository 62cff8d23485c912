// Ways to a place that the protocol offers, from the browser's own description of it: every command, with the place in
// every parameter that may hold text. What a new Chromium brings is tried by itself.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace relay::test {

using nlohmann::json;

struct Way {
    std::string method;
    json params;
};

class Ways {
  public:
    /// `known`: values of parameters by their names (`frameId`), so that commands go as far as they can.
    Ways(const json& protocol, std::map<std::string, json> known);

    /// The names of the domains, in the browser's order.
    std::vector<std::string> domains() const;

    /// The ways of one domain to one place: with the place in one parameter at a time, and in all at once.
    std::vector<Way> to(const std::string& domain, const std::string& place) const;

    void know(const std::string& name, json value) { known_[name] = std::move(value); }

  private:
    /// Deeper than this nothing is filled in: some types hold themselves.
    static constexpr int max_depth = 4;

    json value_of(const std::string& domain, const json& type, const std::string& place, int depth) const;
    json object_of(const std::string& domain, const json& members, const std::string& place, bool all, int depth) const;
    bool takes_text(const std::string& domain, const json& type, int depth) const;
    const json& resolve(std::string& domain, const json& type) const;

    const json& protocol_;
    std::map<std::string, const json*> types_;
    std::map<std::string, json> known_;
};

}  // namespace relay::test
