#include "agent/credentials/store.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "platform/file.hpp"
#include "tests/support/store.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

namespace fs = std::filesystem;
using namespace credentials;

Credential stored_sample(std::string token = "header.body.signature") {
    Credential credential;
    credential.device_uuid = "6f1c2a3b-0000-4000-8000-000000000001";
    credential.device_name = "lab 1";
    credential.access_token = Secret(std::move(token));
    credential.api_key = Secret("public");
    credential.refresh =
        RefreshGrant{Secret("refresh-1"), "client", "https://x/token", "https://x/revoke", "https://r"};
    credential.expires_at = WallTime(std::chrono::seconds(1800000000));
    credential.paired_at = WallTime(std::chrono::seconds(1790000000));
    credential.account = "a@example.org";
    return credential;
}

class StoreTest : public testing::Test {
  protected:
    tests::TempFolder home;
    fs::path folder = home / "store";
    StoreSettings settings{.folder = folder, .machine = {home / "machine-id", home / "product"}};

    void SetUp() override {
        home.put("machine-id", "0123456789abcdef\n");
        home.put("product", "AAAA-BBBB\n");
    }
    std::string bytes(std::string_view name) const {
        const auto text = platform::read_file(folder / name, 1 << 20);
        return text ? *text : std::string();
    }
};

TEST_F(StoreTest, AFolderThatIsClosedToThisUserIsNoEmptyOne) {
    if (::geteuid() == 0) GTEST_SKIP() << "nothing is closed to root";
    Store store(settings);
    EXPECT_FALSE(tests::save(store, stored_sample()));
    fs::permissions(folder, fs::perms::none);
    const auto back = store.load();
    fs::permissions(folder, fs::perms::owner_all);
    ASSERT_FALSE(back);
    EXPECT_EQ(back.error(), boost::system::errc::permission_denied);
    EXPECT_NE(store.explain(back.error()).find("run  chown -R " + std::to_string(::geteuid())), std::string::npos);
}

