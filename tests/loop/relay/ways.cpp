#include "ways.hpp"

#include <utility>

namespace relay::test {

Ways::Ways(const json& protocol, std::map<std::string, json> known) : protocol_{protocol}, known_{std::move(known)} {
    for (const auto& domain : protocol_["domains"]) {
        if (!domain.contains("types")) continue;
        for (const auto& type : domain["types"]) {
            types_[domain["domain"].get<std::string>() + '.' + type["id"].get<std::string>()] = &type;
        }
    }
}

std::vector<std::string> Ways::domains() const {
    std::vector<std::string> names;
    for (const auto& domain : protocol_["domains"]) names.push_back(domain["domain"]);
    return names;
}

/// The type itself where a reference stands; `domain` becomes that of the type.
const json& Ways::resolve(std::string& domain, const json& type) const {
    if (!type.contains("$ref")) return type;
    std::string name = type["$ref"];
    if (name.find('.') == std::string::npos) name = domain + '.' + name;
    const auto found = types_.find(name);
    if (found == types_.end()) return type;
    domain = name.substr(0, name.find('.'));
    return *found->second;
}

bool Ways::takes_text(const std::string& domain, const json& type, int depth) const {
    std::string its_domain = domain;
    const json& it = resolve(its_domain, type);
    const std::string kind = it.value("type", "any");
    if (kind == "any" || (kind == "string" && !it.contains("enum"))) return true;
    if (depth == max_depth) return false;
    if (kind == "array") return takes_text(its_domain, it["items"], depth + 1);
    if (kind != "object" || !it.contains("properties")) return false;
    for (const auto& member : it["properties"]) {
        if (takes_text(its_domain, member, depth + 1)) return true;
    }
    return false;
}

json Ways::value_of(const std::string& domain, const json& type, const std::string& place, int depth) const {
    std::string its_domain = domain;
    const json& it = resolve(its_domain, type);
    const std::string kind = it.value("type", "any");
    if (it.contains("enum")) return it["enum"].front();
    if (kind == "string" || kind == "any" || kind == "binary") return place;
    if (kind == "boolean") return true;
    if (kind == "integer" || kind == "number") return 1;
    if (kind == "array") {
        json all = json::array();
        all.push_back(depth < max_depth ? value_of(its_domain, it["items"], place, depth + 1) : json(place));
        return all;
    }
    if (!it.contains("properties") || depth == max_depth) return json::object();
    return object_of(its_domain, it["properties"], place, true, depth + 1);
}

json Ways::object_of(const std::string& domain, const json& members, const std::string& place, bool all,
                     int depth) const {
    json object = json::object();
    for (const auto& member : members) {
        const std::string name = member["name"];
        const auto known = known_.find(name);
        if (!all && member.value("optional", false)) continue;
        object[name] = known != known_.end() ? known->second : value_of(domain, member, place, depth);
    }
    return object;
}

std::vector<Way> Ways::to(const std::string& domain, const std::string& place) const {
    std::vector<Way> found;
    for (const auto& it : protocol_["domains"]) {
        if (it["domain"] != domain || !it.contains("commands")) continue;
        for (const auto& command : it["commands"]) {
            const std::string method = domain + '.' + command["name"].get<std::string>();
            const json members = command.value("parameters", json::array());
            const json least = object_of(domain, members, place, false, 0);
            found.push_back({method, least});
            found.push_back({method, object_of(domain, members, place, true, 0)});
            for (const auto& member : members) {
                if (!takes_text(domain, member, 0)) continue;
                json params = least;
                params[member["name"].get<std::string>()] = value_of(domain, member, place, 0);
                found.push_back({method, std::move(params)});
            }
        }
    }
    return found;
}

}  // namespace relay::test
