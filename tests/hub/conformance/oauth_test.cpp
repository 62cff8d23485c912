// The OAuth side, by real requests: what a client that keeps the rules gets, and what one that breaks them does not.
#include <openssl/evp.h>

#include <array>
#include <regex>

#include "tests/hub/conformance/served_hub.hpp"
#include "tests/hub/oauth.hpp"

namespace hub {
namespace {

using conformance::Arrival;

// RFC 7636, appendix B.
constexpr auto verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr auto challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
constexpr auto redirect = "http://127.0.0.1:4711/callback";
constexpr auto ada = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";

class OAuthTest : public conformance::ServedHub {
  protected:
    Arrival post(const std::string& target, const std::string& form) {
        return call("POST", target, "Content-Type: application/x-www-form-urlencoded\r\n", form);
    }
    Arrival get(const std::string& target) { return call("GET", target, "", ""); }

    std::string register_client() {
        const auto reply = call("POST", "/oauth/register", "Content-Type: application/json\r\n",
                                R"({"client_name":"agent <b>","redirect_uris":["http://127.0.0.1/callback"]})");
        EXPECT_EQ(reply.status, 201U);
        return Json::parse(reply.data)["client_id"];
    }
    std::string authorize_target(const std::string& client, const std::string& more = "") {
        return fmt::format(
            "/oauth/"
            "authorize?response_type=code&client_id={}&redirect_uri={}&state=s%261&code_challenge={}&code_challenge_"
            "method=S256{}",
            client, percent_encoded(redirect), challenge, more);
    }
    /// What the person's browser does; the address it is sent to.
    std::map<std::string, std::string> login(const std::string& client, const std::string& decision = "allow") {
        const auto page = get(authorize_target(client));
        EXPECT_EQ(page.status, 200U);
        std::smatch match;
        EXPECT_TRUE(std::regex_search(page.data, match, std::regex{"name=\"request\" value=\"([^\"]+)\""}));
        const auto answer =
            post("/oauth/consent", fmt::format("request={}&account={}&decision={}", match[1].str(), ada, decision));
        EXPECT_EQ(answer.status, 302U);
        std::smatch where;
        EXPECT_TRUE(std::regex_search(answer.head, where,
                                      std::regex{"location: http://127\\.0\\.0\\.1:4711/callback\\?([^\r]+)"}))
            << answer.head;
        return parse_form(where[1].str());
    }
    Arrival exchange(const std::string& client, const std::string& code, const std::string& with = verifier) {
        return post("/oauth/token",
                    fmt::format("grant_type=authorization_code&code={}&client_id={}&redirect_uri={}&code_verifier={}",
                                code, client, percent_encoded(redirect), with));
    }
    Arrival refresh(const std::string& client, const std::string& token) {
        return post("/oauth/token",
                    fmt::format("grant_type=refresh_token&refresh_token={}&client_id={}", token, client));
    }
};

TEST_F(OAuthTest, MetadataNamesTheIssuerAndWhatIsOffered) {
    const auto resource = Json::parse(get("/.well-known/oauth-protected-resource").data);
    EXPECT_EQ(resource["authorization_servers"][0], hub.base());
    const auto server = Json::parse(get("/.well-known/oauth-authorization-server").data);
    EXPECT_EQ(server["issuer"], hub.base());
    EXPECT_EQ(server["code_challenge_methods_supported"], Json::array({"S256"}));
    EXPECT_FALSE(server.contains("device_authorization_endpoint")) << "the device grant is off by default";
}

TEST_F(OAuthTest, ALoginGivesATokenThatRealtimeTakes) {
    const auto client = register_client();
    auto back = login(client);
    EXPECT_EQ(back["state"], "s&1");
    EXPECT_EQ(back["iss"], hub.base());
    const auto tokens = Json::parse(exchange(client, back["code"]).data);
    const auto verdict = hub.tenant().judge(tokens["access_token"].get<std::string>());
    EXPECT_EQ(verdict.fault, TokenFault::none);
    EXPECT_EQ(verdict.claims["sub"], ada);
    EXPECT_EQ(verdict.claims["email"], "ada@example.com");
    const auto who = call("GET", "/oauth/userinfo",
                          "Authorization: Bearer " + tokens["access_token"].get<std::string>() + "\r\n", "");
    EXPECT_EQ(Json::parse(who.data)["name"], "Ada");
}

TEST_F(OAuthTest, TheConsentPageEscapesNamesAndMayBeDenied) {
    const auto client = register_client();
    const auto page = get(authorize_target(client));
    EXPECT_NE(page.data.find("agent &lt;b&gt;"), std::string::npos);
    EXPECT_EQ(login(client, "deny")["error"], "access_denied");
}

TEST_F(OAuthTest, ACodeIsForOneClientOneVerifierAndOneUse) {
    const auto client = register_client();
    auto code = login(client)["code"];
    EXPECT_EQ(exchange(client, code, std::string(43, 'x')).status, 400U);
    EXPECT_EQ(exchange(register_client(), code).status, 400U);
    const auto tokens = Json::parse(exchange(client, code).data);
    EXPECT_EQ(exchange(client, code).status, 400U);
    EXPECT_EQ(refresh(client, tokens["refresh_token"]).status, 400U) << "a second use revokes what the first one gave";
    code = login(client)["code"];
    hub.clock().advance(seconds{61});
    EXPECT_EQ(exchange(client, code).status, 400U);
}

TEST_F(OAuthTest, AWrongRedirectIsNeverFollowed) {
    const auto client = register_client();
    auto target = authorize_target(client);
    target.replace(target.find("4711%2Fcallback"), 15, "4711%2Felsewhere");
    const auto reply = get(target);
    EXPECT_EQ(reply.status, 400U);
    EXPECT_EQ(reply.head.find("location"), std::string::npos);
    EXPECT_EQ(get(authorize_target("nobody")).status, 400U);
    const auto evil = call("POST", "/oauth/register", "", R"({"redirect_uris":["http://127.0.0.1.evil.example/"]})");
    EXPECT_EQ(evil.status, 400U);
}

TEST_F(OAuthTest, PlainPkceOrNoneIsRefused) {
    const auto client = register_client();
    auto target = authorize_target(client);
    target.replace(target.find("S256"), 4, "plain");
    EXPECT_NE(get(target).head.find("error=invalid_request"), std::string::npos);
}

TEST_F(OAuthTest, RefreshRotatesAndReuseBeyondTheWindowRevokesAll) {
    const auto client = register_client();
    const auto first = Json::parse(exchange(client, login(client)["code"]).data)["refresh_token"].get<std::string>();
    const auto second = Json::parse(refresh(client, first).data)["refresh_token"].get<std::string>();
    EXPECT_NE(first, second);
    hub.clock().advance(seconds{9});
    EXPECT_EQ(refresh(client, first).status, 200U) << "within ten seconds a lost answer may be asked for again";
    hub.clock().advance(seconds{2});
    EXPECT_EQ(refresh(client, first).status, 400U);
    EXPECT_EQ(refresh(client, second).status, 400U) << "reuse revokes the family";
    EXPECT_EQ(hub.oauth().counters().families_revoked, 1U);
}

TEST_F(OAuthTest, RevocationEndsTheFamilyAndAnswersUnknownTokensAlike) {
    const auto client = register_client();
    const auto token = Json::parse(exchange(client, login(client)["code"]).data)["refresh_token"].get<std::string>();
    EXPECT_EQ(post("/oauth/revoke", "token=nonsense").status, 200U);
    EXPECT_EQ(post("/oauth/revoke", "token=" + token).status, 200U);
    EXPECT_EQ(refresh(client, token).status, 400U);
}

TEST_F(OAuthTest, AnAnswerThatIsCutHasStillRotated) {
    const auto client = register_client();
    const auto token = Json::parse(exchange(client, login(client)["code"]).data)["refresh_token"].get<std::string>();
    hub.oauth().faults().cut_refresh_reply = true;
    EXPECT_EQ(refresh(client, token).kind, Arrival::Kind::end);
    hub.oauth().faults().cut_refresh_reply = false;
    EXPECT_EQ(refresh(client, token).status, 200U);
    EXPECT_EQ(hub.oauth().counters().reuses, 1U);
}

TEST_F(OAuthTest, DeviceGrantAsksForPatience) {
    const auto client = register_client();
    EXPECT_EQ(post("/oauth/device_authorization", "client_id=" + client).status, 400U);
    hub.tenant().settings().device_grant = true;
    const auto grant = Json::parse(post("/oauth/device_authorization", "client_id=" + client).data);
    const auto poll = [&] {
        return Json::parse(
            post("/oauth/token",
                 fmt::format(
                     "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code={}&client_id={}",
                     grant["device_code"].get<std::string>(), client))
                .data);
    };
    EXPECT_EQ(poll()["error"], "authorization_pending");
    EXPECT_EQ(poll()["error"], "slow_down");
    hub.clock().advance(seconds{6});
    EXPECT_EQ(poll()["error"], "slow_down") << "the interval has grown to ten seconds";
    const auto user_code = grant["user_code"].get<std::string>();
    EXPECT_EQ(get("/oauth/device?user_code=" + user_code).status, 200U);
    EXPECT_EQ(post("/oauth/device", fmt::format("user_code={}&account={}&decision=allow", user_code, ada)).status,
              200U);
    hub.clock().advance(seconds{16});
    EXPECT_EQ(poll()["token_type"], "bearer");
    EXPECT_EQ(poll()["error"], "invalid_grant");
}

}  // namespace
}  // namespace hub
