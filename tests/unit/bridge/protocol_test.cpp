// The protocol's description that the bridge brings: what clients make of it, and that it was made small.
#include "agent/bridge/protocol.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

namespace bridge {
namespace {

void expect_no_descriptions(const nlohmann::json& value) {
    const bool described = value.is_object() && value.contains("description") && value["description"].is_string();
    EXPECT_FALSE(described);
    for (const auto& part : value) {
        if (part.is_structured()) expect_no_descriptions(part);
    }
}

TEST(Protocol, IsChromesDescriptionWithoutTheWordsForPeople) {
    const auto tree = nlohmann::json::parse(protocol_description(), nullptr, false);
    ASSERT_TRUE(tree.is_object());
    EXPECT_EQ(tree["version"]["major"], "1");
    std::set<std::string> domains;
    for (const auto& domain : tree["domains"]) domains.insert(domain["domain"]);
    for (const auto* domain : {"Browser", "DOM", "Input", "Network", "Page", "Runtime", "Target"}) {
        EXPECT_TRUE(domains.contains(domain)) << domain;
    }
    expect_no_descriptions(tree);
}

}  // namespace
}  // namespace bridge
