#include "tests/soak/visitor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace soak {
namespace {

constexpr unsigned most_steps = 6;
/// A renderer that hangs is given up after it, by the command's own limit.
constexpr auto hang_limit = 700ms;
constexpr auto photo_limit = 30s;

/// A canvas of noise, which no compression makes smaller: 8 MB as base64 of a PNG.
constexpr const char* noise = R"js((()=>{const c=document.createElement('canvas');c.width=1460;c.height=1400;
const x=c.getContext('2d'),d=x.createImageData(c.width,c.height),w=new Uint32Array(d.data.buffer);
for(let i=0;i<w.length;i++)w[i]=(Math.random()*4294967296)|0xff000000;x.putImageData(d,0,0);
document.body.style.margin=0;document.body.replaceChildren(c);return 42})())js";
constexpr std::size_t least_photo = 7'000'000;

json script(std::string expression) {
    return {{"expression", std::move(expression)}, {"awaitPromise", true}, {"returnByValue", true}};
}

}  // namespace

awaitable<void> Visitor::visit() {
    while (!over_) {
        co_await rest_where_wanted();
        auto page = co_await open();
        if (!page) continue;
        // What is large comes first: buffers have their size before the memory is looked at.
        if (page->usable && std::exchange(fresh_, false)) co_await photograph(*page);
        const unsigned steps = 1 + dice(most_steps);
        for (unsigned step = 0; step < steps && page->usable && !over_ && !rest_.wanted; ++step)
            co_await do_something(*page);
        co_await close(*page);
    }
}

awaitable<void> Visitor::rest_where_wanted() {
    ++rest_.at_rest;
    while (rest_.wanted) co_await rest_.over.async_wait(no_throw);
    --rest_.at_rest;
}

awaitable<std::optional<Visitor::Page>> Visitor::open() {
    json blank{{"url", "about:blank"}};
    const json created = co_await line_.ask("Target.createTarget", std::move(blank));
    if (outcome_of(created) != "result") co_return std::nullopt;
    Page page;
    page.target = created["result"]["targetId"];
    json wanted{{"targetId", page.target}, {"flatten", true}};
    const json attached = co_await line_.ask("Target.attachToTarget", std::move(wanted));
    page.usable = outcome_of(attached) == "result";
    if (page.usable) page.session = attached["result"]["sessionId"];
    did("pages opened");
    co_return page;
}

unsigned Visitor::draw() {
    if (next_ == deeds_.size()) {
        std::iota(deeds_.begin(), deeds_.end(), 0U);
        std::shuffle(deeds_.begin(), deeds_.end(), random_);
        next_ = 0;
    }
    return deeds_[next_++];
}

awaitable<void> Visitor::do_something(Page& page) {
    switch (draw()) {
        case 0:
            co_await photograph(page);
            break;
        case 1:
            co_await crash(page);
            break;
        case 2:
            co_await hang(page);
            break;
        case 3:
        case 4:
            co_await talk(page);
            break;
        case 5:
            co_await close_meanwhile(page);
            break;
        case 6:
        case 7:
            co_await navigate(page);
            break;
        default:
            co_await compute(page);
            break;
    }
}

// In the page's session, and in the default page too.
awaitable<void> Visitor::compute(const Page& page) {
    const std::string session = dice(4) == 0 ? std::string{} : page.session;
    const json reply = co_await line_.ask("Runtime.evaluate", script("6*7"), session);
    if (outcome_of(reply) == "result") {
        EXPECT_EQ(reply["result"]["result"]["value"], 42) << reply;
    }
}

awaitable<void> Visitor::navigate(const Page& page) {
    json where{{"url", "data:text/html,<title>" + std::to_string(dice(1000)) + "</title><p>A page"}};
    co_await line_.ask("Page.navigate", std::move(where), page.session);
    did("navigations");
}