TEST_F(StoreTest, GivesBackWhatWasSaved) {
    Store store(settings);
    EXPECT_FALSE(tests::save(store, stored_sample()));
    const auto back = store.load();
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(back->device_uuid, stored_sample().device_uuid);
    EXPECT_EQ(back->device_name, "lab 1");
    EXPECT_EQ(back->access_token, stored_sample().access_token);
    EXPECT_EQ(back->api_key, Secret("public"));
    EXPECT_EQ(back->refresh->token, Secret("refresh-1"));
    EXPECT_EQ(back->refresh->revocation_url, "https://x/revoke");
    EXPECT_EQ(back->expires_at, stored_sample().expires_at);
    EXPECT_EQ(back->paired_at, stored_sample().paired_at);
    EXPECT_EQ(back->account, "a@example.org");
    struct stat about {};
    ASSERT_EQ(::stat((folder / "credential.json").c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777, 0600U);
    ASSERT_EQ(::stat(folder.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777, 0700U);
}

TEST_F(StoreTest, SaysWhyThereIsNone) {
    Store store(settings);
    EXPECT_EQ(store.load().error(), Errc::none);
    ASSERT_FALSE(store.open());
    EXPECT_EQ(store.load().error(), Errc::none);
    EXPECT_NE(store.explain(Errc::none).find("agent --pair"), std::string::npos);
}

TEST_F(StoreTest, RefusesLooserModesWithTheCommand) {
    Store store(settings);
    ASSERT_FALSE(tests::save(store, stored_sample()));
    ::chmod((folder / "credential.json").c_str(), 0644);
    EXPECT_EQ(store.load().error(), Errc::loose_mode);
    EXPECT_NE(store.explain(Errc::loose_mode).find("chmod 0600 " + (folder / "credential.json").string()),
              std::string::npos);
    ::chmod((folder / "credential.json").c_str(), 0600);
    ::chmod(folder.c_str(), 0750);
    EXPECT_EQ(store.load().error(), Errc::loose_mode);
    EXPECT_EQ(store.open(), Errc::loose_mode);
    EXPECT_NE(store.explain(Errc::loose_mode).find("chmod 0700 " + folder.string()), std::string::npos);
}

TEST_F(StoreTest, TellsDamageFromANewerFormat) {
    Store store(settings);
    ASSERT_FALSE(store.open());
    const auto with = [&](std::string_view text) {
        EXPECT_FALSE(platform::write_file(store.credential_file(), text));
        return store.load().error();
    };
    EXPECT_EQ(with(""), Errc::damaged);
    EXPECT_EQ(with("{\"format\":1"), Errc::damaged);
    EXPECT_EQ(with("[]"), Errc::damaged);
    EXPECT_EQ(with(R"({"format":1,"device":{"uuid":"x"},"access_token":"t"})"), Errc::damaged);
    EXPECT_EQ(with(R"({"format":2})"), Errc::newer_format);
    EXPECT_EQ(with(R"({"format":0})"), Errc::damaged);
}

TEST_F(StoreTest, ReadsTheFormatOfTheFirstRelease) {
    settings.bind = false;
    Store store(settings);
    ASSERT_FALSE(store.open());
    ASSERT_FALSE(platform::write_file(store.credential_file(),
                                      R"({"format":1,"device":{"uuid":"6F1C2A3B-0000-4000-8000-000000000001"},)"
                                      R"("access_token":"a.b.c","a later field":true})"));
    const auto back = store.load();
    ASSERT_TRUE(back);
    EXPECT_EQ(back->device_uuid, stored_sample().device_uuid);
}

TEST_F(StoreTest, ACopiedDiskImageIsNotThisMachine) {
    Store store(settings);
    ASSERT_FALSE(tests::save(store, stored_sample()));
    home.put("machine-id", "fedcba9876543210\n");
    EXPECT_EQ(store.load().error(), Errc::foreign_machine);
    EXPECT_FALSE(store.adopt());
    EXPECT_TRUE(store.load());
    home.put("product", "CCCC-DDDD\n");  // the image runs on other hardware with the same machine id
    EXPECT_EQ(store.load().error(), Errc::foreign_machine);
    fs::remove(home / "product");  // a user who may not read it is not thrown out
    EXPECT_TRUE(store.load());
    settings.bind = false;
    home.put("machine-id", "another\n");
    EXPECT_TRUE(Store(settings).load());
}

TEST_F(StoreTest, SealsUnderAKeyFile) {
    settings.key_file = home / "key";
    Store store(settings);
    ASSERT_FALSE(tests::save(store, stored_sample("the-token-itself")));
    EXPECT_EQ(bytes("credential.json").find("the-token-itself"), std::string::npos);
    EXPECT_EQ(store.load()->access_token, Secret("the-token-itself"));
    const auto key = *platform::read_file(home / "key", 100);
    ASSERT_FALSE(platform::write_file(home / "key", std::string(64, 'a')));
    EXPECT_EQ(store.load().error(), Errc::key_wrong);
    ASSERT_FALSE(platform::write_file(home / "key", "too short"));
    EXPECT_EQ(store.load().error(), Errc::key_wrong);
    fs::remove(home / "key");
    EXPECT_EQ(store.load().error(), Errc::key_missing);
    EXPECT_NE(store.explain(Errc::key_missing).find((home / "key").string()), std::string::npos);
    ASSERT_FALSE(platform::write_file(home / "key", key));
    EXPECT_TRUE(store.load());
    ASSERT_FALSE(store.wipe());
    EXPECT_FALSE(fs::exists(home / "key"));
    EXPECT_FALSE(tests::save(store, stored_sample()));  // pairing anew makes a new key
    EXPECT_NE(*platform::read_file(home / "key", 100), key);
}

TEST_F(StoreTest, ARefreshWhoseKeyIsAwayIsNotTakenForOneOfAnotherPairing) {
    settings.key_file = home / "key";
    Store store(settings);
    ASSERT_FALSE(tests::save(store, stored_sample()));
    auto refreshed = store.load();
    refreshed->access_token = Secret("fresh");
    fs::rename(home / "key", home / "away");
    const auto lock = store.try_lock();
    EXPECT_EQ(store.save_refreshed(*lock, *refreshed), Errc::key_missing);
    fs::rename(home / "away", home / "key");
    EXPECT_FALSE(store.save_refreshed(*lock, *refreshed));
}

TEST_F(StoreTest, RoomAndKeyAreProvedBeforeALogin) {
    settings.key_file = home / "key";
    Store store(settings);
    ASSERT_FALSE(store.open());
    {
        const auto lock = store.try_lock();
        EXPECT_FALSE(store.prove_room(*lock));
        EXPECT_EQ(bytes("credential.json.new").size(), 64U * 1024U);
        EXPECT_TRUE(fs::exists(home / "key")) << "a key that was not there is made";
        ASSERT_FALSE(platform::write_file(home / "key", "too short"));
        EXPECT_EQ(store.prove_room(*lock), Errc::key_wrong);
        fs::remove(home / "key");
        // A folder in the temporary file's place: the room cannot be written.
        fs::remove(folder / "credential.json.new");
        fs::create_directories(folder / "credential.json.new");
        EXPECT_TRUE(store.prove_room(*lock));
    }
    fs::remove_all(folder / "credential.json.new");
    EXPECT_FALSE(tests::save(store, stored_sample()));
    EXPECT_TRUE(store.load());
}

TEST_F(StoreTest, AWipeLeavesNothing) {
    Store store(settings);
    ASSERT_FALSE(tests::save(store, stored_sample()));
    ASSERT_FALSE(tests::note_joined(store, WallTime(std::chrono::seconds(5))));
    home.put("store/last-heard", "5000");  // an earlier release's
    ASSERT_FALSE(store.reserve(stored_sample()));
    EXPECT_FALSE(store.wipe());
    EXPECT_EQ(store.load().error(), Errc::none);
    EXPECT_FALSE(tests::last_joined(store));
    for (const auto& entry : fs::directory_iterator(folder)) EXPECT_EQ(entry.path().filename(), "lock");
    EXPECT_FALSE(store.wipe());
    EXPECT_FALSE(Store(home / "nowhere").wipe());
}

// What a kill may leave of a marker: each is one, and leads to the gate with nothing left.
TEST_F(StoreTest, AnyTraceOfAWipeCounts) {
    for (const auto* name : {"wipe", "wipe.new"}) {
        for (const auto* text : {"", "{", R"({"format":1,"refu)", R"({"format":1,"refused":[]})"}) {
            Store store(settings);
            ASSERT_FALSE(tests::save(store, stored_sample()));
            home.put("store/" + std::string{name}, text);
            EXPECT_TRUE(store.wiping()) << name << text;
            EXPECT_EQ(store.load().error(), Errc::wiped) << name << text;
            EXPECT_FALSE(fs::exists(store.credential_file())) << name << text;
            EXPECT_FALSE(store.wiping()) << name << text;
            EXPECT_EQ(store.load().error(), Errc::none);
        }
    }
    Store store(settings);
    ASSERT_FALSE(tests::save(store, stored_sample()));
    fs::create_symlink(home / "nowhere", folder / "wipe");
    EXPECT_EQ(store.load().error(), Errc::wiped) << "a link that leads nowhere";
}

TEST_F(StoreTest, AMarkerThatWasCutOffRefusesWhatOthersHavePutHere) {
    settings.outside = [] {
        std::vector<Secret> tokens;
        tokens.emplace_back("outside-token");
        return tokens;
    };
    Store store(settings);
    ASSERT_FALSE(store.open());
    home.put("store/wipe", R"({"format":1,"refused":[]})");
    EXPECT_FALSE(store.is_refused("outside-token")) << "a whole marker says which";
    EXPECT_EQ(store.load().error(), Errc::wiped);
    EXPECT_FALSE(store.is_refused("outside-token"));
    home.put("store/wipe.new", R"({"format":1,"refu)");
    EXPECT_TRUE(store.is_refused("outside-token"));
    EXPECT_EQ(store.load().error(), Errc::wiped);
    EXPECT_TRUE(store.is_refused("outside-token"));
}

TEST_F(StoreTest, TheMarkerStaysUntilWhatIsOwedIsDone) {
    Error in_the_way = boost::system::errc::make_error_code(boost::system::errc::permission_denied);
    std::vector<WipeEnd> asked;
    settings.owed = [&](WipeEnd how) {
        asked.push_back(how);
        return in_the_way;
    };
    Store store(settings);
    ASSERT_FALSE(tests::save(store, stored_sample()));
    ASSERT_FALSE(store.wipe());
    EXPECT_FALSE(fs::exists(store.credential_file()));
    EXPECT_EQ(store.load().error(), Errc::wiped);
    EXPECT_TRUE(asked.empty()) << "a browser may still run";
    ASSERT_FALSE(store.open()) << "an agent stands at its gate all the same";
    EXPECT_TRUE(store.wiping());
    EXPECT_EQ(tests::save(store, stored_sample()), Errc::owed) << "no pairing on top of another's downloads";
    {
        const auto lock = store.try_lock();
        EXPECT_EQ(store.prove_room(*lock), Errc::owed) << "which is said before the login";
        in_the_way = {};
        EXPECT_FALSE(store.finish_wipe(*lock, WipeEnd::orderly));
    }
    EXPECT_EQ(asked.front(), WipeEnd::interrupted);
    EXPECT_EQ(asked.back(), WipeEnd::orderly);
    EXPECT_FALSE(store.wiping());
    EXPECT_FALSE(tests::save(store, stored_sample()));
    EXPECT_TRUE(store.load());
}

TEST_F(StoreTest, WhatAPairingThatWasKilledLeftIsSeenAndErased) {
    Store store(settings);
    ASSERT_FALSE(tests::save(store, stored_sample("whole")));
    fs::rename(store.credential_file(), folder / "credential.json.new");
    ASSERT_EQ(store.leftovers().size(), 1U);
    ASSERT_TRUE(store.load_leftover());
    EXPECT_EQ(store.load_leftover()->access_token, Secret("whole"));
    ASSERT_FALSE(store.open());
    EXPECT_TRUE(store.leftovers().empty());
    {
        const auto lock = store.try_lock();
        ASSERT_FALSE(store.prove_room(*lock));
    }
    EXPECT_EQ(store.leftovers().size(), 1U);
    EXPECT_EQ(store.load_leftover().error(), Errc::none) << "blanks are no secret";
    ASSERT_FALSE(store.wipe());
    EXPECT_TRUE(store.leftovers().empty());
}

TEST_F(StoreTest, KeepsWhichDeviceWasJoinedLast) {
    Store store(settings);
    ASSERT_FALSE(store.open());
    EXPECT_FALSE(tests::last_device(store));
    home.put("store/state.json", R"({"joined_at":5})");
    EXPECT_EQ(tests::last_device(store), "") << "an earlier release's";
    ASSERT_FALSE(tests::note_joined(store, WallTime(std::chrono::seconds(5)), "a-device"));
    EXPECT_EQ(tests::last_device(store), "a-device");
    ASSERT_FALSE(store.wipe());
    EXPECT_FALSE(tests::last_device(store));
}

TEST_F(StoreTest, AWipeWhileSomebodyHoldsTheLockIsFinishedByHim) {
    Store store(settings), other(settings);
    ASSERT_FALSE(tests::save(store, stored_sample()));
    auto lock = other.try_lock();
    ASSERT_TRUE(lock);
    EXPECT_FALSE(store.wipe());
    EXPECT_EQ(store.load().error(), Errc::wiped);
    EXPECT_FALSE(fs::exists(store.credential_file()));
    EXPECT_EQ(other.save_refreshed(*lock, stored_sample("fresh")), Errc::wiped);
    EXPECT_FALSE(fs::exists(store.credential_file()));
    EXPECT_FALSE(other.finish_wipe(*lock));
    EXPECT_EQ(store.load().error(), Errc::none);
}

TEST_F(StoreTest, ARefreshAfterAWipeIsDropped) {
    Store store(settings);
    ASSERT_FALSE(tests::save(store, stored_sample()));
    ASSERT_FALSE(store.wipe());
    const auto lock = store.try_lock();
    EXPECT_EQ(store.save_refreshed(*lock, stored_sample("fresh")), Errc::changed);
    EXPECT_EQ(store.load().error(), Errc::none);
}

TEST_F(StoreTest, ARefreshOfAnEarlierPairingIsDropped) {
    Store store(settings);
    ASSERT_FALSE(tests::save(store, stored_sample("one")));
    auto first = store.load();
    ASSERT_FALSE(tests::save(store, stored_sample("two")));
    const auto lock = store.try_lock();
    EXPECT_EQ(store.save_refreshed(*lock, *first), Errc::changed);
    auto second = store.load();
    second->access_token = Secret("fresh");
    EXPECT_FALSE(store.save_refreshed(*lock, *second));
    EXPECT_EQ(store.load()->access_token, Secret("fresh"));
}

TEST_F(StoreTest, OutsideTokensThatWereWipedAreRememberedByTheirHash) {
    Store store(settings);
    ASSERT_FALSE(tests::save(store, stored_sample()));
    EXPECT_FALSE(store.wipe({"outside-token"}));
    EXPECT_TRUE(store.is_refused("outside-token"));
    EXPECT_FALSE(store.is_refused("another"));
    EXPECT_EQ(bytes("refused.json").find("outside-token"), std::string::npos);
    for (int i = 0; i < 70; ++i) {
        const auto token = "t" + std::to_string(i);
        ASSERT_FALSE(store.wipe({token}));
    }
    EXPECT_FALSE(store.is_refused("outside-token"));  // the oldest of 64 is forgotten
    EXPECT_TRUE(store.is_refused("t69"));
    EXPECT_TRUE(store.is_refused("t6"));
    EXPECT_FALSE(store.is_refused("t5"));
}

TEST_F(StoreTest, OneLockForAll) {
    Store store(settings);
    ASSERT_FALSE(store.open());
    auto lock = store.try_lock();
    ASSERT_TRUE(lock);
    EXPECT_EQ(Store(settings).try_lock().error(), Errc::locked);
    auto agent = Lock::try_take(store.agent_lock_file());
    ASSERT_TRUE(agent);
    EXPECT_FALSE(Lock::holder(store.agent_lock_file())) << "not signed yet";
    agent->sign();
    EXPECT_EQ(Lock::holder(store.agent_lock_file())->pid, ::getpid());
    EXPECT_TRUE(Lock::holder(store.agent_lock_file())->socket.empty());
    agent->sign("/run/user/1000/bmc-agent/control.sock");
    EXPECT_EQ(Lock::holder(store.agent_lock_file())->socket, "/run/user/1000/bmc-agent/control.sock");
    EXPECT_EQ(Lock::holder(store.agent_lock_file())->pid, ::getpid());
    std::ofstream{store.agent_lock_file()} << "4711\n";  // of an earlier release
    EXPECT_EQ(Lock::holder(store.agent_lock_file())->pid, 4711);
    EXPECT_TRUE(Lock::holder(store.agent_lock_file())->socket.empty());
    { const auto gone = std::move(*lock); }
    EXPECT_TRUE(store.try_lock());
}

TEST_F(StoreTest, WhoHoldsALockIsSeenWithoutTakingIt) {
    Store store(settings);
    ASSERT_FALSE(store.open());
    const auto file = store.agent_lock_file();
    EXPECT_FALSE(Lock::present_holder(file)) << "there is no such file";
    EXPECT_FALSE(std::filesystem::exists(file));
    auto agent = Lock::try_take(file);
    ASSERT_TRUE(agent);
    EXPECT_FALSE(Lock::present_holder(file)) << "not signed yet";
    agent->sign("/run/control.sock");
    ASSERT_TRUE(Lock::present_holder(file));
    EXPECT_EQ(Lock::present_holder(file)->pid, ::getpid());
    std::ofstream{file} << ::getppid() << '\n';
    EXPECT_FALSE(Lock::present_holder(file)) << "that one lives and does not hold it";
    agent->sign();
    EXPECT_TRUE(Lock::present_holder(file));
    { const auto gone = std::move(*agent); }
    ASSERT_TRUE(Lock::holder(file)) << "the signature stays";
    EXPECT_FALSE(Lock::present_holder(file));
}

TEST(Uuid, IsMadeAndNormalised) {
    const auto uuid = make_uuid();
    EXPECT_EQ(normalise_uuid(uuid), uuid);
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(uuid, make_uuid());
    EXPECT_FALSE(normalise_uuid("6f1c"));
    EXPECT_FALSE(normalise_uuid(std::string(36, '-')));
}

}  // namespace
