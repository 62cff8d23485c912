// The bridge's page through its port, as a browser asks for it.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/loop/bridge/local_fixture.hpp"

namespace bridge::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

/// The two devices of the fixture, and the fleet's own record of them. No channel is joined.
class LocalPage : public LocalSide {
  protected:
    LocalPage() {
        fleet.offer(far_first, first.secret);
        fleet.offer(far_second, second.secret);
        port_.page = &page;
        port_.rules.page_secret = "01234567-4455-6677-8899-aabbccddeeff";
    }
    std::string root() const { return "/" + port_.rules.page_secret; }
    static Identity somebody() {
        Identity identity;
        identity.credential.access_token = platform::Secret{std::string_view{"token"}};
        identity.credential.origin = credentials::Origin::ephemeral;
        return identity;
    }
    static std::string header(const HttpAnswer& answer, const char* name) { return std::string(answer[name]); }

    Controller controller{io.get_executor(), somebody()};
    Fleet fleet{controller, nullptr};
    PageServer page{fleet};
    FarOnDemand far_first{
        controller.far_needs(), {"6f1c0000-1111-4111-8111-111111111111", "lab"}, FarOnDemand::Join::while_used};
    FarOnDemand far_second{
        controller.far_needs(), {"6f1c0000-1111-4111-8111-222222222222", "shop"}, FarOnDemand::Join::while_used};
};

TEST_F(LocalPage, ServesItsFilesWithHeadersThatKeepThePageToItself) {
    serve();
    for (const auto& [path, type] :
         {std::pair{"/", "text/html"}, {"/page.css", "text/css"}, {"/app.js", "text/javascript"}}) {
        const auto answer = get(root() + path);
        EXPECT_EQ(answer.result_int(), 200u) << path;
        EXPECT_THAT(header(answer, "Content-Type"), HasSubstr(type));
        EXPECT_THAT(header(answer, "Content-Security-Policy"), HasSubstr("connect-src 'self' ws://" + host()));
        EXPECT_THAT(header(answer, "Content-Security-Policy"), HasSubstr("frame-ancestors 'none'"));
        EXPECT_EQ(header(answer, "Referrer-Policy"), "no-referrer");
        EXPECT_EQ(header(answer, "X-Content-Type-Options"), "nosniff");
        EXPECT_EQ(header(answer, "Cache-Control"), "no-store");
    }
    EXPECT_EQ(get(root() + "/nothing.js").result_int(), 404u);
    EXPECT_EQ(get(root() + "/json").result_int(), 404u) << "of which device";
    EXPECT_EQ(ask(http::verb::post, root() + "/").result_int(), 405u);
    EXPECT_EQ(get(root() + "/", {{"Host", "evil.example"}}).result_int(), 500u);
    EXPECT_EQ(open(root() + "/").status, 404) << "it is no WebSocket";
}

TEST_F(LocalPage, AnAddressWithoutItsSlashLeadsToIt) {
    serve();
    const auto answer = get(root());
    EXPECT_EQ(answer.result_int(), 307u);
    EXPECT_EQ(header(answer, "Location"), root() + "/");
}

TEST_F(LocalPage, ShowsAllDevicesBelowItsOwnSecretAndOneBelowThatOnes) {
    serve();
    const auto all = json::parse(get(root() + "/devices.json").body())["devices"];
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0]["name"], "lab");
    EXPECT_EQ(all[0]["state"], "unknown");
    EXPECT_EQ(all[0]["socket"], first.browser());
    const auto one = get("/" + second.secret + "/devices.json").body();
    ASSERT_EQ(json::parse(one)["devices"].size(), 1u);
    EXPECT_EQ(json::parse(one)["devices"][0]["name"], "shop");
    EXPECT_EQ(one.find(first.secret), std::string::npos) << "a device's address leads to no other one";
    EXPECT_EQ(get("/" + second.secret + "/").result_int(), 200u);
    EXPECT_EQ(get("/devices.json").result_int(), 403u);
}

TEST_F(LocalPage, WhyAClientWasRefusedIsOnThePage) {
    serve();
    fleet.note_refusal(second.secret, "The far machine's policy forbids it.");
    const auto all = json::parse(get(root() + "/devices.json").body())["devices"];
    EXPECT_EQ(all[0]["refusal"], nullptr);
    EXPECT_EQ(all[1]["refusal"], "The far machine's policy forbids it.");
}

TEST_F(LocalPage, AnOpenPortNeedsNoSecretForIt) {
    serve(true);
    EXPECT_EQ(get("/").result_int(), 200u);
    EXPECT_EQ(json::parse(get("/devices.json").body())["devices"].size(), 1u);
    EXPECT_EQ(json::parse(get("/json/list").body())[0]["id"], "AB") << "Chrome's own paths stay the browser's";
    EXPECT_EQ(get("/devices.json", {{"Host", "evil.example"}}).result_int(), 500u);
}

}  // namespace
}  // namespace bridge::test
