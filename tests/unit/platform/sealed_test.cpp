// TLS over memory: both sides in one process, and somebody between them who does what he likes with the records.
#include "platform/sealed.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <vector>

namespace {

using platform::KeyPair;
using platform::PublicKey;
using platform::SealedConnection;
using platform::SealedParty;
using platform::SealedRole;
using State = SealedConnection::State;
using Failure = SealedConnection::Failure;

class SealedTest : public testing::Test {
  protected:
    SealedConnection::Opening opening(const PublicKey& wanted, const std::string& binding = "device") {
        return {.binding = binding, .takes = [wanted](const PublicKey& key) { return key == wanted; }};
    }
    std::unique_ptr<SealedConnection> controller(std::string_view session = {}, const std::string& binding = "device") {
        auto how = opening(agent_key.public_key(), binding);
        how.session = session;
        how.rekey_after = rekey_after;
        return std::make_unique<SealedConnection>(controllers, std::move(how));
    }
    std::unique_ptr<SealedConnection> agent(const std::string& binding = "device") {
        return std::make_unique<SealedConnection>(agents, opening(controller_key.public_key(), binding));
    }

    /// Hands everything over until nobody has anything to say.
    static void talk(SealedConnection& a, SealedConnection& b, std::string* at_a = nullptr,
                     std::string* at_b = nullptr) {
        for (bool more = true; more;) {
            const std::string to_b = a.take_records();
            const std::string came_b = b.feed(to_b);
            const std::string to_a = b.take_records();
            const std::string came_a = a.feed(to_a);
            if (at_a != nullptr) *at_a += came_a;
            if (at_b != nullptr) *at_b += came_b;
            more = !to_b.empty() || !to_a.empty();
        }
    }

