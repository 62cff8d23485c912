// The store under kill -9: every durable step of a wipe, a pairing, a refresh and a rotation is the last one once.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "agent/credentials/store.hpp"
#include "platform/file.hpp"
#include "tests/support/store.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using namespace credentials;

int steps_left = 0;

void die_at_last_step(std::string_view) {
    if (--steps_left == 0) ::kill(::getpid(), SIGKILL);
}

/// Runs `work` in a child that is killed after `steps` steps. True: killed; false: it came to its end first.
bool killed_after(int steps, const std::function<void()>& work) {
    const pid_t child = ::fork();
    if (child == 0) {
        steps_left = steps;
        platform::set_step_hook(die_at_last_step);
        work();
        ::_exit(0);
    }
    int how = 0;
    EXPECT_EQ(::waitpid(child, &how, 0), child);
    return WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL;
}

Credential sample(std::string token) {
    Credential credential;
    credential.device_uuid = "6f1c2a3b-0000-4000-8000-000000000001";
    credential.access_token = Secret(std::move(token));
    return credential;
}

class StoreKill : public testing::Test {
  protected:
    tests::TempFolder home;
    StoreSettings settings{.folder = home / "store", .bind = false, .key_file = home / "key", .outside = [] {
                               std::vector<Secret> tokens;
                               tokens.emplace_back("outside");
                               return tokens;
                           }};

    /// Walks all steps of `work`, each from a fresh start by `before`; `after` judges what a restart finds.
    void walk(const std::function<void()>& before, const std::function<void()>& work,
              const std::function<void(int step)>& after) {
        int step = 1;
        for (;; ++step) {
            std::filesystem::remove_all(settings.folder);
            std::filesystem::remove(settings.key_file);
            before();
            const bool killed = killed_after(step, work);
            if (!killed) break;
            after(step);
        }
        EXPECT_GT(step, 5) << "the walk saw no steps";
    }
};

TEST_F(StoreKill, AWipeOnceBegunIsFinishedByTheNextStart) {
    const auto pair = [&] {
        ASSERT_FALSE(tests::save(Store(settings), sample("old")));
        ASSERT_FALSE(tests::note_joined(Store(settings), WallTime{}));
    };
    const auto wipe = [&] { (void)Store(settings).wipe({"outside"}); };
    bool begun = false;
    walk(pair, wipe, [&](int step) {
        Store store(settings);
        const bool marked = store.wiping();
        begun = begun || marked;
        const auto found = store.load();
        if (!begun) {
            EXPECT_TRUE(found) << "step " << step << ": nothing durable was done yet";
            return;
        }
        EXPECT_FALSE(found) << "step " << step << ": a usable credential after the wipe began";
        EXPECT_FALSE(store.wiping()) << "step " << step;
        EXPECT_TRUE(store.is_refused("outside")) << "step " << step;
        EXPECT_FALSE(std::filesystem::exists(store.credential_file())) << "step " << step;
        EXPECT_FALSE(std::filesystem::exists(settings.key_file)) << "step " << step;
        EXPECT_EQ(store.load().error(), Errc::none) << "step " << step;
        EXPECT_FALSE(tests::save(store, sample("again"))) << "step " << step;
        EXPECT_TRUE(store.load()) << "step " << step;
    });
    EXPECT_TRUE(begun);
}

// What is owed outside of the folder stands behind the marker: whatever interrupts, it is done before the next pairing.
TEST_F(StoreKill, AWipeOnceBegunDoesWhatItOwesBeforeTheNextPairing) {
    const auto download = home / "download";
    settings.owed = [&](WipeEnd) {
        std::filesystem::remove(download);
        return Error{};
    };
    const auto pair = [&] {
        ASSERT_FALSE(tests::save(Store(settings), sample("old")));
        home.put("download", "of the former owner");
    };
    const auto wipe = [&] {
        Store store(settings);
        (void)store.wipe();
        const auto lock = store.try_lock();
        (void)store.finish_wipe(*lock, WipeEnd::orderly);
    };
    bool begun = false;
    walk(pair, wipe, [&](int step) {
        Store store(settings);
        begun = begun || store.wiping();
        if (!begun) return;
        EXPECT_FALSE(store.load()) << "step " << step;
        ASSERT_FALSE(tests::save(store, sample("new"))) << "step " << step;
        EXPECT_FALSE(std::filesystem::exists(download)) << "step " << step;
        EXPECT_FALSE(store.wiping()) << "step " << step;
    });
    EXPECT_TRUE(begun);
}

TEST_F(StoreKill, APairingLeavesTheOldCredentialOrTheNewOne) {
    const auto pair = [&] { ASSERT_FALSE(tests::save(Store(settings), sample("old"))); };
    const auto again = [&] { (void)tests::save(Store(settings), sample("new")); };
    bool changed = false;
    walk(pair, again, [&](int step) {
        const auto found = Store(settings).load();
        ASSERT_TRUE(found) << "step " << step << ": " << found.error().message();
        const bool is_new = found->access_token == Secret("new");
        EXPECT_TRUE(is_new || found->access_token == Secret("old")) << "step " << step;
        EXPECT_TRUE(is_new || !changed) << "step " << step << ": went back";
        changed = is_new;
    });
    EXPECT_TRUE(changed);
}

TEST_F(StoreKill, AFirstPairingIsNeverHalfWritten) {
    walk([] {}, [&] { (void)tests::save(Store(settings), sample("new")); },
         [&](int step) {
             Store store(settings);
             ASSERT_FALSE(store.open()) << "step " << step;
             const auto found = store.load();
             EXPECT_TRUE(found || found.error() == Errc::none) << "step " << step << ": " << found.error().message();
         });
}

TEST_F(StoreKill, APairingOverAnUnfinishedWipeIsNeverTheOldOne) {
    const auto half_wiped = [&] {
        ASSERT_FALSE(tests::save(Store(settings), sample("old")));
        ASSERT_TRUE(killed_after(5, [&] { (void)Store(settings).wipe(); }));
        ASSERT_TRUE(Store(settings).wiping());
    };
    walk(
        half_wiped, [&] { (void)tests::save(Store(settings), sample("new")); },
        [&](int step) {
            const auto found = Store(settings).load();
            EXPECT_TRUE(!found || found->access_token == Secret("new")) << "step " << step;
        });
}

TEST_F(StoreKill, ARefreshLeavesTheOldCredentialOrTheNewOne) {
    const auto pair = [&] { ASSERT_FALSE(tests::save(Store(settings), sample("old"))); };
    const auto refresh = [&] {
        Store store(settings);
        auto lock = store.try_lock();
        auto credential = store.load();
        if (!lock || !credential || store.reserve(*credential)) return;
        credential->access_token = Secret("new");
        (void)store.save_refreshed(*lock, *credential);
    };
    walk(pair, refresh, [&](int step) {
        const auto found = Store(settings).load();
        ASSERT_TRUE(found) << "step " << step << ": " << found.error().message();
        EXPECT_TRUE(found->access_token == Secret("new") || found->access_token == Secret("old")) << "step " << step;
    });
}

}  // namespace
