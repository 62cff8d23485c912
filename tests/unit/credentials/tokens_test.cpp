#include "agent/credentials/tokens.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <thread>

#include "agent/credentials/credential_watch.hpp"
#include "platform/crypto.hpp"
#include "tests/support/stall.hpp"
#include "tests/support/store.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using namespace credentials;
using namespace std::chrono_literals;

WallTime in(std::chrono::seconds s) {
    return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now()) + s;
}

Credential sample(std::optional<WallTime> expires = in(1h)) {
    Credential credential;
    credential.device_uuid = "6f1c2a3b-0000-4000-8000-000000000001";
    credential.access_token = Secret("old");
    credential.refresh = RefreshGrant{Secret("r1"), "client", "https://x/token"};
    credential.expires_at = expires;
    return credential;
}

/// A token that says itself when it runs out.
std::string jwt(WallTime expires) {
    const std::string claims = R"({"exp":)" + std::to_string(expires.time_since_epoch().count()) + "}";
    return platform::base64url(R"({"alg":"HS256"})") + "." + platform::base64url(claims) + ".signature";
}

class TokensTest : public testing::Test {
  protected:
    tests::TempFolder home;
    net::io_context context;
    Store store{StoreSettings{.folder = home / "store", .bind = false}};
    int asked = 0;
    Error refuse_with;
    std::function<void()> during = [] {};
    std::vector<std::string> revoked;
    std::optional<WallTime> next_expires;  // of the tokens that are granted, in their own claims

    awaitable<Result<Grant>> answer() {
        ++asked;
        // A turn of the loop, as a real request has many.
        platform::Timer turn(context, TimePoint::min());
        co_await turn.async_wait(no_throw);
        during();
        if (refuse_with) co_return refuse_with;
        Grant grant;
        grant.access_token = Secret("new" + std::to_string(asked));
        grant.refresh_token = Secret("r" + std::to_string(asked + 1));
        grant.expires_in = 3600s;
        if (next_expires) grant.access_token = Secret(jwt(*next_expires));
        co_return grant;
    }
    /// Turns of the loop for so long.
    awaitable<void> pass(std::chrono::milliseconds time) {
        platform::Timer timer(context, platform::BootClock::now() + time);
        co_await timer.async_wait(no_throw);
    }
    Fetch fetch = [this](const RefreshGrant&) { return answer(); };
    Revoke revoke = [this](const RefreshGrant& grant) -> awaitable<Error> {
        revoked.emplace_back(grant.token.reveal());
        co_return Error{};
    };
    Tokens tokens{context.get_executor(), &store, fetch};

    void pair(std::optional<WallTime> expires = in(1h)) {
        ASSERT_FALSE(tests::save(store, sample(expires)));
        auto stored = store.load();
        ASSERT_TRUE(stored);
        tokens.adopt(std::move(*stored));
        tokens.set_revoke(revoke);
    }
    /// Runs the refresher beside `test`, and both to their end.
    void run(std::function<awaitable<void>()> test) {
        co_spawn(
            context, [this] { return tokens.run(); }, [](std::exception_ptr e, Error) { rethrow(e); });
        auto both = [this, test]() -> awaitable<void> {
            co_await test();
            tokens.stop();
        };
        co_spawn(context, both, rethrow);
        context.run();
    }
};

TEST_F(TokensTest, StandsAtTheGateWithoutACredential) {
    EXPECT_EQ(tokens.current(), nullptr);
    run([this]() -> awaitable<void> {
        const Error ec = co_await tokens.refresh();
        EXPECT_EQ(ec, Errc::none);
    });
}

TEST_F(TokensTest, TheTokenStandsInForAMissingKey) {
    pair();
    EXPECT_EQ(tokens.current()->access, "old");
    EXPECT_EQ(tokens.current()->api_key, "old");
    EXPECT_TRUE(tokens.current()->refreshable);
    auto keyed = sample();
    keyed.api_key = Secret("key");
    keyed.refresh.reset();
    tokens.adopt(std::move(keyed));
    EXPECT_EQ(tokens.current()->api_key, "key");
    EXPECT_FALSE(tokens.current()->refreshable);
}

