// The REST subset and the device token, by real requests.
#include "tests/hub/conformance/served_hub.hpp"

namespace hub {
namespace {

using conformance::Arrival;

constexpr auto uuid = "6f1c0000-1111-4111-8111-111111111111", other_uuid = "6f1c0000-2222-4222-8222-222222222222";
constexpr auto owner = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";

class RestTest : public conformance::ServedHub {
  protected:
    Arrival call(const std::string& method, const std::string& target, const std::string& token,
                 const Json& body = nullptr, const std::string& prefer = "return=representation") {
        const auto head =
            fmt::format("apikey: {}\r\nAuthorization: Bearer {}\r\nPrefer: {}\r\nContent-Type: application/json\r\n",
                        hub.anon_key(), token, prefer);
        return ServedHub::call(method, target, head, body.is_null() ? "" : body.dump());
    }

    std::string user = hub.user_token(owner), device = hub.device_token(uuid),
                stranger = hub.user_token("bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb");
};

TEST_F(RestTest, RegistersADeviceOnceAndNamesAreUnique) {
    const Json row{{"uuid", uuid}, {"name", "lab 1"}, {"os", "linux"}};
    EXPECT_EQ(call("POST", "/rest/v1/devices", user, row).status, 201U);
    EXPECT_EQ(call("POST", "/rest/v1/devices", user, row).status, 409U);
    const auto merged = call("POST", "/rest/v1/devices?on_conflict=uuid", user, row,
                             "resolution=merge-duplicates,return=representation");
    EXPECT_EQ(merged.status, 201U);
    EXPECT_EQ(Json::parse(merged.data)[0]["owner"], owner);
    const auto taken = call("POST", "/rest/v1/devices", stranger, {{"uuid", other_uuid}, {"name", "lab 1"}});
    EXPECT_EQ(taken.status, 409U);
    EXPECT_EQ(Json::parse(taken.data)["code"], "23505");
    EXPECT_NE(taken.data.find("devices_name_key"), std::string::npos);
}

TEST_F(RestTest, ShowsADeviceToItsOwnerAndToItself) {
    call("POST", "/rest/v1/devices", user, {{"uuid", uuid}, {"name", "lab 1"}});
    const auto target = std::string{"/rest/v1/devices?select=*&uuid=eq."} + uuid;
    EXPECT_EQ(Json::parse(call("GET", target, user).data).size(), 1U);
    EXPECT_EQ(Json::parse(call("GET", target, device).data).size(), 1U);
    EXPECT_EQ(Json::parse(call("GET", target, stranger).data).size(), 0U);
    EXPECT_EQ(Json::parse(call("GET", target, hub.anon_key()).data).size(), 0U);
    EXPECT_EQ(call("GET", target, "x.y.z").status, 401U);
}

TEST_F(RestTest, RenamesAndDeletes) {
    call("POST", "/rest/v1/devices", user, {{"uuid", uuid}, {"name", "lab 1"}});
    call("POST", "/rest/v1/devices", user, {{"uuid", other_uuid}, {"name", "lab 2"}});
    const auto target = std::string{"/rest/v1/devices?uuid=eq."} + uuid;
    EXPECT_EQ(call("PATCH", target, user, {{"name", "lab 2"}}).status, 409U);
    EXPECT_EQ(Json::parse(call("PATCH", target, user, {{"name", "lab 3"}}).data)[0]["name"], "lab 3");
    EXPECT_EQ(Json::parse(call("DELETE", target, stranger).data).size(), 0U);
    EXPECT_EQ(Json::parse(call("DELETE", target, device).data).size(), 1U);
    EXPECT_EQ(Json::parse(call("GET", target, user).data).size(), 0U);
}

TEST_F(RestTest, EffectiveSettingsAreTheDevicesOverTheGlobalOnes) {
    call("POST", "/rest/v1/devices", user, {{"uuid", uuid}, {"name", "lab 1"}});
    const auto path = "/rest/v1/rpc/effective_settings_for_device";
    call("POST", "/admin/settings", "", {{"global", {{"a", 1}, {"b", 2}}}, {"device", uuid}, {"settings", {{"b", 3}}}});
    EXPECT_EQ(Json::parse(call("POST", path, device, {{"p_device_uuid", uuid}}).data), (Json{{"a", 1}, {"b", 3}}));
    EXPECT_TRUE(Json::parse(call("POST", path, stranger, {{"p_device_uuid", uuid}}).data).is_null());
}

TEST_F(RestTest, ExchangesAUsersTokenForADeviceToken) {
    call("POST", "/rest/v1/devices", user, {{"uuid", uuid}, {"name", "lab 1"}});
    const auto path = "/functions/v1/device-token";
    const auto reply = call("POST", path, user, {{"device_uuid", uuid}});
    ASSERT_EQ(reply.status, 200U);
    const auto token = Json::parse(reply.data)["access_token"].get<std::string>();
    EXPECT_EQ(hub.tenant().judge(token).claims["device_uuid"], uuid);
    EXPECT_EQ(call("POST", path, stranger, {{"device_uuid", uuid}}).status, 403U);
    EXPECT_EQ(call("POST", path, "", {{"device_uuid", uuid}}).status, 401U);
    EXPECT_EQ(call("POST", path, user, Json::object()).status, 400U);
}

TEST_F(RestTest, AClaimOfTheWrongTypeIsA401EverywhereAndNoEnd) {
    hub.tenant().settings().upgrade_penalty = {};
    const auto now = static_cast<std::int64_t>(hub.clock().wall());
    for (const auto* name : {"role", "sub", "device_uuid", "session_id", "access"}) {
        for (const auto& value : {Json(5), Json(true), Json::array({"a"}), Json::object()}) {
            auto claims = user_claims(owner, now, 3600);
            claims[name] = value;
            const auto token = hub.tenant().sign(claims);
            for (const auto* target : {"/rest/v1/devices", "/functions/v1/device-token"}) {
                EXPECT_EQ(call("POST", target, token, {{"device_uuid", uuid}}).status, 401U) << claims.dump();
            }
            const auto upgrade = ServedHub::call(
                "GET", "/realtime/v1/websocket?vsn=2.0.0&apikey=" + token,
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
                "dGhlIHNhbXBsZSBub25jZQ==\r\n",
                "");
            EXPECT_EQ(upgrade.status, 401U) << claims.dump();
        }
    }
    EXPECT_EQ(call("GET", "/rest/v1/devices", user).status, 200U) << "it goes on";
}

TEST_F(RestTest, AClockThatIsSetBackIsNoTroubleOfTheDatabase) {
    hub.clock().advance(-std::chrono::hours{24 * 365});
    EXPECT_TRUE(hub.tenant().database_usable());
    const auto before = hub.clock().now();
    hub.clock().advance(-std::chrono::hours{1});
    EXPECT_GE(hub.clock().now(), before) << "seconds are counted on";
    hub.clock().freeze(1'000'000);
    hub.clock().advance(-std::chrono::seconds{10});
    EXPECT_EQ(hub.clock().wall(), 999'990);
    EXPECT_TRUE(hub.tenant().database_usable());
}

}  // namespace
}  // namespace hub
