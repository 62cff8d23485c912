// Cause → remedy: each names what mends that cause, and nothing that mends another one.
#include "agent/doctor/remedy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "cdp/error.hpp"
#include "platform/websocket/websocket.hpp"

namespace {

using cdp::BrowserMode;
using cdp::LaunchCause;
using doctor::BrowserFailure;
using doctor::LinkFailure;
using doctor::OtherAgent;
using platform::WebSocketErrc;
using realtime::Class;
using ::testing::HasSubstr;
using ::testing::Not;

Error of_system(int number) {
    return {number, boost::system::system_category()};
}

TEST(DoctorRemedy, EachCauseOfALaunchedBrowserHasItsOwn) {
    const std::pair<LaunchCause, const char*> expected[] = {
        {LaunchCause::not_started, "browser.path"},
        {LaunchCause::not_answering, "browser.start_limit"},
        {LaunchCause::profile_in_use, "end the other browser"},
        {LaunchCause::profile_not_writable, "give the folder that is named to this user"},
        {LaunchCause::default_profile, "another folder"},
        {LaunchCause::as_root, "ordinary user"},
        {LaunchCause::no_sandbox, "user.max_user_namespaces"},
        {LaunchCause::no_libraries, "ldd"},
        {LaunchCause::no_display, "browser.headless = true"},
        {LaunchCause::small_shared_memory, "--shm-size=1g"},
        {LaunchCause::few_open_files, "LimitNOFILE="},
        {LaunchCause::snap, "as a package"},
        {LaunchCause::unknown, "run it by hand"},
        {LaunchCause::ended_later, "run it by hand"},
    };
    std::set<std::string> seen;
    for (const auto& [cause, words] : expected) {
        BrowserFailure failure;
        failure.cause = cause;
        const auto remedy = remedy_of_browser(failure);
        EXPECT_THAT(remedy, HasSubstr(words));
        EXPECT_THAT(remedy, Not(HasSubstr("--no-sandbox"))) << "never advised";
        seen.insert(remedy);
    }
    EXPECT_EQ(seen.size(), std::size(expected) - 1) << "the last two are told alike";
}

TEST(DoctorRemedy, TheSandboxDependsOnWhoForbidsIt) {
    BrowserFailure failure;
    failure.cause = LaunchCause::no_sandbox;
    failure.container = true;
    EXPECT_THAT(remedy_of_browser(failure), HasSubstr("seccomp"));
    failure.user_namespaces_barred = true;
    EXPECT_THAT(remedy_of_browser(failure), HasSubstr("AppArmor"));
}

TEST(DoctorRemedy, EachCauseAtAnEndpointHasItsOwn) {
    const std::pair<Error, const char*> expected[] = {
        {cdp::Errc::not_devtools, "another program has that port"},
        {WebSocketErrc::bad_handshake, "another program has that port"},
        {WebSocketErrc::refused, "http://host:port, since the path"},
        {cdp::Errc::bad_address, "set browser.url to http://host:port"},
        {cdp::Errc::not_loopback, "browser.allow_remote = true"},
        {cdp::Errc::stale_port_file, "--remote-debugging-port=0"},
        {of_system(ENOENT), "--remote-debugging-port=0"},
        {cdp::Errc::start_timeout, "restart that browser"},
        {of_system(ECONNREFUSED), "start the browser with --remote-debugging-port, "},
    };
    for (const auto& [error, words] : expected) {
        BrowserFailure failure{.mode = BrowserMode::attach, .error = error};
        EXPECT_THAT(remedy_of_browser(failure), HasSubstr(words)) << error.message();
        EXPECT_THAT(remedy_of_browser(failure), Not(HasSubstr("/dev/shm")));
    }
}

TEST(DoctorRemedy, EachCauseOfTheBrowserHostHasItsOwn) {
    const std::pair<Error, const char*> expected[] = {
        {of_system(EACCES), "group"},
        {of_system(ENOENT), "enable --now bmc-browser"},
        {of_system(ECONNREFUSED), "enable --now bmc-browser"},
        {cdp::Errc::bad_address, "107 bytes"},
        {cdp::Errc::host_refused, "journalctl -u bmc-browser"},
    };
    for (const auto& [error, words] : expected) {
        BrowserFailure failure{.mode = BrowserMode::hosted, .error = error};
        EXPECT_THAT(remedy_of_browser(failure), HasSubstr(words)) << error.message();
    }
}

struct LinkCase {
    LinkFailure failure;
    const char* words;
    bool asks_for_another_token = false;
};

TEST(DoctorRemedy, NobodyIsAskedToPairAgainForWhatAnotherTokenDoesNotMend) {
    const LinkCase cases[] = {
        {{.what = Class::transient, .status = 503}, "nothing is to be done on this machine"},
        {{.what = Class::transient}, "its database is away"},
        {{.what = Class::restart}, "again in a minute"},
        {{.what = Class::limit, .status = 429}, "raise that limit"},
        {{.what = Class::limit}, "raise that limit"},
        {{.what = Class::switched_off, .status = 403}, "switch Realtime on"},
        {{.what = Class::configuration, .status = 200}, "portal"},
        {{.what = Class::configuration, .status = 302}, "portal"},
        {{.what = Class::unknown, .status = 511}, "portal"},
        {{.what = Class::configuration, .status = 400}, "CONNECT"},
        {{.what = Class::configuration, .status = 426}, "CONNECT"},
        {{.what = Class::configuration, .status = 404}, "realtime.url"},
        {{.what = Class::configuration, .status = 407}, "net.proxy"},
        {{.what = Class::configuration, .status = 431}, "api.key"},
        {{.what = Class::configuration}, "realtime.url"},
        {{.what = Class::unknown}, "the backend's log"},
        {{.what = Class::reauthenticate}, "has run out: pair again", true},
        {{.what = Class::reauthenticate, .status = 401}, "api.key", true},
        {{.what = Class::reauthenticate, .status = 401, .keyless = true}, "set api.key"},
        {{.what = Class::rights, .status = 401}, "api.key", true},
        {{.what = Class::rights}, "the right to read", true},
        {{.what = Class::rights, .own_credential = false, .token_file = "/t", .renewal = "put another one there"},
         "into /t"},
    };
    for (const auto& [failure, words, asks] : cases) {
        const auto remedy = remedy_of_link(failure);
        EXPECT_THAT(remedy, HasSubstr(words));
        EXPECT_EQ(remedy.find("--pair") != std::string::npos, asks) << remedy;
    }
}

TEST(DoctorRemedy, EachOfTwoTwinsIsToldItsOwnPart) {
    EXPECT_EQ(doctor::remedy_of_twin(OtherAgent::none), "");
    EXPECT_THAT(doctor::remedy_of_twin(OtherAgent::elder), HasSubstr("this machine gives way"));
    EXPECT_THAT(doctor::remedy_of_twin(OtherAgent::younger), HasSubstr("pair the other machine"));
    EXPECT_THAT(doctor::remedy_of_twin(OtherAgent::younger), Not(HasSubstr("pair this machine")));
    EXPECT_THAT(doctor::remedy_of_twin(OtherAgent::silent), HasSubstr("track presence"));
    EXPECT_THAT(doctor::remedy_of_twin(OtherAgent::unknown), HasSubstr("before an agent starts here"));
}

}  // namespace