TEST_F(TokensTest, CallersAtTheSameTimeShareOneRequestAndTheResultIsStored) {
    pair();
    int done = 0;
    const auto used = tokens.generation();
    auto one = [this, used, &done]() -> awaitable<void> {
        const Error ec = co_await tokens.refresh(used);
        EXPECT_FALSE(ec) << ec.message();
        EXPECT_EQ(tokens.current()->access, "new1");
        ++done;
    };
    co_spawn(context, one, rethrow);
    co_spawn(context, one, rethrow);
    run([this, used]() -> awaitable<void> {
        co_await tokens.changed(used);
        const Error late = co_await tokens.refresh(used);  // somebody else was faster: nothing is asked
        EXPECT_FALSE(late);
    });
    EXPECT_EQ(done, 2);
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(store.load()->access_token, Secret("new1"));
    EXPECT_EQ(store.load()->refresh->token, Secret("r2"));
}

TEST_F(TokensTest, ATokenAboutToExpireIsRefreshedUnasked) {
    pair(in(1s));
    const auto used = tokens.generation();
    run([this, used]() -> awaitable<void> { co_await tokens.changed(used); });
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(tokens.current()->access, "new1");
}

/// By the server's clock, which moves here instead of ours: 2 min ahead, a fifth of a shorter life.
TEST_F(TokensTest, IsRefreshedUnaskedAsLongAheadAsItIsPromised) {
    struct Case {
        std::chrono::seconds life, left;
        int asked;
    };
    for (const auto& [life, left, wanted] :
         {Case{1h, refresh_ahead + 5s, 0}, Case{1h, refresh_ahead - 1s, 1}, Case{100s, 25s, 0}, Case{100s, 19s, 1}}) {
        TokensTest::asked = 0;
        Tokens one{context.get_executor(), nullptr, fetch};
        auto credential = sample(in(life));
        credential.origin = Origin::ephemeral;
        one.adopt(std::move(credential));
        one.learn_time(std::chrono::system_clock::now() + life - left);
        const auto run_one = [&]() -> awaitable<void> { co_await one.run(); };
        const auto end = [&]() -> awaitable<void> {
            co_await pass(100ms);
            one.stop();
        };
        co_spawn(context, run_one, rethrow);
        co_spawn(context, end, rethrow);
        context.restart();
        context.run();
        EXPECT_EQ(TokensTest::asked, wanted) << left.count() << " s left of " << life.count();
    }
}

TEST_F(TokensTest, AFailureIsToldAndNotHammered) {
    pair();
    refuse_with = Errc::unreachable;
    run([this]() -> awaitable<void> {
        for (int i = 0; i < 5; ++i) {
            const Error ec = co_await tokens.refresh();
            EXPECT_EQ(ec, Errc::unreachable);
        }
    });
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(tokens.current()->access, "old");
    EXPECT_NE(tokens.trouble(), "");
}

/// Our clock is two hours ahead, so every token that comes seems to have run out: asked for once, not for ever.
TEST_F(TokensTest, AClockThatIsAheadDoesNotSpendOneTokenAfterTheOther) {
    pair(in(-1h));
    next_expires = in(-1h);
    run([this]() -> awaitable<void> { co_await pass(500ms); });
    EXPECT_EQ(asked, 1);
}

TEST_F(TokensTest, TheServersClockDecidesWhenATokenRunsOut) {
    tokens.learn_time(std::chrono::system_clock::now() - 2h);
    pair(in(-1h));  // by the server's clock it lives for an hour more
    run([this]() -> awaitable<void> { co_await pass(100ms); });
    EXPECT_EQ(asked, 0);
}

TEST_F(TokensTest, HasRunOutByTheServersClockWhereAnotherOneMayBeHad) {
    EXPECT_FALSE(tokens.has_run_out()) << "there is none";
    pair();
    EXPECT_FALSE(tokens.has_run_out());
    tokens.learn_time(in(2h));
    EXPECT_TRUE(tokens.has_run_out());
    auto fixed = sample();
    fixed.refresh.reset();
    tokens.adopt(std::move(fixed));
    EXPECT_FALSE(tokens.has_run_out()) << "no other one can be had";
}