awaitable<void> Visitor::photograph(const Page& page) {
    const json painted = co_await line_.ask("Runtime.evaluate", script(noise), page.session, photo_limit);
    if (outcome_of(painted) != "result") co_return;
    co_await line_.ask("Page.bringToFront", json::object(), page.session);
    json what{{"captureBeyondViewport", true},
              {"clip", {{"x", 0}, {"y", 0}, {"width", 1460}, {"height", 1400}, {"scale", 1}}}};
    const json photo = co_await line_.ask("Page.captureScreenshot", std::move(what), page.session, photo_limit);
    if (outcome_of(photo) != "too_large") co_return;
    did("screenshots of 8 MB");
    json where = photo["error"]["data"];
    co_await read_stream(std::move(where));
}

awaitable<void> Visitor::read_stream(json where) {
    std::size_t size = 0;
    bool whole = false;
    while (!whole) {
        json handle{{"handle", where["stream"]}};
        const json piece = co_await line_.ask("IO.read", std::move(handle));
        EXPECT_EQ(outcome_of(piece), "result") << piece;
        if (outcome_of(piece) != "result") break;
        size += piece["result"]["data"].get_ref<const std::string&>().size();
        whole = piece["result"]["eof"];
    }
    EXPECT_EQ(size, where["size"].get<std::size_t>());
    EXPECT_GT(size, least_photo);
    line_.figures.stream_bytes += size;
    json handle{{"handle", where["stream"]}};
    const json closed = co_await line_.ask("IO.close", std::move(handle));
    EXPECT_EQ(outcome_of(closed), "result") << closed;
}

awaitable<void> Visitor::crash(Page& page) {
    const auto never = line_.send("Runtime.evaluate", script("new Promise(()=>{})"), page.session, 10s);
    co_await line_.ask("Page.crash", json::object(), page.session);
    const json lost = co_await line_.answer(never);
    EXPECT_NE(outcome_of(lost), "result") << lost;
    page.usable = false;
    did("renderers crashed");
}

awaitable<void> Visitor::hang(Page& page) {
    const json hung = co_await line_.ask("Runtime.evaluate", script("while(true){}"), page.session, hang_limit);
    EXPECT_NE(outcome_of(hung), "result") << hung;
    did("renderers hung");
    page.usable = dice(2) == 0;  // freed, or closed as it is
    if (page.usable) co_await line_.ask("Runtime.terminateExecution", json::object(), page.session);
}

awaitable<void> Visitor::talk(const Page& page) {
    co_await line_.ask("Page.enable", json::object(), page.session);
    const auto asks = line_.send("Runtime.evaluate", script("confirm('Well?')?42:0"), page.session, 10s);
    // Until the dialog stands there is none to answer.
    for (int tries = 0; tries < 200; ++tries) {
        json yes{{"accept", true}};
        const json said = co_await line_.ask("Page.handleJavaScriptDialog", std::move(yes), page.session);
        if (outcome_of(said) != "error") break;
    }
    const json reply = co_await line_.answer(asks);
    if (outcome_of(reply) == "result") {
        EXPECT_EQ(reply["result"]["result"]["value"], 42) << reply;
    }
    did("dialogs");
}

// A command that never ends ends with its page, or with its session.
awaitable<void> Visitor::close_meanwhile(Page& page) {
    const auto never = line_.send("Runtime.evaluate", script("new Promise(()=>{})"), page.session, 10s);
    const bool detach = dice(2) == 0;
    json session{{"sessionId", page.session}};
    json target{{"targetId", page.target}};
    if (detach) co_await line_.ask("Target.detachFromTarget", std::move(session));
    if (!detach) co_await line_.ask("Target.closeTarget", std::move(target));
    const json lost = co_await line_.answer(never);
    EXPECT_NE(outcome_of(lost), "result") << lost;
    page.usable = false;
    did(detach ? "sessions detached in flight" : "pages closed in flight");
}

// Chrome forgets a close that comes while a navigation changes the page's process, and has answered it with success.
awaitable<void> Visitor::close(const Page& page) {
    for (unsigned tries = 0; tries < 20; ++tries) {
        json target{{"targetId", page.target}};
        co_await line_.ask("Target.closeTarget", std::move(target));
        for (unsigned looks = 0; looks < 20; ++looks) {
            const json targets = co_await line_.ask("Target.getTargets");
            if (outcome_of(targets) != "result") break;
            if (targets.dump().find(page.target) == std::string::npos) co_return;
        }
    }
}

}  // namespace soak
