// Sealed clients on the channel, and a member of the channel with every right at the backend, who reads, records,
// changes and sends what he likes.
#include "sealed_clients_fixture.hpp"

namespace {

using namespace clients_test;
using namespace std::chrono_literals;

bool is_event(const realtime::Message& message) {
    return message.event == "cdp-event";
}

TEST_F(SealedClientsTest, CommandsAndRepliesPassInsideOfTheSeal) {
    start_sealed();
    auto client = far();
    open_far(client, {{"label", "lab"}});
    EXPECT_EQ(asked_of_browser(), 0u) << "nothing is done for a key that is not proved";
    client.add(ask(1, "Runtime.evaluate", {{"expression", "MARKER-UP"}}));
    post_all(client);
    give_session("A");
    const Asked* const evaluated = browser.find("Runtime.evaluate");
    ASSERT_NE(evaluated, nullptr) << "what came with the handshake is carried out when the session is there";
    EXPECT_EQ(json::parse(evaluated->params)["expression"], "MARKER-UP");
    answer(*evaluated, cdp::Fate::result, R"({"result":{"value":"MARKER-DOWN"}})");
    hear(client);
    ASSERT_EQ(client.items.size(), 1u);
    EXPECT_EQ(client.items[0], json::parse(R"({"id":1,"result":{"result":{"value":"MARKER-DOWN"}}})"));
    for (const auto& message : published) {
        EXPECT_EQ(message.payload.view().find("MARKER"), std::string::npos);
        const auto data = json::parse(message.payload.view()).value("data", "");
        EXPECT_EQ(platform::from_base64(data)->find("MARKER"), std::string::npos);
    }
}

TEST_F(SealedClientsTest, EventsComeDownSealed) {
    start_sealed();
    auto client = far();
    serve(client, "A");
    browser.tell("A", "Target.targetCreated", R"({"targetInfo":{"targetId":"T"}})");
    hear(client);
    ASSERT_EQ(client.items.size(), 1u);
    EXPECT_EQ(client.items[0]["method"], "Target.targetCreated");
}

TEST_F(SealedClientsTest, WhoDrivesIsToldByTheNameOfTheKeyAndInsideOfTheSealAlone) {
    start_sealed();
    auto client = far();
    serve(client, "A");
    auto labelled = far();
    open_far(labelled, {{"label", "the shop's script"}});
    post_all(labelled);
    give_session("B");
    client.add(ask(1, "Agent.getInfo"));
    post_all(client);
    hear(client);
    ASSERT_EQ(client.items.size(), 1u);
    auto drivers = client.items[0].at("/result/drivers"_json_pointer).get<std::vector<std::string>>();
    std::sort(drivers.begin(), drivers.end());  // they are in the order of their names, which are random
    EXPECT_EQ(drivers, (std::vector<std::string>{"alice", "the shop's script"}));
    command("Agent.getInfo", "{}");
    EXPECT_EQ(answered().at("/result/drivers"_json_pointer).size(), 2u);
    EXPECT_EQ(answered().dump().find("alice"), std::string::npos) << "everybody on the channel reads that";
}

TEST_F(SealedClientsTest, AMessageLargerThanABroadcastPassesInSlices) {
    limit = 5000;
    start_sealed();
    auto client = far();
    serve(client, "A");
    client.add(ask(1, "Runtime.evaluate", {{"expression", std::string(20'000, 'x')}}));
    for (int i = 0; i < 20; ++i) {  // the window is four broadcasts: more goes as they are acknowledged
        post_all(client);
        hear(client);
    }
    ASSERT_NE(browser.find("Runtime.evaluate"), nullptr);
    EXPECT_EQ(json::parse(browser.find("Runtime.evaluate")->params)["expression"], std::string(20'000, 'x'));
    answer_last(R"({"result":{"value":")" + std::string(20'000, 'y') + R"("}})");
    for (int i = 0; i < 20; ++i) {
        hear(client);
        post_all(client);
    }
    ASSERT_EQ(client.items.size(), 1u);
    for (const auto& message : published) EXPECT_LE(message.payload.size(), limit);
}

TEST_F(SealedClientsTest, TheHandshakeMakesNoBroadcastOfItsOwn) {
    start_sealed();
    auto client = far();
    serve(client, "A");
    EXPECT_TRUE(items(client.id).empty());
    EXPECT_EQ(std::count_if(published.begin(), published.end(), is_event), 0);
    client.add(ask(1, version));
    post_all(client);
    answer_last(R"({"product":"x"})");
    hear(client);
    EXPECT_EQ(client.items.size(), 1u);
    EXPECT_EQ(std::count_if(published.begin(), published.end(), is_event), 1);
    EXPECT_FALSE(client.stream->sealed()->take_session().empty()) << "the ticket came with it";
}

TEST_F(SealedClientsTest, OneThatHasSaidAllEndsWithItsLastAnswer) {
    start_sealed();
    auto client = far();
    open_far(client);
    client.add(ask(1, "Runtime.evaluate", {{"expression", "1"}}));
    client.add(ask(2, version));
    EXPECT_TRUE(client.stream->close());
    post_all(client);
    give_session("A");
    answer_last("{}");
    hear(client);
    EXPECT_EQ(client.items.size(), 1u);
    answer(*browser.find("Runtime.evaluate"), cdp::Fate::result, R"({"result":{}})");
    hear(client);
    EXPECT_EQ(client.items.size(), 2u);
    client.add(ask(3, version));
    EXPECT_FALSE(client.next_post()) << "it has said all";
}

/// Nothing more comes from it, and its answer is still owed.
TEST_F(SealedClientsTest, OneThatHasSaidAllIsToldWhyItEndsWithoutItsAnswer) {
    start_sealed();
    const auto say_all = [&](SealedFar& client, const json& asked = json::object()) {
        open_far(client, asked);
        client.add(ask(1, version));
        EXPECT_TRUE(client.stream->close());
        post_all(client);
    };
    auto lost = far();
    say_all(lost);
    give_session("A");
    browser.asker->on_session_end("A");
    EXPECT_EQ(ended(lost.id), "session_lost");
    auto refused = far();
    say_all(refused);
    answer_last(R"({"code":-32000,"message":"No"})", cdp::Fate::error);
    EXPECT_EQ(ended(refused.id), "session_lost");
    auto denied = far();
    say_all(denied, {{"target", "FILE"}});
    EXPECT_EQ(ended(denied.id), "denied");
    SealedFar mallory{KeyPair::make(), "uuid-1", device.public_key()};
    say_all(mallory);
    EXPECT_EQ(ended(mallory.id), "not_trusted");
    EXPECT_EQ(router->status().clients, 0u);
}

TEST_F(SealedClientsTest, OneThatHasSaidAllKeepsItsLastAnswerUntilItHasIt) {
    settings.clients.finish_limit = 50ms;
    start_sealed();
    run_router();
    auto client = far();
    open_far(client);
    client.add(ask(1, version));
    EXPECT_TRUE(client.stream->close());
    post_all(client);
    give_session("A");
    answer_last(R"({"product":"x"})");
    run_for(200ms);
    EXPECT_EQ(router->status().clients, 1u) << "the channel has not sent it yet";
    items(client.id);
    router->on_link(false);
    run_for(200ms);
    EXPECT_EQ(router->status().clients, 1u) << "nobody can acknowledge it meanwhile";
    router->on_link(true);
    items(client.id);  // what goes after a rejoin is sent
    while (router->status().clients != 0) ASSERT_GT(io.run_one_for(2s), 0u) << "it keeps its place for good";
    EXPECT_EQ(ended(client.id), "closed");
}

TEST_F(SealedClientsTest, AKeyThatIsNotListedGetsNothing) {
    start_sealed();
    SealedFar mallory{KeyPair::make(), "uuid-1", device.public_key()};
    open_far(mallory);
    mallory.add(ask(1, version));
    post_all(mallory);
    EXPECT_EQ(ended(mallory.id), "not_trusted");
    EXPECT_EQ(asked_of_browser(), 0u);
    EXPECT_EQ(router->status().clients, 0u);
    EXPECT_EQ(router->status().clients_ended.at("not_trusted"), 1u);
}

TEST_F(SealedClientsTest, WithoutKeysEverythingIsAsItWas) {
    start();
    router->set_key(device);
    command("Agent.getInfo", "{}");
    EXPECT_FALSE(answered()["result"]["agent"].contains("fingerprint"));
    EXPECT_EQ(answered().dump().find("sealed"), std::string::npos);
    auto client = far();
    command("Agent.open", client.open_params());
    EXPECT_EQ(answered()["error"], json::parse(R"({"code":-32602,"message":"This agent takes no sealed clients."})"));
}

TEST_F(SealedClientsTest, TheAgentSaysThatItTakesThemAndWithWhichKey) {
    start_sealed();
    command("Agent.getInfo", "{}");
    const json result = answered()["result"];
    EXPECT_EQ(result["agent"]["fingerprint"], platform::fingerprint(device.public_key()));
    EXPECT_NE(std::find(result["features"].begin(), result["features"].end(), "sealed"), result["features"].end());
}

TEST_F(SealedClientsTest, WithAllNothingPlainIsCarriedOut) {
    settings.trust.require = relay::Require::all;
    start_sealed();
    for (const char* method : {"Browser.getVersion", "Target.createTarget", "Agent.fileRead", "IO.read"}) {
        command(method, "{}");
        EXPECT_EQ(answered()["error"]["data"]["reason"], "denied") << method;
        EXPECT_EQ(answered()["error"]["data"]["require"], "all") << method;
    }
    command("Agent.open", "{}");
    EXPECT_EQ(answered()["error"]["data"]["reason"], "denied");
    EXPECT_EQ(asked_of_browser(), 0u);
    command("Agent.getInfo", "{}");
    EXPECT_TRUE(answered().contains("result"));
    auto client = far();
    serve(client, "A");
    client.add(ask(1, version));
    post_all(client);
    EXPECT_NE(browser.find(version), nullptr);
}

TEST_F(SealedClientsTest, WithClientsPlainCommandsMayLookAndNoMore) {
    settings.trust.require = relay::Require::clients;
    start_sealed();
    command("Target.createTarget", R"({"url":"about:blank"})");
    EXPECT_EQ(answered()["error"]["data"]["reason"], "denied");
    command("Agent.open", "{}");
    EXPECT_EQ(answered()["error"]["data"]["reason"], "denied");
    command(version, "{}");
    EXPECT_EQ(browser.asked.back().method, version);
}

TEST_F(SealedClientsTest, AKeyMayHaveAPolicyOfItsOwn) {
    settings.trust.policy = {"alice=observe"};
    start_sealed();
    auto client = far();
    serve(client, "A");
    client.add(ask(1, "Target.createTarget", {{"url", "about:blank"}}));
    client.add(ask(2, version));
    post_all(client);
    hear(client);
    ASSERT_EQ(client.items.size(), 1u);
    EXPECT_NE(client.items[0]["error"]["message"].get<std::string>().find("observe"), std::string::npos);
    EXPECT_EQ(browser.find("Target.createTarget"), nullptr);
    EXPECT_NE(browser.find(version), nullptr);
}

TEST_F(SealedClientsTest, ThePageThatItAsksForIsJudgedWhenItsKeyIsProved) {
    start_sealed();
    auto client = far();
    open_far(client, {{"target", "FILE"}});
    post_all(client);
    EXPECT_EQ(ended(client.id), "denied");
    EXPECT_EQ(asked_of_browser(), 0u);
}

/// Who carries the open changes what it asks for, or takes it to another device.
TEST_F(SealedClientsTest, AnOpenThatWasChangedFailsTheHandshake) {
    settings.clients.allow_exclusive = true;
    start_sealed();
    for (const json& change : {json{{"target", "PAGE"}}, json{{"exclusive", true}}, json{{"leaseMs", 5000}},
                               json{{"label", "other"}}, json{{"data", "AAAA"}}, json{{"data", 1}}}) {
        auto client = far();
        json params = json::parse(client.open_params({{"label", "mine"}}));
        params.update(change);
        command("Agent.open", params.dump());
        EXPECT_EQ(answered()["error"]["code"], -32602) << change;
    }
    SealedFar elsewhere{alice, "uuid-2", device.public_key()};
    command("Agent.open", elsewhere.open_params());
    EXPECT_EQ(answered()["error"]["code"], -32602);
    EXPECT_EQ(router->status().clients, 0u);
}

/// Everything that was said is said once more.
TEST_F(SealedClientsTest, ARecordedHandshakeAndItsPostsDoNothingAgain) {
    start_sealed();
    auto client = far();
    const std::string open_params = client.open_params();
    command("Agent.open", open_params);
    client.on_opened(answered()["result"], limit);
    client.add(ask(1, "Runtime.evaluate", {{"expression", "1"}}));
    const std::string post = post_all(client);
    give_session("A");
    answer(*browser.find("Runtime.evaluate"), cdp::Fate::result, R"({"result":{}})");
    const std::size_t before = asked_of_browser();
    command("Agent.post", post);  // the same number: it came before
    EXPECT_EQ(asked_of_browser(), before);
    EXPECT_EQ(ended(client.id), "");
    command("Agent.open", open_params);
    json moved = json::parse(post);
    moved["client"] = answered()["result"]["client"];
    command("Agent.post", moved.dump());
    EXPECT_EQ(ended(moved["client"]), "handshake");
    EXPECT_EQ(router->status().clients_ended.at("handshake"), 1u);
    EXPECT_EQ(asked_of_browser(), before);
    command("Agent.close", R"({"client":")" + client.id + "\"}");
    command("Agent.post", post);
    EXPECT_EQ(ended(client.id), "closed");
    EXPECT_EQ(browser.find("Runtime.evaluate", "A"),
              &*std::find_if(browser.asked.begin(), browser.asked.end(),
                             [](const Asked& one) { return one.method == "Runtime.evaluate"; }))
        << "it was carried out once";
}

TEST_F(SealedClientsTest, APostOfOneClientIsNoneOfAnother) {
    start_sealed();
    auto one = far();
    auto two = far();
    serve(one, "A");
    serve(two, "B");
    one.add(ask(1, version));
    json moved = json::parse(*one.next_post());
    moved["client"] = two.id;
    command("Agent.post", moved.dump());
    EXPECT_EQ(ended(two.id), "bad_record");
    EXPECT_EQ(browser.find(version), nullptr);
    EXPECT_EQ(ended(one.id), "");
    EXPECT_EQ(router->status().clients, 1u);
}

TEST_F(SealedClientsTest, PostsThatWereSwappedEndTheClient) {
    start_sealed();
    auto client = far();
    serve(client, "A");
    client.add(ask(1, version));
    json first = json::parse(*client.next_post());
    client.add(ask(2, "Target.getTargets"));
    json second = json::parse(*client.next_post());
    std::swap(first["data"], second["data"]);
    command("Agent.post", first.dump());
    EXPECT_EQ(ended(client.id), "bad_record");
    EXPECT_EQ(browser.find("Target.getTargets"), nullptr);
}

TEST_F(SealedClientsTest, APostThatWasChangedEndsTheClient) {
    start_sealed();
    auto client = far();
    serve(client, "A");
    client.add(ask(1, version));
    json post = json::parse(*client.next_post());
    std::string bytes = *platform::from_base64(post["data"].get<std::string>());
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    post["data"] = platform::base64(bytes);
    command("Agent.post", post.dump());
    EXPECT_EQ(ended(client.id), "bad_record");
    EXPECT_EQ(browser.find(version), nullptr);
    EXPECT_EQ(router->status().clients_ended.at("bad_record"), 1u);
}

TEST_F(SealedClientsTest, APostThatWasDroppedIsAskedForAgain) {
    start_sealed();
    auto client = far();
    serve(client, "A");
    client.add(ask(1, version));
    const std::string lost = *client.next_post();
    client.add(ask(2, "Target.getTargets"));
    post_all(client);
    EXPECT_EQ(browser.find("Target.getTargets"), nullptr);
    hear(client);
    command("Agent.post", lost);
    EXPECT_NE(browser.find(version), nullptr);
    EXPECT_EQ(ended(client.id), "");
}

/// What can be told apart from the client's own posts ends nothing.
TEST_F(SealedClientsTest, PostsThatAreNoneOfItsStreamAreIgnoredAndCounted) {
    start_sealed();
    auto client = far();
    serve(client, "A");
    const std::string begin = R"({"client":")" + client.id + R"(","seq":2,"ack":0,)";
    for (const char* rest : {R"("messages":[{"id":1,"method":"Browser.getVersion"}]})", R"("data":"!"})",
                             R"("data":""})", R"("data":"AAAA","part":1,"parts":2})", R"("data":7})"}) {
        command("Agent.post", begin + rest);
    }
    command("Agent.post", R"({"client":")" + client.id + R"(","ack":99})");
    EXPECT_EQ(router->status().sealed_ignored, 6u);
    EXPECT_EQ(browser.find(version), nullptr);
    client.add(ask(1, version));
    post_all(client);
    EXPECT_NE(browser.find(version), nullptr) << "it goes on";
}

TEST_F(SealedClientsTest, WhatItSaysInsideOfTheSealFollowsTheRules) {
    start_sealed();
    auto client = far();
    serve(client, "A");
    client.stream->add("[1]");
    post_all(client);
    EXPECT_EQ(ended(client.id), "bad_request");
}

TEST_F(SealedClientsTest, FilesAreItsOwnInsideOfTheSealAlone) {
    start_sealed();
    auto client = far();
    serve(client, "A");
    const std::string name = R"("name":"a"})";
    command("Agent.fileRead", R"({"client":")" + client.id + R"(",)" + name);
    EXPECT_NE(answered()["error"]["message"].get<std::string>().find("sealed"), std::string::npos);
    auto other = far();
    serve(other, "B");
    client.add(ask(1, "Agent.fileRead", {{"name", "a"}}));
    client.add(ask(2, "Agent.fileRead", {{"name", "a"}, {"client", other.id}}));
    client.add(ask(3, "Agent.getInfo"));
    client.add(ask(4, "Agent.open"));
    post_all(client);
    hear(client);
    ASSERT_EQ(client.items.size(), 4u);
    EXPECT_NE(client.items[0]["error"]["message"].get<std::string>().find("spool.folder"), std::string::npos);
    EXPECT_EQ(client.items[1]["error"]["message"], "No client with given id found");
    EXPECT_EQ(client.items[2]["result"]["agent"]["uuid"], "uuid-1");
    EXPECT_EQ(client.items[3]["error"]["code"], -32601);
}

TEST_F(SealedClientsTest, ACallInsideGoesWhereACommandWithoutAClientWould) {
    settings.trust.require = relay::Require::all;
    start_sealed();
    auto client = far();
    serve(client, "A");
    client.add(json::parse(R"({"id":"c-1","method":"Agent.call","params":{"method":"Runtime.evaluate","params":{}}})"));
    post_all(client);
    ASSERT_EQ(browser.asked.back().method, "Runtime.evaluate");
    EXPECT_EQ(browser.asked.back().kind, cdp::Destination::Kind::default_page);
    EXPECT_NE(browser.asked.back().deadline, TimePoint::max());
    answer_last(R"({"result":{}})");
    client.add(json::parse(R"({"id":"c-2","method":"Agent.call","params":{"method":"SystemInfo.getInfo"}})"));
    client.add(json::parse(R"({"id":3,"method":"Agent.call","params":{"method":"Agent.open"}})"));
    client.add(json::parse(R"({"id":4,"method":"Agent.call","params":{"id":5,"method":"Browser.getVersion"}})"));
    client.add(json::parse(R"({"id":5,"method":"Agent.call"})"));
    client.add(json::parse(R"({"id":"c-6","method":"Browser.getVersion"})"));
    post_all(client);
    hear(client);
    ASSERT_EQ(client.items.size(), 6u);
    EXPECT_EQ(client.items[0], json::parse(R"({"id":"c-1","result":{"result":{}}})"));
    EXPECT_EQ(client.items[1]["error"]["data"]["reason"], "denied") << client.items[1];
    for (int i : {2, 3, 4}) EXPECT_EQ(client.items[i]["error"]["code"], -32602) << client.items[i];
    EXPECT_EQ(client.items[5]["error"]["code"], -32600) << "the browser wants numbers";
}

TEST_F(SealedClientsTest, EndsWhenItSaysSoInside) {
    start_sealed();
    auto client = far();
    serve(client, "A");
    client.add(ask(1, "Agent.close"));
    post_all(client);
    hear(client);
    ASSERT_EQ(client.items.size(), 1u);
    EXPECT_EQ(client.items[0]["result"], json::object());
}

TEST_F(SealedClientsTest, AKeyThatIsTakenOffTheListEndsItsClients) {
    start_sealed();
    auto client = far();
    serve(client, "A");
    const std::string plain = open("B");
    router->set_trust(settings.trust);
    EXPECT_EQ(router->status().clients, 2u) << "nothing has changed";
    router->set_trust({.controllers = {platform::openssh_line(KeyPair::make().public_key(), "bob")}});
    EXPECT_EQ(ended(client.id), "not_trusted");
    EXPECT_EQ(ended(plain), "");
    router->set_trust({.require = relay::Require::clients, .controllers = settings.trust.controllers});
    EXPECT_EQ(ended(plain), "denied");
}

TEST_F(SealedClientsTest, AKeyThatIsTakenOffTheListMeanwhileIsNotTakenInTheHandshake) {
    start_sealed();
    auto client = far();
    open_far(client);
    router->set_trust({.controllers = {platform::openssh_line(KeyPair::make().public_key(), "bob")}});
    post_all(client);
    EXPECT_EQ(ended(client.id), "not_trusted");
    EXPECT_EQ(asked_of_browser(), 0u);
}

/// Whoever may broadcast can open them: they keep nobody away for long, and hold nothing.
TEST_F(SealedClientsTest, ThoseThatProveNothingAreFewAndHaveNothing) {
    settings.clients.allow_exclusive = true;
    start_sealed();
    SealedFar mallory{KeyPair::make(), "uuid-1", device.public_key()};
    for (int i = 0; i < 8; ++i) open_far(mallory, {{"exclusive", true}, {"label", std::to_string(i)}});
    command("Agent.open", mallory.open_params());
    EXPECT_EQ(answered()["error"]["data"]["reason"], "overloaded");
    command(version, "{}");
    EXPECT_EQ(browser.asked.back().method, version) << "none of them holds the browser";
    EXPECT_FALSE(open("B").empty()) << "nor a place";
}

TEST_F(SealedClientsTest, ItHasTheBrowserForItselfOnceItsKeyIsProved) {
    settings.clients.allow_exclusive = true;
    start_sealed();
    auto client = far();
    open_far(client, {{"exclusive", true}});
    command(version, "{}");
    EXPECT_NE(browser.find(version), nullptr);
    post_all(client);
    command(version, "{}");
    EXPECT_EQ(answered()["error"]["data"]["reason"], "busy");
}

TEST_F(SealedClientsTest, AnOpenThatComesTwiceIsAnsweredTheSame) {
    start_sealed();
    auto client = far();
    const std::string again = R"({"id":"again","method":"Agent.open","params":)" + client.open_params() + "}";
    router->on_command(again, {});
    const json first = answered();
    router->on_command(again, {});
    EXPECT_EQ(answered(), first);
    EXPECT_EQ(router->status().clients, 1u);
}

TEST_F(SealedClientsTest, AResumedOneCostsNoMessageMoreThanAFullOne) {
    start_sealed();
    auto client = far();
    serve(client, "A");
    client.add(ask(1, version));
    post_all(client);
    answer_last("{}");
    hear(client);
    const auto session = client.stream->sealed()->take_session();
    ASSERT_FALSE(session.empty()) << "the first broadcast down has it";
    auto second = far();
    command("Agent.open", second.open_params(json::object(), session.reveal()));
    second.on_opened(answered()["result"], limit);
    second.add(ask(1, version));
    post_all(second);
    EXPECT_TRUE(second.stream->sealed()->resumed());
    give_session("B");
    EXPECT_NE(browser.find(version, "B"), nullptr);
}

TEST_F(SealedClientsTest, AKeyThatIsTakenOffTheListDoesNotComeBackWithATicket) {
    start_sealed();
    auto client = far();
    serve(client, "A");
    client.add(ask(1, version));
    post_all(client);
    answer_last("{}");
    hear(client);
    const auto session = client.stream->sealed()->take_session();
    ASSERT_FALSE(session.empty());
    router->set_trust({.controllers = {platform::openssh_line(KeyPair::make().public_key(), "bob")}});
    EXPECT_EQ(ended(client.id), "not_trusted");
    const std::size_t before = asked_of_browser();
    auto second = far();
    command("Agent.open", second.open_params(json::object(), session.reveal()));
    second.on_opened(answered()["result"], limit);
    EXPECT_TRUE(second.stream->sealed()->resumed()) << "the ticket itself still counts";
    second.add(ask(1, version));
    post_all(second);
    EXPECT_EQ(ended(second.id), "not_trusted");
    EXPECT_EQ(asked_of_browser(), before) << "the first one's session was left before that";
}

TEST_F(SealedClientsTest, ASessionThatDoesNotComeEndsIt) {
    start_sealed();
    auto client = far();
    open_far(client);
    post_all(client);
    answer_last(R"({"code":-32000,"message":"Not allowed"})", cdp::Fate::error);
    EXPECT_EQ(ended(client.id), "session_lost");
}

/// Chrome counts its streams: any member guesses the handle of one.
TEST_F(SealedClientsTest, AStreamIsReadByTheKeyThatItWasGivenTo) {
    settings.trust.require = relay::Require::clients;
    start_sealed_for_two();
    auto client = far();
    serve(client, "A");
    call(client, "c-1", "Page.printToPDF", {{"transferMode", "ReturnAsStream"}});
    ASSERT_EQ(browser.asked.back().method, "Page.printToPDF");
    answer_last(R"({"data":"","stream":"1"})");
    for (const char* method : {"IO.read", "IO.close"}) {
        command(method, R"({"handle":"1"})");
        EXPECT_EQ(answered()["error"]["data"]["reason"], "denied") << method;
        EXPECT_EQ(browser.find(method), nullptr) << method;
    }
    auto of_bob = far_of_bob();
    serve(of_bob, "B");
    call(of_bob, "c-2", "IO.read", {{"handle", "1"}});
    hear(of_bob);
    ASSERT_EQ(of_bob.items.size(), 1u);
    EXPECT_EQ(of_bob.items[0]["error"]["data"]["reason"], "denied");
    EXPECT_EQ(browser.find("IO.read"), nullptr);
    auto next = far();
    serve(next, "C");
    call(next, "c-3", "IO.read", {{"handle", "1"}});
    EXPECT_NE(browser.find("IO.read"), nullptr) << "each call is a client of its own";
}

TEST_F(SealedClientsTest, AStreamThatWasGivenInPlainIsReadInPlain) {
    start_sealed();
    command("Page.printToPDF", R"({"transferMode":"ReturnAsStream"})");
    ASSERT_EQ(browser.asked.back().method, "Page.printToPDF");
    answer_last(R"({"data":"","stream":"1"})");
    command("IO.read", R"({"handle":"1"})");
    EXPECT_NE(browser.find("IO.read"), nullptr);
}

TEST_F(SealedClientsTest, TheStreamOfATraceIsTheKeysThatTraced) {
    start_sealed_for_two();
    auto client = far();
    serve(client, "A");
    browser.tell("A", "Tracing.tracingComplete", R"({"dataLossOccurred":false,"stream":"7"})");
    command_in("A", "IO.read", R"({"handle":"7"})");
    EXPECT_EQ(answered()["error"]["data"]["reason"], "denied");
    client.add(ask(1, "IO.read", {{"handle", "7"}}));
    post_all(client);
    EXPECT_NE(browser.find("IO.read", "A"), nullptr);
    call(client, "c-2", "Tracing.end");
    ASSERT_EQ(browser.asked.back().method, "Tracing.end");
    answer_last("{}");
    browser.tell("", "Tracing.tracingComplete", R"({"dataLossOccurred":false,"stream":"8"})");
    command("IO.read", R"({"handle":"8"})");
    EXPECT_EQ(answered()["error"]["data"]["reason"], "denied") << "no client heard that event";
}

/// Where no page is known yet, the browser link judges it when the command is sent.
TEST_F(SealedClientsTest, ANarrowerPolicyGuardsAPageThatIsNotKnownYet) {
    settings.policy.profile = relay::Profile::full;
    settings.trust.policy = {"bob=observe"};
    start_sealed_for_two();
    auto client = far();
    serve(client, "A");
    call(client, "c-1", "Page.captureScreenshot");
    ASSERT_EQ(browser.asked.back().method, "Page.captureScreenshot");
    EXPECT_FALSE(browser.asked.back().content) << "the machine's policy is full";
    auto of_bob = far_of_bob();
    serve(of_bob, "B");
    call(of_bob, "c-2", "Page.captureScreenshot");
    ASSERT_EQ(browser.asked.back().method, "Page.captureScreenshot");
    EXPECT_TRUE(browser.asked.back().content);
}

TEST_F(SealedClientsTest, APlainCommandIsGuardedAsThatOfObserveIs) {
    settings.policy.profile = relay::Profile::full;
    settings.trust.require = relay::Require::clients;
    start_sealed();
    command("Page.captureScreenshot", "{}");
    ASSERT_EQ(browser.asked.back().method, "Page.captureScreenshot");
    EXPECT_TRUE(browser.asked.back().content);
}

TEST_F(SealedClientsTest, ANarrowerPolicyHidesWhatItsClientMayNotRead) {
    settings.policy.profile = relay::Profile::full;
    settings.trust.policy = {"bob=observe"};
    start_sealed_for_two();
    auto client = far();
    serve(client, "A");
    auto of_bob = far_of_bob();
    serve(of_bob, "B");
    const std::string console = "Runtime.consoleAPICalled";
    for (const char* top : {"A", "B"}) {
        const std::string page = std::string{top} + "-FILE";
        browser.open(page, browser.file_page, top);
        browser.tell(page, console, R"({"type":"log"})");
    }
    hear(client);
    hear(of_bob);
    EXPECT_EQ(client.items.size(), 1u);
    EXPECT_TRUE(of_bob.items.empty());
}

TEST_F(SealedClientsTest, ANarrowerPolicyTakesNoSessionOfTheOldKind) {
    settings.policy.profile = relay::Profile::full;
    settings.trust.policy = {"bob=observe"};
    start_sealed_for_two();
    auto of_bob = far_of_bob();
    serve(of_bob, "B");
    of_bob.add(ask(1, "Target.attachToTarget", {{"targetId", "PAGE"}, {"flatten", false}}));
    post_all(of_bob);
    EXPECT_EQ(browser.find("Target.attachToTarget"), nullptr);
    hear(of_bob);
    ASSERT_EQ(of_bob.items.size(), 1u);
    EXPECT_NE(of_bob.items[0]["error"]["message"].get<std::string>().find("flatten"), std::string::npos);
}

TEST_F(SealedClientsTest, APieceOfTheAgentsStreamIsGivenInside) {
    limit = 5000;
    start_sealed();
    command(version, "{}");
    answer_last(R"({"product":")" + std::string(6000, 'z') + R"("})");
    const std::string handle = answered()["error"]["data"].value("stream", "");
    ASSERT_TRUE(handle.starts_with("agent:")) << answered();
    auto client = far();
    serve(client, "A");
    const std::size_t before = answers_in_plain();
    call(client, "c-1", "IO.read", {{"handle", handle}, {"size", 1000}});
    for (int i = 0; i < 5; ++i) {
        hear(client);
        post_all(client);
    }
    EXPECT_EQ(answers_in_plain(), before);
    ASSERT_EQ(client.items.size(), 1u);
    EXPECT_EQ(client.items[0]["id"], "c-1");
    EXPECT_EQ(client.items[0]["result"]["data"].get<std::string>().size(), 1000u);
}

TEST_F(SealedClientsTest, ThoseThatProveTheirKeysLaterAreNotMoreThanMayBe) {
    settings.clients.max_count = 1;
    start_sealed();
    auto one = far();
    auto two = far();
    open_far(one);
    open_far(two);
    post_all(one);
    give_session("A");
    const std::size_t before = asked_of_browser();
    post_all(two);
    EXPECT_EQ(ended(two.id), "overloaded");
    EXPECT_EQ(asked_of_browser(), before);
    EXPECT_EQ(ended(one.id), "");
    EXPECT_EQ(router->status().clients, 1u);
}

}  // namespace