TEST_F(TokensTest, WhileASessionUsesItAShortLivedTokenIsReplacedInTime) {
    pair();
    next_expires = in(3s);
    run([this]() -> awaitable<void> {
        const Error ec = co_await tokens.refresh();
        EXPECT_FALSE(ec) << ec.message();
        const auto over = *tokens.current()->expires;
        const auto used = tokens.generation();
        next_expires = in(1h);
        tokens.set_in_session(true);
        co_await tokens.changed(used);
        EXPECT_LT(std::chrono::system_clock::now(), over) << "in time, and not a minute after the one before";
        EXPECT_EQ(asked, 2);
    });
}

/// Our clock is two hours ahead until the first answer of the server: the life of a token that came before is as long.
TEST_F(TokensTest, AClockThatIsSetRightDoesNotShortenTheLifeOfTheTokenInUse) {
    pair(in(4s - 2h));
    tokens.learn_time(std::chrono::system_clock::now() - 2h);
    run([this]() -> awaitable<void> {
        const auto over = *tokens.current()->expires;
        const auto used = tokens.generation();
        tokens.set_in_session(true);
        co_await tokens.changed(used);
        EXPECT_LT(tokens.server_time(), over - 1s) << "at half of its life";
        EXPECT_EQ(asked, 1);
    });
}

TEST_F(TokensTest, ATokenThatRanOutByTheServersClockIsRefreshedUnasked) {
    tokens.learn_time(std::chrono::system_clock::now() + 2h);
    pair(in(1h));
    next_expires = in(3h);
    const auto used = tokens.generation();
    run([this, used]() -> awaitable<void> { co_await tokens.changed(used); });
    EXPECT_EQ(asked, 1);
}

TEST_F(TokensTest, ARefusedRefreshWipesNothing) {
    pair(in(1s));
    refuse_with = Errc::refused;
    run([this]() -> awaitable<void> {
        const Error ec = co_await tokens.refresh();
        EXPECT_EQ(ec, Errc::refused);
    });
    EXPECT_EQ(asked, 1) << "not asked again before somebody did something about it";
    ASSERT_NE(tokens.current(), nullptr);
    EXPECT_EQ(tokens.current()->access, "old");
    const auto stored = store.load();
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->access_token, Secret("old"));
    EXPECT_EQ(stored->refresh->token, Secret("r1"));
}

TEST_F(TokensTest, ARefusalOfTheTokenBeforeSaysNothingOfOneThatCameMeanwhile) {
    pair();
    refuse_with = Errc::refused;
    during = [&] {
        if (asked > 1) return;
        auto rotated = sample(in(2h));
        rotated.access_token = Secret("rotated");
        rotated.paired_at = in(0s);
        rotated.origin = Origin::ephemeral;
        tokens.adopt(std::move(rotated));
        refuse_with = {};
    };
    run([&]() -> awaitable<void> {
        const Error first = co_await tokens.refresh();
        EXPECT_FALSE(first) << "another one is there";
        EXPECT_EQ(tokens.current()->access, "rotated");
        EXPECT_TRUE(tokens.trouble().empty()) << tokens.trouble();
        EXPECT_EQ(asked, 1);
        const Error second = co_await tokens.refresh();
        EXPECT_FALSE(second) << "not held back for what the one before was refused";
        EXPECT_EQ(tokens.current()->access, "new2");
    });
}

TEST_F(TokensTest, WhileAnotherProcessHoldsTheLockTheRefreshTokenIsNotSpent) {
    pair();
    auto lock = store.try_lock();
    ASSERT_TRUE(lock);
    run([this]() -> awaitable<void> {
        const Error ec = co_await tokens.refresh();
        EXPECT_TRUE(ec);
    });
    EXPECT_EQ(asked, 0);
    EXPECT_EQ(store.load()->refresh->token, Secret("r1"));
}

TEST_F(TokensTest, AnUnpairDuringARefreshDropsAndRevokesWhatCame) {
    pair();
    during = [this] {
        EXPECT_FALSE(store.wipe());
        (void)tokens.clear();
    };
    run([this]() -> awaitable<void> {
        (void)co_await tokens.refresh();
        // The revocation comes after the answer to us.
        while (revoked.empty()) {
            platform::Timer turn(context, TimePoint::min());
            co_await turn.async_wait(no_throw);
        }
    });
    EXPECT_EQ(tokens.current(), nullptr);
    EXPECT_EQ(revoked, std::vector<std::string>{"r2"});
    EXPECT_EQ(store.load().error(), Errc::none);
    EXPECT_FALSE(store.wiping());
}

