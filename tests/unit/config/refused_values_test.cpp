// Texts that no value can be: keys, the browser's arguments and variables, patterns of hosts and addresses.
#include <sys/stat.h>
#include <unistd.h>

#include "refused_config.hpp"

namespace {

using RefusedValues = config::test::RefusedConfig;

std::string key_line(const std::string& key) {
    return "[api]\nkey = " + key + "\n";
}
std::string browser_line(const std::string& line) {
    return "[browser]\n" + line + "\n";
}
std::string policy_line(const std::string& line) {
    return "[policy]\n" + line + "\n";
}

TEST_F(RefusedValues, ApiKeys) {
    const std::string in_key = ", which no key has: copy it again from the project's settings";
    expect_all({
        {key_line(R"("a b")"), "2: api.key holds white space" + in_key},
        {key_line(R"("abc\r")"), "2: api.key holds white space" + in_key},
        {key_line(R"("'abc'")"), "2: api.key holds a quote" + in_key},
        {key_line(R"("“abc”")"), "2: api.key holds a byte outside of ASCII" + in_key},
        {key_line(R"("schl\u00fcssel")"), "2: api.key holds a byte outside of ASCII" + in_key},
        {key_line(R"("<anon key>")"), "2: api.key holds '<'" + in_key},
        {key_line(R"("${KEY}")"), "2: api.key holds '$'" + in_key},
        {key_line(R"("abc&x=1")"), "2: api.key holds '&'" + in_key},
        {key_line("7"), "2: api.key takes text: put it between quotes"},
        {"[api]\nurl = 7\n", "2: api.url takes text: put it between quotes"},
        {"[net]\nproxy = true\n", "2: net.proxy takes text: put it between quotes"},
    });
    expect_good({key_line(R"("sb_publishable_a-B_9.~+/=")"), key_line(R"("")")});
}

TEST_F(RefusedValues, ArgumentsAndVariablesOfTheBrowser) {
    expect_all({
        {browser_line(R"(arguments = ["--lang=de", "headless"])"),
         "2: browser.arguments holds \"headless\", which does not begin with -- and would be opened as a page: write "
         "--headless, or leave it out"},
        {browser_line(R"(arguments = ["-headless"])"),
         "2: browser.arguments holds \"-headless\", which does not begin with -- and would be opened as a page: write "
         "--headless, or leave it out"},
        {browser_line(R"(arguments = [""])"), "2: browser.arguments holds an empty element"},
        {browser_line(R"(arguments = ["--lang=de --mute-audio"])"),
         "2: browser.arguments holds \"--lang=de --mute-audio\", two arguments in one: give each its own element of "
         "the "
         "list"},
        {browser_line(R"(arguments = ["--user-data-dir=/x"])"),
         "2: browser.arguments holds --user-data-dir, which the agent sets itself: set browser.profile_folder instead"},
        {browser_line(R"(arguments = ["--remote-debugging-pipe"])"),
         "2: browser.arguments holds --remote-debugging-pipe, which the agent sets itself: leave it out"},
        {browser_line(R"(environment = ["A B=c"])"),
         "2: browser.environment holds \"A B\", which is no name of a variable: letters, digits and _, no digit first"},
        {browser_line(R"(environment = ["9A=c"])"),
         "2: browser.environment holds \"9A\", which is no name of a variable: letters, digits and _, no digit first"},
        {browser_line("url = \"http://127.0.0.1:9222\"\nmode = \"launch\""),
         "2: browser.url is set, and browser.mode = launch starts a browser instead: take one of them away"},
        {browser_line("url = \"http://127.0.0.1:9222\"\nmode = \"hosted\"\nhost_socket = \"/s\""),
         "2: browser.url is set, and browser.mode = hosted uses the host's browser instead: take one of them away"},
        {browser_line(R"(host_socket = "browser.sock")"),
         "2: browser.host_socket must be an absolute path, one that begins with /"},
    });
    expect_good({browser_line(R"(arguments = ["--lang=de", "--user-agent=a b", "--remote-debugging-port=9222"])"),
                 browser_line(R"(environment = ["A_1=b c=d", "EMPTY="])"),
                 browser_line("url = \"http://127.0.0.1:9222\"\nmode = \"attach\"")});
}

TEST_F(RefusedValues, FoldersThatCannotBeMade) {
    if (::geteuid() == 0) GTEST_SKIP() << "root may make a folder anywhere";
    home.put("closed/file", "");
    ASSERT_EQ(::chmod((home / "closed").c_str(), 0500), 0);
    expect_all({
        {"[streams]\nfolder = \"~/closed/a/b\"\n",
         "2: streams.folder is not there, and this user may not make it: ~/closed is not writable"},
        {browser_line(R"(profile_folder = "/proc/x")"),
         "2: browser.profile_folder is not there, and this user may not make it: /proc is not writable"},
    });
    ASSERT_EQ(::chmod((home / "closed").c_str(), 0700), 0);
}

TEST_F(RefusedValues, PatternsOfHostsAndAddresses) {
    const auto no_host = [](const std::string& where, const std::string& text) {
        return "2: policy." + where + "[0] \"" + text +
               "\" is no pattern of hosts: write a name (\"*.example.org\"), an address or a range (\"10.0.0.0/8\"), "
               "with \":PORT\" for one port alone.";
    };
    expect_all({
        {policy_line(R"(hosts_deny = ["http://a/"])"), no_host("hosts_deny", "http://a/")},
        {policy_line(R"(hosts_deny = [""])"), no_host("hosts_deny", "")},
        {policy_line(R"(hosts_allow = ["a b"])"), no_host("hosts_allow", "a b")},
        {policy_line(R"(hosts_allow = ["10.0.0.0/33"])"), no_host("hosts_allow", "10.0.0.0/33")},
        {policy_line(R"(hosts_allow = ["a:99999"])"), no_host("hosts_allow", "a:99999")},
        {policy_line(R"(allow_urls = ["example.org/*"])"),
         "2: policy.allow_urls holds \"example.org/*\", which matches no address: one begins with its scheme, as in "
         "file:///srv/pages/*"},
        {policy_line(R"(allow_urls = ["/srv/pages/*"])"),
         "2: policy.allow_urls holds \"/srv/pages/*\", which matches no address: one begins with its scheme, as in "
         "file:///srv/pages/*"},
    });
    expect_good({policy_line(R"(hosts_deny = ["*.example.org", "10.0.0.0/8", "[::1]:80", "a:80"])"),
                 policy_line(R"(allow_urls = ["file:///srv/*", "*", "chrome://version/"])")});
}

}  // namespace
