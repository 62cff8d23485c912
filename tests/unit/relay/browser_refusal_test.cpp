// What is said of a command that the browser did not answer, and where commands go.
#include "agent/relay/browser_refusal.hpp"

#include <gtest/gtest.h>

#include "agent/relay/destination.hpp"

namespace {

using cdp::Fate;
using relay::destination_of;
using relay::Place;
using relay::Reason;
using relay::refusal_of;

TEST(BrowserRefusal, HasAReasonAndASentenceForEachFate) {
    const std::pair<Fate, Reason> all[] = {
        {Fate::timed_out, Reason::timeout},
        {Fate::lost, Reason::browser_lost},
        {Fate::unavailable, Reason::browser_unavailable},
        {Fate::overloaded, Reason::overloaded},
        {Fate::refused, Reason::denied},
        {Fate::too_large, Reason::too_large},
        {Fate::stale, Reason::stale},
    };
    for (const auto& [fate, reason] : all) {
        const auto ours = refusal_of(fate, "");
        EXPECT_EQ(ours.reason, reason);
        EXPECT_TRUE(ours.message.ends_with('.')) << ours.message;
        EXPECT_EQ(refusal_of(fate, "A dialog is open.").message, "A dialog is open.") << "the link knows more";
        EXPECT_EQ(refusal_of(fate, "A dialog is open.").reason, reason);
    }
}

TEST(Destination, NamesTheSession) {
    const auto to = destination_of(Place::session, "S", true);
    EXPECT_EQ(to.kind, cdp::Destination::Kind::session);
    EXPECT_EQ(to.session, "S");
}

TEST(Destination, IsTheBrowserTargetWhereThereIsNoDefaultPage) {
    EXPECT_EQ(destination_of(Place::default_page, "", true).kind, cdp::Destination::Kind::default_page);
    EXPECT_EQ(destination_of(Place::default_page, "", false).kind, cdp::Destination::Kind::browser);
    EXPECT_EQ(destination_of(Place::browser, "", true).kind, cdp::Destination::Kind::browser);
    EXPECT_EQ(destination_of(Place::browser_then_page, "", true).kind, cdp::Destination::Kind::browser) << "first";
}

}  // namespace