TEST_F(TokensTest, AWipeByAnotherProcessDuringARefreshWins) {
    pair();
    during = [this] { EXPECT_FALSE(Store(store.folder()).wipe()); };
    run([this]() -> awaitable<void> {
        const Error ec = co_await tokens.refresh();
        EXPECT_EQ(ec, Errc::wiped);
    });
    EXPECT_EQ(store.load().error(), Errc::none);
    EXPECT_FALSE(store.wiping());
    EXPECT_EQ(revoked, std::vector<std::string>{"r2"});
}

TEST_F(TokensTest, WhatAnotherProcessRefreshedIsTaken) {
    pair();
    auto newer = store.load();
    newer->access_token = Secret("theirs");
    const auto lock = store.try_lock();
    ASSERT_FALSE(store.save_refreshed(*lock, *newer));
    { auto release = Lock(std::move(const_cast<Lock&>(*lock))); }
    run([this]() -> awaitable<void> {
        const Error ec = co_await tokens.refresh();
        EXPECT_FALSE(ec);
    });
    EXPECT_EQ(asked, 0);
    EXPECT_EQ(tokens.current()->access, "theirs");
}

TEST_F(TokensTest, APairingWithAnotherBackendIsNotTakenByTheLinksOfThisOne) {
    auto mine = sample();
    mine.backend = {"https://mine.test", "https://mine.test/realtime/v1", "https://mine.test/rest/v1"};
    ASSERT_FALSE(tests::save(store, mine));
    tokens.adopt(mine.clone());
    tokens.set_revoke(revoke);
    auto theirs = sample();
    theirs.access_token = Secret("theirs");
    theirs.backend = {"https://other.test", "https://other.test/realtime/v1", "https://other.test/rest/v1"};
    ASSERT_FALSE(tests::save(store, theirs));
    run([this]() -> awaitable<void> {
        const Error ec = co_await tokens.refresh();
        EXPECT_EQ(ec, Errc::changed);
    });
    EXPECT_EQ(tokens.current()->access, "old");
}

TEST_F(TokensTest, WithoutRoomOnTheDiskTheRefreshTokenIsNotSpent) {
    pair();
    // A folder in the temporary file's place: the room cannot be written.
    std::filesystem::create_directories(store.folder() / "credential.json.new");
    run([this]() -> awaitable<void> {
        const Error ec = co_await tokens.refresh();
        EXPECT_TRUE(ec);
    });
    EXPECT_EQ(asked, 0);
}

/// Where another writer's lock is asked for, and where the room is taken.
TEST_F(TokensTest, WhileTheDiskStandsStillTheRefreshWaitsAndNothingElse) {
    for (const char* file : {"lock", "credential.json.new"}) {
        platform::Worker files{"files"};
        Tokens one{context.get_executor(), &store, fetch, &files};
        ASSERT_FALSE(tests::save(store, sample()));
        one.adopt(sample());
        tests::Stall stall{store.folder() / file};
        ASSERT_TRUE(stall.held());
        std::optional<Error> ended;
        const auto run_one = [&]() -> awaitable<void> { co_await one.run(); };
        const auto refresh = [&]() -> awaitable<void> { ended = co_await one.refresh(); };
        const auto watch = [&]() -> awaitable<void> {
            while (!stall.waited_for()) co_await pass(1ms);
            EXPECT_FALSE(ended);
            EXPECT_EQ(one.current()->access, "old");
            stall.release();
            while (!ended) co_await pass(1ms);
            one.stop();
        };
        co_spawn(context, run_one, rethrow);
        co_spawn(context, refresh, rethrow);
        co_spawn(context, watch, rethrow);
        context.restart();
        context.run();
        EXPECT_EQ(ended, Error{}) << file;
        EXPECT_EQ(store.load()->access_token.reveal(), one.current()->access) << file;
        EXPECT_NE(one.current()->access, "old");
    }
}

