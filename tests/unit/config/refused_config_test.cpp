// Configurations that cannot work, each with the sentence that refuses it before it runs anywhere.
#include "refused_config.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "agent/config/judge_machine.hpp"

namespace {

using config::load_config;
using config::test::RefusedConfig;

std::string api(const std::string& url) {
    return "[api]\nurl = \"" + url + "\"\n";
}
std::string proxy(const std::string& text) {
    return "[net]\nproxy = \"" + text + "\"\n";
}

TEST_F(RefusedConfig, Addresses) {
    const std::string placeholder = "', which no address has: is a placeholder or a variable still to be replaced?";
    expect_all({
        {api(""), "2: api.url is empty: it must read like https://api.example.com"},
        {api("api.example.com"), "2: api.url has no scheme: write https://api.example.com"},
        {api("https:/api.example.com"),
         "2: api.url must have two slashes behind the colon, as in https://api.example.com"},
        {api("htps://api.example.com"),
         "2: api.url has the scheme htps://: it must be https:// or http://; did you mean https://?"},
        {api("wss://api.example.com"), "2: api.url has Realtime's scheme: write https:// (realtime.url takes wss://)"},
        {api("ftp://api.example.com"), "2: api.url has the scheme ftp://: it must be https:// or http://"},
        {api("https://me:secret@api.example.com"),
         "2: api.url holds a user or a password (in front of the @): the agent sends none, take them away"},
        {api("https://api.example.com:99999"), "2: api.url has the port 99999: a port is a number from 1 to 65535"},
        {api("https://api.example.com:0"), "2: api.url has the port 0: a port is a number from 1 to 65535"},
        {api("https://api.example.com:https"), "2: api.url has the port https: a port is a number from 1 to 65535"},
        {api("https://api.example.com:"), "2: api.url has a colon behind the host and no port"},
        {api("https://"), "2: api.url names no host"},
        {api("https://api..example.com"), "2: api.url has a host name with nothing between two dots"},
        {api("https://10.0.0.300"), "2: api.url has the host 10.0.0.300, which is neither a name nor an IPv4 address"},
        {api("https://[::g]"), "2: api.url has no IPv6 address between its brackets"},
        {api("https://api.example.com\\r"),
         "2: api.url holds a carriage return: the file has Windows line ends, take them away (dos2unix)"},
        {api("https://api.example.com "), "2: api.url begins or ends with white space: take it away"},
        {api("https://api.exa mple.com"), "2: api.url holds white space: take it away"},
        {api("'https://api.example.com'"),
         "2: api.url holds a quote: a shell or a file of variables left it there, take it away"},
        {api("“https://api.example.com”"),
         "2: api.url holds a quote: a shell or a file of variables left it there, take it away"},
        {api("\\uFEFFhttps://api.example.com"),
         "2: api.url holds a character that nobody sees (a byte order mark or a "
         "blank without width): write it anew"},
        {api("https://<project>.supabase.co"), "2: api.url holds '<" + placeholder},
        {api("https://${HOST}"), "2: api.url holds '$" + placeholder},
        {api("https://api.example.com/realtime/v1"),
         "2: api.url holds a service's own path already (/realtime/v1): "
         "give what stands in front of it, https://api.example.com"},
        {api("https://api.example.com/rest/v1/"),
         "2: api.url holds a service's own path already (/rest/v1): give what "
         "stands in front of it, https://api.example.com"},
        {api("https://api.example.com/#x"), "2: api.url holds a fragment (from the # on): take it away"},
        {api("https://api.example.com/?apikey=x"), "2: api.url holds a query (from the ? on): take it away"},
        {api("http://api.example.com"),
         "2: api.url is not encrypted: plain http:// is for this machine alone, write "
         "https://api.example.com"},
        {"[realtime]\nurl = \"wss://api.example.com/realtime/v1/websocket\"\n",
         "2: realtime.url ends with /websocket, which the agent puts there itself: leave it out"},
        {"[realtime]\nurl = \"ws://10.0.0.1\"\n",
         "2: realtime.url is not encrypted: plain ws:// is for this machine alone, write wss://10.0.0.1"},
        {"[pairing]\nissuer = \"login.example.com\"\n",
         "2: pairing.issuer has no scheme: write https://login.example.com"},
        {"[pairing]\ndevice_token_url = \"http://api.example.com/token\"\n",
         "2: pairing.device_token_url is not encrypted: plain http:// is for this machine alone, write "
         "https://api.example.com/token"},
        {"[browser]\nurl = \"http://10.0.0.1:9222\"\n",
         "2: browser.url is another machine's, which nothing encrypts: "
         "set browser.allow_remote to mean that"},
        {"[browser]\nurl = \"https://127.0.0.1:9222\"\n",
         "2: browser.url is no DevTools address: it must read like http://127.0.0.1:9222, or be a profile's folder"},
    });
    expect_good({api("HTTPS://API.example.com/"), api("https://api.example.com:8443/prefix"),
                 api("http://localhost:54321"), api("http://[::1]:54321"), api("https://[2001:db8::1]:8443"),
                 api("https://10.0.0.1"), "[realtime]\nurl = \"wss://api.example.com/realtime/v1\"\n",
                 "[browser]\nurl = \"127.0.0.1:9222\"\n"});
}

TEST_F(RefusedConfig, Proxies) {
    const std::string raw = " in its user or password: percent-encode it (@ as %40, # as %23, / as %2F, ? as %3F)";
    expect_all({
        {proxy("http://me:p@ss@proxy.example:3128"), "2: net.proxy has a raw '@'" + raw},
        {proxy("http://me:p#ss@proxy.example:3128"), "2: net.proxy has a raw '#'" + raw},
        {proxy("me:p/ss@proxy.example:3128"), "2: net.proxy has a raw '/'" + raw},
        {proxy("direct"), "2: net.proxy is no address: where no proxy is wanted, write none"},
        {proxy("NONE"), "2: net.proxy is no address: where no proxy is wanted, write none"},
        {proxy("http://me:100%@proxy.example"),
         "2: net.proxy has a % in its user or password that begins no escape: write %25 for it"},
        {proxy("https://proxy.example:3128"),
         "2: net.proxy is spoken to over TLS (https://), which is not supported: "
         "use http:// or socks5h://"},
        {proxy("sock5://proxy.example"),
         "2: net.proxy has the scheme sock5://: it must be http://, socks4://, "
         "socks4a://, socks5:// or socks5h://; did you mean socks5://?"},
        {proxy("http://proxy.example:port"), "2: net.proxy has the port port: a port is a number from 1 to 65535"},
        {proxy("http://:3128"), "2: net.proxy names no host"},
        {proxy("http://proxy.example:3128/proxy.pac"),
         "2: net.proxy holds a path: a proxy's address ends with its port"},
        {proxy("http://proxy.example:3128\\r"),
         "2: net.proxy holds a carriage return: the file has Windows line ends, take them away (dos2unix)"},
        {"[net]\nno_proxy = \"https://a.example\"\n",
         "2: net.no_proxy takes hosts, not addresses: leave the schemes (https://) out"},
        {"[net]\nno_proxy = \"localhost,*.example.com\"\n",
         "2: net.no_proxy takes a domain as .example.com: leave the * out"},
    });
    expect_good({proxy("none"), proxy("HTTP://me:p%40ss@proxy.example:3128/"), proxy("socks://[::1]:1080"),
                 proxy("proxy.example:3128"), "[net]\nno_proxy = \"localhost,.example.com,10.0.0.0/8\"\n"});
}

TEST_F(RefusedConfig, FilesAndFolders) {
    home.put("ca.der", std::string("\x30\x82\x01\x00", 4));
    home.put("words.pem", "no certificate\n");
    home.put("empty.pem", "");
    home.put("key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    home.put("cut.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n");
    home.put("short.key", "abc\n");
    ASSERT_EQ(::chmod((home / "short.key").c_str(), 0600), 0);
    home.put("folder/file", "");
    const auto net = [](const std::string& line) { return "[net]\n" + line + "\n"; };
    expect_all({
        {net("ca_file = \"~/none.pem\""), "2: net.ca_file cannot be used: ~/none.pem is not there"},
        {net("ca_file = \"~/folder\""),
         "2: net.ca_file cannot be used: ~/folder is a folder: net.ca_folder takes those"},
        {net("ca_file = \"~/ca.der\""),
         "2: net.ca_file cannot be used: ~/ca.der is DER, not PEM: openssl x509 -inform "
         "der -in ~/ca.der -out ~/ca.der.pem"},
        {net("ca_file = \"~/words.pem\""),
         "2: net.ca_file cannot be used: ~/words.pem is not PEM: it has no line "
         "-----BEGIN CERTIFICATE-----"},
        {net("ca_file = \"~/empty.pem\""), "2: net.ca_file cannot be used: ~/empty.pem is empty"},
        {net("ca_file = \"~/key.pem\""),
         "2: net.ca_file cannot be used: ~/key.pem holds a private key and no "
         "certificate"},
        {net("ca_file = \"~/cut.pem\""),
         "2: net.ca_file cannot be used: ~/cut.pem holds a certificate that cannot be "
         "read: it is cut off or changed"},
        {net("ca_folder = \"~/none\""), "2: net.ca_folder cannot be used: ~/none is not there"},
        {net("ca_folder = \"~/ca.der\""),
         "2: net.ca_folder cannot be used: ~/ca.der is no folder: net.ca_file takes "
         "files"},
        {net("ca_folder = \"~/folder\""),
         "2: net.ca_folder cannot be used: ~/folder holds no certificate by its hash: "
         "run  openssl rehash ~/folder"},
        {"[credentials]\nkey_file = \"~/folder\"\n",
         "2: credentials.key_file names ~/folder, which is a folder: name a file within it"},
        {"[credentials]\nkey_file = \"~/none/key\"\n",
         "2: credentials.key_file names a file in ~/none, which is not there: make that folder"},
        {"[credentials]\nkey_file = \"~/short.key\"\n",
         "2: credentials.key_file names ~/short.key, which is no key (3 bytes): it holds 32 bytes or 64 hexadecimal "
         "digits, as  openssl rand -hex 32  writes them"},
        {"[credentials]\ntoken_file = \"~/folder\"\n",
         "2: credentials.token_file names ~/folder, which is a folder: name a file within it"},
        {"[audit]\nfile = \"~/none/audit\"\n",
         "2: audit.file names a file in ~/none, which is not there: make that folder"},
        {"[spool]\nfolder = \"spool\"\n", "2: spool.folder must be an absolute path, one that begins with /"},
        {"[streams]\nfolder = \"~/folder/file/streams\"\n",
         "2: streams.folder leads through ~/folder/file, which is a file and no folder"},
        {"[browser]\nprofile_folder = \"~/folder/file\"\n",
         "2: browser.profile_folder leads through ~/folder/file, which is a file and no folder"},
        {"[browser]\nhost_socket = \"/" + std::string(120, 'x') + "\"\n",
         "2: browser.host_socket has a path of 121 bytes: a unix socket's may have 107"},
        {"[control]\ngroup = \"no-such-group\"\n",
         "2: control.group names the group no-such-group, which this machine does not have: groupadd it, or leave it "
         "empty for root and the service's user alone"},
    });
    expect_good({"[credentials]\nkey_file = \"~/new.key\"\ntoken_file = \"~/later\"\n", "[audit]\nfile = \"~/audit\"\n",
                 "[streams]\nfolder = \"~/made/later\"\n", "[control]\ngroup = \"\"\n"});
}

TEST_F(RefusedConfig, AuthoritiesThatMayNotBeRead) {
    if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
    home.put("secret.pem", "x");
    ASSERT_EQ(::chmod((home / "secret.pem").c_str(), 0), 0);
    expect_all({{"[net]\nca_file = \"~/secret.pem\"\n",
                 "2: net.ca_file cannot be used: ~/secret.pem cannot be read by this user: Permission denied"}});
}

TEST_F(RefusedConfig, Programs) {
    home.put("script", "#!/bin/sh\n");
    ASSERT_EQ(::chmod((home / "script").c_str(), 0644), 0);
    expect_all({
        {"[hooks]\nvpn_on = [\"no-such-program\", \"up\"]\n",
         "2: hooks.vpn_on names the program no-such-program, which is in none of PATH's folders: write its whole path"},
        {"[hooks]\njoined = [\"/no/such/program\"]\n",
         "2: hooks.joined names the program /no/such/program, which is "
         "not there"},
        {"[hooks]\nlost = [\"~/script\"]\n",
         "2: hooks.lost names ~/script, which this user may not run: chmod +x, or is it a folder?"},
        {"[hooks]\nlost = [\"/usr/bin\"]\n",
         "2: hooks.lost names /usr/bin, which this user may not run: chmod +x, or is it a folder?"},
        {"[hooks]\nopen_sheet = [\"sh -c true\"]\n",
         "2: hooks.open_sheet names the program \"sh -c true\", which is "
         "not there: give each word its own element of the list"},
        {"[hooks]\npaired = [\"\"]\n", "2: hooks.paired names no program: its first word is empty"},
        {"[browser]\npath = \"/opt/none/chrome\"\n",
         "2: browser.path names the program /opt/none/chrome, which is not "
         "there"},
        {"[browser]\nenvironment = [\"LANG\"]\n", "2: browser.environment holds an element that is not NAME=value"},
    });
    expect_good({"[hooks]\nvpn_on = [\"sh\", \"-c\", \"true\"]\nlost = []\n"});
}

TEST_F(RefusedConfig, PolicyPatternsThatMatchNothing) {
    const auto deny = [](const std::string& rule) { return "[policy]\ndeny = [\"" + rule + "\"]\n"; };
    const auto unknown = [](const std::string& rule, const std::string& meant) {
        return fmt::format(
            "2: policy.deny holds \"{}\", which matches no command that is known{}; for one that only a newer Chrome "
            "knows write new:{}",
            rule, meant.empty() ? "" : fmt::format("; did you mean {}?", meant), rule.substr(0, rule.find(' ')));
    };
    expect_all({
        {deny("Runtime.evaluat"), unknown("Runtime.evaluat", "Runtime.evaluate")},
        {deny("runtime.evaluate"), unknown("runtime.evaluate", "Runtime.evaluate")},
        {deny("Page.navigte url=http://10.*"), unknown("Page.navigte url=http://10.*", "Page.navigate")},
        {deny("Netwrok.*"), unknown("Netwrok.*", "Network.*")},
        {deny("Somewhere.else"), unknown("Somewhere.else", "")},
        {"[policy]\nallow = [\"Storage.getCookie\"]\n",
         "2: policy.allow holds \"Storage.getCookie\", which matches no command that is known; did you mean "
         "Storage.getCookies?; for one that only a newer Chrome knows write new:Storage.getCookie"},
        {deny("Runtime"),
         "2: policy.deny[0] \"Runtime\" does not begin with a method pattern: write Domain.name, "
         "Domain.* or *."},
        {deny("new:Runtime"),
         "2: policy.deny[0] \"new:Runtime\" does not begin with a method pattern: write Domain.name, "
         "Domain.* or *."},
    });
    expect_good({deny("Runtime.evaluate"), deny("Runtime.*"), deny("*"), deny("*.enable"),
                 deny("Page.navigate url=http://10.*"), "[policy]\nallow = [\"Agent.open\"]\n", deny("new:Page.later"),
                 deny("new:Later.*"), deny("new:Runtime.evaluate"),
                 "[policy]\nallow = [\"new:Page.later url=https://a.test/*\"]\n"});
}

TEST_F(RefusedConfig, SizesAgainstEachOther) {
    expect_all({
        {"[realtime]\npayload_limit = \"2MiB\"\noutbox_bytes = \"1MiB\"\n",
         "2: realtime.payload_limit = \"2MiB\" is greater than realtime.outbox_bytes = \"1MiB\""},
        {"[streams]\nmax_bytes = \"1MiB\"\nmemory_bytes = \"2MiB\"\n",
         "3: streams.memory_bytes = \"2MiB\" is greater than streams.max_bytes = \"1MiB\""},
        {"[realtime]\nbudget_start = 9\nbudget_max = 8\n",
         "2: realtime.budget_start = 9 is greater than realtime.budget_max = 8"},
        {"[browser]\nmax_in_flight = 7\nmax_in_flight_per_session = 8\n",
         "3: browser.max_in_flight_per_session = 8 is greater than browser.max_in_flight = 7"},
    });
    expect_good({"[realtime]\npayload_limit = \"2MiB\"\noutbox_bytes = \"2MiB\"\n",
                 "[realtime]\nbudget_start = 9\nbudget_max = 0\n", "[realtime]\nbudget_max = 7\n"});
}

TEST_F(RefusedConfig, WhatOthersPutIntoTheEnvironmentDoesNoHarm) {
    input.environment = {"PATH=/bin",
                         "BMC_AGENT_SERVICE_HOST=10.0.0.1",
                         "BMC_AGENT_SERVICE_PORT=9100",
                         "BMC_AGENT_SERVICE_PORT_METRICS=9100",
                         "BMC_AGENT_PORT=tcp://10.0.0.1:9100",
                         "BMC_AGENT_PORT_9100_TCP=tcp://10.0.0.1:9100",
                         "BMC_AGENT_PORT_9100_TCP_PROTO=tcp",
                         "BMC_AGENT_PORT_9100_TCP_PORT=9100",
                         "BMC_AGENT_PORT_9100_TCP_ADDR=10.0.0.1",
                         "BMC_AGENT_CONTROL_METRICS_PORT=tcp://10.0.0.2:9100",
                         "BMC_AGENT_CONTROL_METRICS_PORT_53_UDP_ADDR=10.0.0.2",
                         "BMC_AGENT_API_URL=",
                         "BMC_AGENT_LOG_LEVEL="};
    EXPECT_EQ(errors_of(""), "");
    EXPECT_EQ(said(load_config(input).notices),
              "BMC_AGENT_API_URL: is empty and counts as not given\n"
              "BMC_AGENT_LOG_LEVEL: is empty and counts as not given\n"
              "BMC_AGENT_SERVICE_HOST: is a service link of Kubernetes (and 9 more like it), not a setting: ignored; a "
              "pod with enableServiceLinks: false has none");
    input.environment = {"BMC_AGENT_SERVICE_STOP_GRACE=3s", "BMC_AGENT_CONTROL_METRICS_PORT=9100"};
    EXPECT_EQ(load_config(input).config.control.metrics_port, 9100);
    input.environment = {"BMC_AGENT_PORT=9100", "BMC_AGENT_SERVICE_STOP_GRACES=3s", "BMC_AGENT_PORT_X_TCP=1"};
    EXPECT_EQ(errors_of(""),
              "BMC_AGENT_PORT: no setting has this variable\n"
              "BMC_AGENT_SERVICE_STOP_GRACES: no setting has this variable; did you mean "
              "BMC_AGENT_SERVICE_STOP_GRACE?\n"
              "BMC_AGENT_PORT_X_TCP: no setting has this variable");
    input.environment = {"BMC_AGENT_API_URL=\"https://api.example.com\""};
    EXPECT_EQ(errors_of(""),
              "BMC_AGENT_API_URL: api.url holds a quote: a shell or a file of variables left it there, "
              "take it away");
}

TEST_F(RefusedConfig, ProxiesOfTheEnvironment) {
    const auto with = [&](const std::string& variable) {
        input.environment = {variable};
        return errors_of("");
    };
    for (const auto* good : {"all_proxy=socks://127.0.0.1:1080/", "https_proxy=HTTP://proxy.example:3128",
                             "HTTPS_PROXY= http://proxy.example:3128\r", "ALL_PROXY=\"http://proxy.example:3128\"",
                             "https_proxy=", "https_proxy= ", "https_proxy=''"}) {
        EXPECT_EQ(with(good), "") << good;
    }
    EXPECT_EQ(with("https_proxy=http://me:p@ss@proxy.example:3128"),
              "https_proxy: the proxy has a raw '@' in its user or password: percent-encode it (@ as %40, # as %23, / "
              "as %2F, ? as %3F) (net.proxy wins over the environment)");
    EXPECT_NE(with("ALL_PROXY=htp://proxy.example"), "");
    input.environment = {"https_proxy=htp://proxy.example", "NO_PROXY=*"};
    EXPECT_EQ(errors_of(""), "") << "it is used for nothing";
    input.environment = {"https_proxy=htp://proxy.example"};
    // A setting wins, and what is on this machine needs no proxy.
    EXPECT_EQ(errors_of("[net]\nproxy = \"none\"\n"), "");
    EXPECT_EQ(errors_of("[api]\nurl = \"http://127.0.0.1:5\"\n"), "");
}

TEST_F(RefusedConfig, AllThatIsWrongIsSaidAtOnce) {
    EXPECT_EQ(errors_of("[api]\nurl = \"api.example.com\"\n[policy]\ndeny = [\"Page.navigte\"]\n"),
              "2: api.url has no scheme: write https://api.example.com\n"
              "4: policy.deny holds \"Page.navigte\", which matches no command that is known; did you mean "
              "Page.navigate?; for one that only a newer Chrome knows write new:Page.navigte");
}

TEST_F(RefusedConfig, WhatPeopleCopyInPlaceOfAnAddress) {
    const std::string hyphen = ": no part of a name begins or ends with a hyphen";
    const std::string dashboard = "2: api.url is the dashboard's address and no project's: the project's is https://";
    const std::string network = ", which is no network: write one as 10.0.0.0/8 or fd00::/8";
    const auto browser = [](const std::string& url) { return "[browser]\nurl = \"" + url + "\"\n"; };
    const auto exceptions = [](const std::string& text) { return "[net]\nno_proxy = \"" + text + "\"\n"; };
    expect_all({
        {api("https://-"), "2: api.url has the host -" + hyphen},
        {api("https://api-.example.com"), "2: api.url has the host api-.example.com" + hyphen},
        {api("https://supabase.com/dashboard/project/abcdefgh"), dashboard + "abcdefgh.supabase.co"},
        {api("https://supabase.com/dashboard/project/abcdefgh/settings/api"), dashboard + "abcdefgh.supabase.co"},
        {api("https://app.supabase.com"), dashboard + "<project>.supabase.co"},
        {api("https://db.example.com:5432"), "2: api.url has the port 5432, which is the database's: leave it out"},
        {api("https://db.example.com:6543"), "2: api.url has the port 6543, which is the database's: leave it out"},
        {exceptions("10.0.0.0/33"), "2: net.no_proxy holds 10.0.0.0/33" + network},
        {exceptions("localhost, 10.0.0/8"), "2: net.no_proxy holds 10.0.0/8" + network},
        {exceptions("fd00::/129"), "2: net.no_proxy holds fd00::/129" + network},
        {exceptions("example.com/24"), "2: net.no_proxy holds example.com/24" + network},
        {browser("http://127.0.0.1:99999"), "2: browser.url has the port 99999: a port is a number from 1 to 65535"},
        {browser("127.0.0.1:devtools"), "2: browser.url has the port devtools: a port is a number from 1 to 65535"},
        {browser("localhost"),
         "2: browser.url has no port: a browser that was started with --remote-debugging-port=9222 has 9222"},
        {"[browser]\nmode = \"attach\"\n",
         "2: browser.mode = attach needs browser.url: say where the browser's DevTools are"},
        {"[audit]\nfile = \"/dev/null\"\n",
         "2: audit.file names /dev/null, which is no ordinary file and keeps nothing: name a file on a disk"},
        {"[credentials]\nkey_file = \"/dev/null\"\n",
         "2: credentials.key_file names /dev/null, which is no ordinary file and keeps nothing: name a file on a disk"},
        {"[credentials]\nkey_file = \"/\"\n",
         "2: credentials.key_file names /, which is a folder: name a file within it"},
    });
}

TEST_F(RefusedConfig, PathsThatDependOnTheFolderOfTheStart) {
    const std::string from_here =
        ", which depends on the folder where the agent is started: write the whole path, one that begins with /";
    expect_all({
        {"[audit]\nfile = \"audit.jsonl\"\n", "2: audit.file names audit.jsonl" + from_here},
        {"[credentials]\nkey_file = \"key\"\n", "2: credentials.key_file names key" + from_here},
        {"[net]\nca_file = \"ca.pem\"\n", "2: net.ca_file names ca.pem" + from_here},
        {"[net]\nca_folder = \"./certs\"\n", "2: net.ca_folder names ./certs" + from_here},
        {"[browser]\npath = \"bin/chromium\"\n", "2: browser.path names bin/chromium" + from_here},
        {"[hooks]\npaired = [\"./hook\", \"x\"]\n", "2: hooks.paired names ./hook" + from_here},
    });
}

TEST(RefusedPath, OfAHomeFolderThatOnlyAShellKnows) {
    EXPECT_EQ(config::what_is_wrong_with_path("~/key"),
              "names ~/key: no shell replaces the ~ here, write the whole path, one that begins with /");
    EXPECT_EQ(config::what_is_wrong_with_path("/srv/key"), "");
}

}  // namespace
