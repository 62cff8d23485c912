// Hosts that nothing leads to, in every spelling that a browser takes.
#include "agent/relay/core/policy_hosts.hpp"

#include <gtest/gtest.h>

#include "agent/relay/core/policy.hpp"

namespace {

using relay::HostRules;
using relay::Judgement;
using relay::Policy;
using relay::PolicySettings;
using Kind = Judgement::Kind;

bool refuses(std::string_view url, const HostRules& rules = {{}, {}, {}}) {
    EXPECT_EQ(rules.error(), "");
    return rules.refuses_url(url);
}

TEST(PolicyHosts, RefusesMetadataInEverySpelling) {
    for (const char* url : {
             "http://169.254.169.254/latest/meta-data/",
             "HTTP://169.254.169.254",
             " \tht\ntp://169.254.169.254/",
             "http:169.254.169.254/",
             "http:\\\\169.254.169.254\\",
             "http:/169.254.169.254/",
             "https://169.254.169.254:8443/",
             "ws://169.254.169.254/",
             "wss://169.254.169.254/",
             "blob:http://169.254.169.254/x",
             "http://user:pass@169.254.169.254/",
             "http://example.org@169.254.169.254/",
             "http://a@b@169.254.169.254/",
             "http://169.254.169.254./",
             "http://169.254.169.254?x",
             "http://169.254.169.254#x",
             "http://2852039166/",
             "http://0xa9fea9fe/",
             "http://0XA9FEA9FE/",
             "http://025177524776/",
             "http://0251.0376.0251.0376/",
             "http://0xa9.0xfe.0xa9.0xfe/",
             "http://169.0xfe.43518/",
             "http://169.16689662/",
             "http://169.254.43518/",
             "http://%31%36%39.254.169.254/",
             "http://169%2e254%2E169.254/",
             "http://\xEF\xBC\x91\xEF\xBC\x96\xEF\xBC\x99.254.169.254/",  // full-width digits
             "http://169\xE3\x80\x82"
             "254\xEF\xBC\x8E"
             "169\xEF\xBD\xA1"
             "254/",  // other dots
             "http://169.254.169.2\xC2\xAD"
             "54/",                                 // a soft hyphen
             "http://169.254.169.25\xE2\x81\xB4/",  // a superscript
             "http://\xE2\x91\xA0"
             "69.254.169.254/",  // a digit in a circle
             "http://%EF%BC%91%EF%BC%96%EF%BC%99.254.169.254/",
             "http://[::ffff:169.254.169.254]/",
             "http://[::ffff:a9fe:a9fe]/",
             "http://[::FFFF:A9FE:A9FE]:80/",
             "http://[0:0:0:0:0:ffff:a9fe:a9fe]/",
             "http://[::a9fe:a9fe]/",
             "http://[64:ff9b::a9fe:a9fe]/",
             "http://169.254.170.2/v2/credentials",
             "http://169.254.0.1/",
             "http://100.100.100.200/",
             "http://168.63.129.16/",
             "http://[fd00:ec2::254]/",
             "http://[FD00:0EC2:0:0:0:0:0:0254]/",
             "http://[fe80::1]/",
             "http://[febf::1]/",
             "http://metadata.google.internal/",
             "http://METADATA.Google.Internal./",
             "http://metadata%2Egoogle.internal/",
             "http://\xEF\xBD\x8D"
             "etadata.google.internal/",  // a full-width letter
             "http://metadata.goog/",
             "http://metadata/",
         }) {
        EXPECT_TRUE(refuses(url)) << url;
    }
}

TEST(PolicyHosts, LetsTheRestOfTheWebBe) {
    for (const char* url :
         {"http://example.org/", "https://169.253.255.255/", "https://169.255.0.1/", "http://10.0.0.1/",
          "http://127.0.0.1:8080/", "http://localhost/", "http://[::1]/", "http://[fec0::1]/",
          "http://metadata.google.internal.example.org/", "http://xmetadata.goog/", "http://m\xC3\xBCnchen.example/",
          "http://\xE4\xBE\x8B\xE3\x81\x88.jp/", "http://example.org/?u=http://169.254.169.254/",
          "data:text/html,169.254.169.254", "about:blank", "javascript:1", "http://169.254.169.254.example.org/"}) {
        EXPECT_FALSE(refuses(url)) << url;
    }
}

TEST(PolicyHosts, RefusesTheAgentsOwnPorts) {
    const HostRules rules{{}, {}, {9464, 0, 9222}};
    for (const char* url : {"http://127.0.0.1:9464/metrics", "http://127.1:9464/", "http://0:9464/",
                            "http://[::1]:9464/", "http://[::]:9464/", "http://localhost:9464/",
                            "http://a.localhost:9222/json", "ws://127.0.0.2:9222/devtools/browser/x",
                            "http://[::ffff:127.0.0.1]:9222/", "http://0x7f000001:9222/", "http://localhost.:9222/"}) {
        EXPECT_TRUE(refuses(url, rules)) << url;
    }
    for (const char* url : {"http://127.0.0.1:8080/", "http://127.0.0.1/", "http://10.0.0.1:9222/"}) {
        EXPECT_FALSE(refuses(url, rules)) << url;
    }
}

TEST(PolicyHosts, TakesTheOwnersPatterns) {
    const HostRules rules{{"*.ads.example", "10.0.0.0/9", "intern:8080", "[fd12::]/16", "2001:db8::/32"},
                          {"good.ads.example", "10.1.2.3", "169.254.7.0/24"},
                          {}};
    for (const char* url :
         {"http://x.ads.example/", "http://X.ADS.example.:81/", "http://10.127.0.1/", "http://0xa000001/",
          "http://intern:8080/", "http://[2001:db8::1]/", "http://169.254.169.254/"}) {
        EXPECT_TRUE(refuses(url, rules)) << url;
    }
    for (const char* url : {"http://ads.example/", "http://good.ads.example/", "http://10.128.0.1/", "http://10.1.2.3/",
                            "http://intern/", "http://169.254.7.9/"}) {
        EXPECT_FALSE(refuses(url, rules)) << url;
    }
    const HostRules only{{"*"}, {"app.example:443"}, {}};
    EXPECT_FALSE(refuses("https://app.example/", only));
    EXPECT_TRUE(refuses("http://app.example/", only));
    EXPECT_TRUE(refuses("https://other.example/", only));
}

TEST(PolicyHosts, SaysWhichPatternCannotBeRead) {
    for (const char* bad :
         {"", "a b", "http://x/", "10.0.0.0/33", "x/8", "a:b", "a:99999", "[::1", "1.2.3.4.5", "x,MAP"}) {
        EXPECT_NE(HostRules({bad}, {}, {}).error().find("policy.hosts_deny[0]"), std::string::npos) << bad;
    }
    EXPECT_NE(Policy({.hosts_allow = {"ok", ""}}).error().find("policy.hosts_allow[1]"), std::string::npos);
}

TEST(PolicyHosts, AreJudgedWhereverAUrlGoesIn) {
    const Policy policy{{}};
    const auto kind = [&](std::string_view method, std::string_view params) {
        return policy.judge({"1", method, params, {}, {}}, {}).kind;
    };
    for (const char* method :
         {"Page.navigate", "Target.createTarget", "Network.loadNetworkResource", "Fetch.continueRequest"}) {
        EXPECT_EQ(kind(method, R"({"url":"http://0xa9fea9fe/"})"), Kind::deny) << method;
        EXPECT_EQ(kind(method, R"({"url":"http://\u0031\u0036\u0039.254.169.254/"})"), Kind::deny) << method;
    }
    const char* context = "Target.createBrowserContext";
    EXPECT_EQ(kind(context, R"({"proxyServer":"http://169.254.169.254:80"})"), Kind::deny);
    EXPECT_EQ(kind(context, R"({"proxyServer":"169.254.169.254:80"})"), Kind::deny);
    EXPECT_EQ(kind(context, R"({"proxyServer":"http=a:1;https=metadata.goog"})"), Kind::deny);
    EXPECT_EQ(kind(context, R"({"proxyServer":"socks5://proxy.example:1080"})"), Kind::pass);
    EXPECT_EQ(kind(context, R"({"proxyServer":"direct://"})"), Kind::pass);
    EXPECT_EQ(kind("Input.dispatchDragEvent",
                   R"({"data":{"items":[{"mimeType":"text/uri-list","data":"http://169.254.169.254/"}]}})"),
              Kind::deny);
    const Policy lifted{{.hosts_allow = {"169.254.169.254"}}};
    EXPECT_EQ(lifted.judge({"1", "Page.navigate", R"({"url":"http://169.254.169.254/"})", {}, {}}, {}).kind,
              Kind::pass);
    const Policy full{{.profile = relay::Profile::full}};
    EXPECT_EQ(full.judge({"1", "Page.navigate", R"({"url":"http://169.254.169.254/"})", {}, {}}, {}).kind, Kind::pass);
}

TEST(PolicyHosts, TellsChromesResolver) {
    const std::string rules = HostRules({"*.ads.example", "10.0.0.0/9"}, {"good.example"}, {9464}).resolver_rules();
    for (const char* part :
         {"EXCLUDE good.example,", "MAP 169.254.* ~NOTFOUND", "MAP [fe8* ~NOTFOUND", "MAP [feb* ~NOTFOUND",
          "MAP [::ffff:a9fe:* ~NOTFOUND", "MAP [fd00:ec2::254] ~NOTFOUND", "MAP metadata.google.internal ~NOTFOUND",
          "MAP metadata.google.internal. ~NOTFOUND", "MAP localhost:9464 ~NOTFOUND", "MAP 127.*:9464 ~NOTFOUND",
          "MAP [::1]:9464 ~NOTFOUND", "MAP *.ads.example ~NOTFOUND", "MAP 10.0.* ~NOTFOUND", "MAP 10.127.* ~NOTFOUND",
          "MAP [::ffff:a83f:8110] ~NOTFOUND"}) {
        EXPECT_NE(rules.find(part), std::string::npos) << part << " in " << rules;
    }
    EXPECT_EQ(rules.find("10.128"), std::string::npos);
}

}  // namespace