/// The wipe finds the lock taken, and does not wait for it.
TEST_F(TokensTest, AWipeWhileTheRefreshedTokenIsStoredLeavesNothing) {
    platform::Worker files{"files"};
    Tokens one{context.get_executor(), &store, fetch, &files};
    ASSERT_FALSE(tests::save(store, sample()));
    one.adopt(sample());
    one.set_revoke(revoke);
    std::optional<tests::Stall> stall;
    during = [&] { stall.emplace(store.folder() / "credential.json.new"); };
    const auto run_one = [&]() -> awaitable<void> { co_await one.run(); };
    const auto refresh = [&]() -> awaitable<void> { (void)co_await one.refresh(); };
    const auto unpair = [&]() -> awaitable<void> {
        while (!stall || !stall->waited_for()) co_await pass(1ms);
        // Both come to the file that stands still, the wipe after it has erased the one in use.
        std::thread disk{[&] {
            while (std::filesystem::exists(store.credential_file())) std::this_thread::yield();
            stall->release();
        }};
        EXPECT_FALSE(store.wipe());
        disk.join();
        (void)one.clear();
        while (revoked.empty()) co_await pass(1ms);
        one.stop();
    };
    co_spawn(context, run_one, rethrow);
    co_spawn(context, refresh, rethrow);
    co_spawn(context, unpair, rethrow);
    context.run();
    EXPECT_EQ(revoked, std::vector<std::string>{"r2"});
    EXPECT_EQ(one.current(), nullptr);
    EXPECT_FALSE(store.wiping());
    EXPECT_FALSE(std::filesystem::exists(store.credential_file()));
    EXPECT_FALSE(std::filesystem::exists(store.folder() / "credential.json.new"));
}

TEST_F(TokensTest, ATokenFileIsReadAgain) {
    auto credential = sample();
    credential.refresh.reset();
    struct File final : TokenSource {
        awaitable<Result<Credential>> read_again() override {
            auto next = sample();
            next.access_token = Secret("from the file");
            co_return Result<Credential>(std::move(next));
        }
    } file;
    tokens.set_source(file);
    tokens.adopt(std::move(credential));
    EXPECT_TRUE(tokens.current()->refreshable);
    run([this]() -> awaitable<void> {
        const Error ec = co_await tokens.refresh();
        EXPECT_FALSE(ec);
    });
    EXPECT_EQ(tokens.current()->access, "from the file");
}

TEST_F(TokensTest, TheGateNoticesACredentialThatAppears) {
    ASSERT_FALSE(store.open());
    CredentialWatch gate(context.get_executor(), store.folder());
    ASSERT_FALSE(gate.open());
    int seen = 0;
    auto watch = [&]() -> awaitable<void> {
        const Error paired = co_await gate.something_changed();
        EXPECT_FALSE(paired);
        ++seen;
        EXPECT_FALSE(store.wipe());
        const Error wiped = co_await gate.something_changed();
        EXPECT_FALSE(wiped);
        ++seen;
    };
    co_spawn(context, watch, rethrow);
    EXPECT_FALSE(tests::note_joined(store, WallTime{}));  // not what is waited for
    context.poll();
    EXPECT_EQ(seen, 0);
    EXPECT_FALSE(tests::save(store, sample()));
    context.run();
    EXPECT_EQ(seen, 2);
}

TEST(ExpiryNotice, ComesFourteenDaysAheadForWhatNobodyRefreshes) {
    const WallTime now{1'800'000'000s};
    EXPECT_EQ(expiry_notice(now + 14 * 24h + 1s, false, now), "");
    EXPECT_NE(expiry_notice(now + 14 * 24h, false, now).find("runs out in 14 d"), std::string::npos);
    EXPECT_NE(expiry_notice(now + 14 * 24h, false, now).find("--rotate"), std::string::npos);
    EXPECT_NE(expiry_notice(now, false, now).find("has run out"), std::string::npos);
    for (const auto origin : {Origin::file, Origin::systemd, Origin::ephemeral}) {
        EXPECT_EQ(expiry_notice(now, false, now, origin).find("--pair"), std::string::npos) << "it cannot pair";
    }
    EXPECT_EQ(expiry_notice(now + 1h, true, now), "") << "it is replaced by itself";
    EXPECT_EQ(expiry_notice(std::nullopt, false, now), "");
}

}  // namespace