    const KeyPair agent_key = KeyPair::make();
    const KeyPair controller_key = KeyPair::make();
    SealedParty agents{SealedRole::agent, agent_key};
    SealedParty controllers{SealedRole::controller, controller_key};
    std::uint64_t rekey_after = std::uint64_t{1} << 32;
};

TEST_F(SealedTest, EachKnowsTheOthersKeyAndTextPassesBothWays) {
    const auto one = controller();
    const auto other = agent();
    std::string at_agent, at_controller;
    one->write("before the handshake");
    talk(*one, *other, &at_controller, &at_agent);
    EXPECT_EQ(one->state(), State::open) << one->sentence();
    EXPECT_EQ(other->state(), State::open) << other->sentence();
    EXPECT_EQ(one->peer(), agent_key.public_key());
    EXPECT_EQ(other->peer(), controller_key.public_key());
    EXPECT_EQ(at_agent, "before the handshake");
    other->write(std::string(100'000, 'x'));
    talk(*one, *other, &at_controller, &at_agent);
    EXPECT_EQ(at_controller, std::string(100'000, 'x'));
}

/// What the channel's protocol builds on: one flight each, and what the controller says goes with its second.
TEST_F(SealedTest, AHandshakeIsOneFlightFromTheAgent) {
    const auto one = controller();
    const auto other = agent();
    one->write("first");
    EXPECT_EQ(other->feed(one->take_records()), "");
    EXPECT_EQ(other->state(), State::handshake);
    one->feed(other->take_records());
    EXPECT_EQ(one->state(), State::open);
    EXPECT_EQ(other->feed(one->take_records()), "first");
    EXPECT_EQ(other->state(), State::open);
}

TEST_F(SealedTest, TheBytesMayBeCutAnywhere) {
    const auto one = controller();
    const auto other = agent();
    const auto drip = [](SealedConnection& from, SealedConnection& to) {
        std::string plain;
        for (const char c : from.take_records()) plain += to.feed({&c, 1});
        return plain;
    };
    drip(*one, *other);
    drip(*other, *one);
    one->write("drop by drop");
    EXPECT_EQ(drip(*one, *other), "drop by drop");
    EXPECT_EQ(drip(*other, *one), "");
    EXPECT_FALSE(one->take_session().empty()) << "the ticket came";
}

TEST_F(SealedTest, AControllerWhoseKeyIsNotTakenIsToldApart) {
    const SealedParty stranger{SealedRole::controller, KeyPair::make()};
    SealedConnection one{stranger, opening(agent_key.public_key())};
    const auto other = agent();
    std::string at_agent;
    one.write("let me in");
    talk(one, *other, nullptr, &at_agent);
    EXPECT_EQ(other->failure(), Failure::not_trusted);
    EXPECT_EQ(other->peer(), stranger.public_key());
    EXPECT_NE(other->sentence().find(platform::fingerprint(stranger.public_key())), std::string::npos);
    EXPECT_EQ(at_agent, "");
    EXPECT_EQ(one.failure(), Failure::refused) << one.sentence();
}

/// Anybody may show a key that he has seen: only who proves it hears whether it is taken.
TEST_F(SealedTest, AKeyThatIsShownAndNotProvedIsJudgedAlikeListedOrNot) {
    const KeyPair unlisted = KeyPair::make();
    std::vector<std::string> sentences;
    for (const KeyPair* const claimed : {&controller_key, &unlisted}) {
        const SealedParty forger{SealedRole::controller, KeyPair::make()};
        ASSERT_EQ(X509_set_pubkey(SSL_CTX_get0_certificate(forger.native()), claimed->native()), 1);
        SealedConnection one{forger, opening(agent_key.public_key())};
        const auto other = agent();
        talk(one, *other);
        EXPECT_EQ(other->peer(), claimed->public_key()) << "it was shown";
        EXPECT_EQ(other->failure(), Failure::handshake) << other->sentence();
        sentences.push_back(other->sentence());
    }
    EXPECT_EQ(sentences[0], sentences[1]);
}

TEST_F(SealedTest, AnAgentWithAnotherKeyHearsNothing) {
    const SealedParty impostor{SealedRole::agent, KeyPair::make()};
    const auto one = controller();
    SealedConnection other{impostor, opening(controller_key.public_key())};
    std::string at_agent;
    one->write("secret");
    talk(*one, other, nullptr, &at_agent);
    EXPECT_EQ(one->failure(), Failure::not_trusted) << one->sentence();
    EXPECT_EQ(one->peer(), impostor.public_key());
    EXPECT_NE(other.state(), State::open);
    EXPECT_EQ(at_agent, "");
}

TEST_F(SealedTest, BothMeanTheSameDeviceAndTheSameRequest) {
    const auto one = controller({}, "device one");
    const auto other = agent("device two");
    talk(*one, *other);
    EXPECT_EQ(one->failure(), Failure::handshake);
    EXPECT_EQ(other->failure(), Failure::handshake);
}

TEST_F(SealedTest, ResumesWithItsTicketOnceMore) {
    const auto first = controller();
    const auto first_agent = agent();
    talk(*first, *first_agent);
    const auto session = first->take_session();
    ASSERT_FALSE(session.empty());
    EXPECT_TRUE(first->take_session().empty()) << "it was taken";
    const auto second = controller(session.reveal());
    const auto second_agent = agent();
    std::string at_agent;
    second->write("again");
    talk(*second, *second_agent, nullptr, &at_agent);
    EXPECT_TRUE(second->resumed());
    EXPECT_TRUE(second_agent->resumed());
    EXPECT_EQ(at_agent, "again");
    EXPECT_EQ(second->peer(), agent_key.public_key());
    EXPECT_EQ(second_agent->peer(), controller_key.public_key());
    EXPECT_FALSE(second->take_session().empty()) << "each connection gives a new one";
}

TEST_F(SealedTest, ASessionThatCannotBeReadIsLeftOut) {
    const auto first = controller();
    const auto first_agent = agent();
    talk(*first, *first_agent);
    std::string cut{first->take_session().reveal()};
    cut.resize(cut.size() / 2);
    for (const std::string_view session : {std::string_view{cut}, std::string_view{"no session"}}) {
        const auto second = controller(session);
        const auto second_agent = agent();
        talk(*second, *second_agent);
        EXPECT_EQ(second->state(), State::open) << second->sentence();
        EXPECT_FALSE(second->resumed());
    }
}

TEST_F(SealedTest, ATicketOfAKeyThatIsNotTakenAnyMoreResumesNothing) {
    const auto first = controller();
    talk(*first, *agent());
    const auto session = first->take_session();
    const auto second = controller(session.reveal());
    SealedConnection later{agents, opening(KeyPair::make().public_key())};
    std::string at_agent;
    second->write("again");
    talk(*second, later, nullptr, &at_agent);
    EXPECT_EQ(later.failure(), Failure::not_trusted) << later.sentence();
    EXPECT_EQ(at_agent, "");
}

TEST_F(SealedTest, ATicketIsGoodForTheSamePartyAloneAndTheBindingCountsAgain) {
    const auto first = controller();
    talk(*first, *agent());
    const auto session = first->take_session();
    agents = SealedParty{SealedRole::agent, agent_key};  // the agent has started anew
    const auto second = controller(session.reveal());
    const auto second_agent = agent();
    talk(*second, *second_agent);
    EXPECT_EQ(second->state(), State::open) << second->sentence();
    EXPECT_FALSE(second->resumed()) << "a full handshake takes its place";
    const auto third = controller(second->take_session().reveal(), "another");
    const auto third_agent = agent();
    talk(*third, *third_agent);
    EXPECT_EQ(third_agent->failure(), Failure::handshake);
}

TEST_F(SealedTest, WhatIsNoSessionIsNone) {
    const auto one = controller("rubbish");
    const auto other = agent();
    talk(*one, *other);
    EXPECT_EQ(one->state(), State::open);
    EXPECT_FALSE(one->resumed());
}

/// Each of the records that pass is done something to, one after the other: none of it is taken for what it is not.
class SealedFaultTest : public SealedTest {
  protected:
    void SetUp() override {
        talk(*one, *other);
        for (int i = 0; i < 3; ++i) {
            one->write("message " + std::to_string(i));
            records.push_back(one->take_records());
        }
    }
    const std::unique_ptr<SealedConnection> one = controller();
    const std::unique_ptr<SealedConnection> other = agent();
    std::vector<std::string> records;
};

TEST_F(SealedFaultTest, AChangedByteIsNoticedWhereverItIs) {
    for (std::size_t at = 0; at < records[0].size(); ++at) {
        const auto a = controller();
        const auto b = agent();
        talk(*a, *b);
        a->write("message");
        std::string changed = a->take_records();
        if (at >= changed.size()) break;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        // A length that was changed makes it wait for more, which is of the next record then.
        std::string plain = b->feed(changed);
        a->write(std::string(400, 'x'));
        if (b->state() != State::failed) plain += b->feed(a->take_records());
        EXPECT_EQ(plain, "") << at;
        EXPECT_EQ(b->failure(), Failure::record) << at << b->sentence();
    }
}

TEST_F(SealedFaultTest, RecordsThatAreDroppedDoubledOrSwappedEndIt) {
    EXPECT_EQ(other->feed(records[0]), "message 0");
    EXPECT_EQ(other->feed(records[2]), "") << "the one before was dropped";
    EXPECT_EQ(other->failure(), Failure::record);
    EXPECT_EQ(other->feed(records[1]), "") << "it is over";
}

TEST_F(SealedFaultTest, ARecordThatComesTwiceEndsIt) {
    EXPECT_EQ(other->feed(records[0]), "message 0");
    EXPECT_EQ(other->feed(records[0]), "");
    EXPECT_EQ(other->failure(), Failure::record);
}

TEST_F(SealedFaultTest, ARecordOfAnotherConnectionEndsIt) {
    const auto second = controller();
    const auto second_agent = agent();
    talk(*second, *second_agent);
    EXPECT_EQ(second_agent->feed(records[0]), "");
    EXPECT_EQ(second_agent->failure(), Failure::record);
}

TEST_F(SealedFaultTest, ARecordedHandshakeIsAnsweredAndGoesNoFurther) {
    const auto a = controller();
    const auto b = agent();
    const std::string hello = a->take_records();
    b->feed(hello);
    a->write("command");
    a->feed(b->take_records());
    const std::string rest = a->take_records();
    EXPECT_EQ(b->feed(rest), "command");
    const auto again = agent();
    again->feed(hello);
    EXPECT_FALSE(again->take_records().empty());
    EXPECT_EQ(again->feed(rest), "");
    EXPECT_EQ(again->state(), State::failed);
}

TEST_F(SealedTest, KeysAreChangedOnTheWay) {
    rekey_after = 1000;
    const auto one = controller();
    const auto other = agent();
    talk(*one, *other);
    std::string at_agent, at_controller, sent;
    for (int i = 0; i < 20; ++i) {
        const std::string text(300, static_cast<char>('a' + i));
        sent += text;
        one->write(text);
        talk(*one, *other, &at_controller, &at_agent);
    }
    EXPECT_EQ(at_agent, sent);
    other->write("back");
    talk(*one, *other, &at_controller, &at_agent);
    EXPECT_EQ(at_controller, "back");
}

TEST_F(SealedTest, AnEndInOrderIsNoFailure) {
    const auto one = controller();
    const auto other = agent();
    talk(*one, *other);
    one->close();
    one->write("too late");
    EXPECT_EQ(other->feed(one->take_records()), "");
    EXPECT_EQ(other->state(), State::closed);
    EXPECT_EQ(other->failure(), Failure::none);
}

TEST_F(SealedTest, AConnectionOutlivesItsParty) {
    std::unique_ptr<SealedConnection> one;
    {
        const SealedParty party{SealedRole::controller, controller_key};
        one = std::make_unique<SealedConnection>(party, opening(agent_key.public_key()));
    }
    const auto other = agent();
    talk(*one, *other);
    EXPECT_EQ(one->state(), State::open);
}

}  // namespace
