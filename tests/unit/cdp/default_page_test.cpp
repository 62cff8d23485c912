#include "cdp/core/default_page.hpp"

#include <gtest/gtest.h>

namespace cdp {
namespace {

using Step = DefaultPage::Step;
using State = DefaultPage::State;

TargetInfo page(std::string id, std::string url = "about:blank", std::string type = "page") {
    TargetInfo target;
    target.id = std::move(id);
    target.type = std::move(type);
    target.url = std::move(url);
    return target;
}

bool nothing(const TargetInfo&) {
    return false;
}
bool files(const TargetInfo& target) {
    return target.url.starts_with("file:") || target.crashed;
}

TEST(DefaultPage, attaches_on_first_need_and_asks_only_once) {
    DefaultPage it;
    EXPECT_EQ(it.need(), Step::list);
    EXPECT_EQ(it.need(), Step::wait);
    EXPECT_EQ(it.listed({page("U", "", "browser_ui"), page("P"), page("Q")}, nothing), Step::attach);
    EXPECT_EQ(it.target(), "P");
    EXPECT_EQ(it.need(), Step::wait);
    EXPECT_EQ(it.attached("S"), Step::serve);
    EXPECT_EQ(it.session(), "S");
    EXPECT_EQ(it.need(), Step::serve);
}

TEST(DefaultPage, passes_over_refused_crashed_and_prerendered_pages) {
    DefaultPage it;
    it.need();
    auto crashed = page("C");
    crashed.crashed = true;
    auto prerendered = page("R");
    prerendered.subtype = "prerender";
    EXPECT_EQ(it.listed({page("F", "file:///etc/passwd"), crashed, prerendered, page("G")}, files), Step::attach);
    EXPECT_EQ(it.target(), "G");
}

TEST(DefaultPage, opens_a_page_where_none_may_stand) {
    DefaultPage it;
    it.need();
    EXPECT_EQ(it.listed({page("F", "file:///")}, files), Step::create);
    EXPECT_EQ(it.created("N"), Step::attach);
    EXPECT_EQ(it.attached("S"), Step::serve);
    EXPECT_EQ(it.target(), "N");
}

TEST(DefaultPage, is_replaced_when_it_goes) {
    DefaultPage it;
    it.need();
    it.listed({page("P")}, nothing);
    it.attached("S");
    EXPECT_FALSE(it.session_gone("other"));
    EXPECT_TRUE(it.session_gone("S"));
    EXPECT_EQ(it.state(), State::none);
    EXPECT_EQ(it.need(), Step::list);
}

TEST(DefaultPage, that_answers_nothing_is_replaced_by_a_new_one_whatever_else_is_open) {
    DefaultPage it;
    EXPECT_EQ(it.silent(), Step::wait) << "there is none yet";
    it.need();
    it.listed({page("P"), page("Q")}, nothing);
    EXPECT_EQ(it.silent(), Step::wait);
    it.attached("S");
    EXPECT_FALSE(it.made());
    EXPECT_EQ(it.silent(), Step::create);
    EXPECT_EQ(it.need(), Step::wait);
    EXPECT_FALSE(it.session_gone("S")) << "its session is nobody's any more";
    EXPECT_EQ(it.created("N"), Step::attach);
    EXPECT_EQ(it.attached("T"), Step::serve);
    EXPECT_EQ(it.target(), "N");
    EXPECT_TRUE(it.made());
}

TEST(DefaultPage, tries_again_when_the_page_closes_in_between_and_gives_up_in_the_end) {
    DefaultPage it;
    EXPECT_EQ(it.need(), Step::list);
    it.listed({page("P")}, nothing);
    EXPECT_EQ(it.failed(), Step::list);
    it.listed({page("Q")}, nothing);
    EXPECT_EQ(it.failed(), Step::list);
    EXPECT_EQ(it.failed(), Step::give_up);
    EXPECT_EQ(it.state(), State::none);
    EXPECT_EQ(it.need(), Step::list) << "the next command begins anew";
}

TEST(DefaultPage, ignores_reports_out_of_turn) {
    DefaultPage it;
    EXPECT_EQ(it.attached("S"), Step::wait);
    EXPECT_EQ(it.created("T"), Step::wait);
    EXPECT_EQ(it.listed({page("P")}, nothing), Step::wait);
    EXPECT_EQ(it.failed(), Step::wait);
    EXPECT_EQ(it.state(), State::none);
    it.need();
    it.reset();
    EXPECT_EQ(it.listed({page("P")}, nothing), Step::wait);
}

}  // namespace
}  // namespace cdp
