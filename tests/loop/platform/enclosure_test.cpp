// What a child finds of the file system: hidden folders, placed files, and itself unchanged.
#include "platform/process/enclosure.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "platform/process/pipe.hpp"
#include "platform/process/process.hpp"
#include "tests/support/temp_folder.hpp"

namespace platform {
namespace {

namespace fs = std::filesystem;

struct Enclosures : testing::Test {
    tests::TempFolder folder;
    net::io_context context;
    int refused = 0;

    Enclosures() {
        folder.put("state/credential.json", "the-secret");
        folder.put("state/spool/file", "shared");
        folder.put("key", "the-key");
        folder.put("other/file", "untouched");
        fs::create_directory(folder / "stage");
    }

    EnclosureWish wish() {
        EnclosureWish wish;
        wish.hidden = {folder / "state", folder / "key", folder / "missing"};
        wish.visible = {folder / "state/spool"};
        wish.stage = folder / "stage";
        return wish;
    }

    /// What the script writes, both ways; "refused" where this system has no such enclosure.
    std::string run(Result<std::unique_ptr<Enclosure>> planned, const std::string& script) {
        if (!planned) return "refused: " + planned.error().message();
        auto pipe = make_pipe();
        ProcessOptions options;
        options.arguments = {"/bin/sh", "-c", script};
        options.environment = {"PATH=/usr/bin:/bin", "F=" + folder.path().string(), "P=" + std::to_string(::getpid())};
        options.descriptors = {{1, pipe->write.get()}, {2, pipe->write.get()}};
        options.enclosure = planned->get();
        options.death_signal = SIGKILL;
        auto child = Process::spawn(context.get_executor(), options);
        pipe->write.reset();
        if (!child) {
            EXPECT_NE((*planned)->refusal(), 0) << child.error().message();
            return "refused: " + child.error().message();
        }
        std::string text;
        char piece[4096];
        for (ssize_t n = 0; (n = ::read(pipe->read.get(), piece, sizeof piece)) > 0;) {
            text.append(piece, static_cast<std::size_t>(n));
        }
        return text;
    }
};

#define NEEDS(text) \
    if ((text).starts_with("refused")) GTEST_SKIP() << (text)

TEST_F(Enclosures, HideFoldersAndFilesByMounts) {
    const auto seen =
        run(plan_mounts(wish()),
            "cat $F/state/credential.json; ls -A $F/state; cat $F/key; cat $F/state/spool/file; echo; cat "
            "$F/other/file; echo; id -u; touch $F/state/x; echo more > $F/state/spool/new; umount $F/state");
    NEEDS(seen);
    EXPECT_EQ(seen.find("the-"), std::string::npos) << seen;
    EXPECT_NE(seen.find("credential.json: No such file"), std::string::npos) << seen;
    EXPECT_NE(seen.find("spool\nshared\nuntouched\n" + std::to_string(::getuid())), std::string::npos) << seen;
    EXPECT_NE(seen.find("Read-only file system"), std::string::npos) << seen;
    EXPECT_TRUE(fs::exists(folder / "state/spool/new")) << "the folder itself, no copy";
    EXPECT_TRUE(fs::exists(folder / "state/credential.json"));
    EXPECT_FALSE(fs::exists(folder / "state/x"));
}

TEST_F(Enclosures, LeaveNoWayAroundThroughOtherProcesses) {
    const auto seen = run(plan_mounts(wish()),
                          "cat /proc/$P/root$F/state/credential.json /proc/$P/cwd/state/credential.json; cat "
                          "/proc/$P/environ; ls /proc/$P/fd/; head -c 1 /proc/$P/mem; echo end");
    NEEDS(seen);
    EXPECT_EQ(seen.find("the-secret"), std::string::npos) << seen;
    EXPECT_EQ(seen.find("PATH="), std::string::npos) << seen;
    EXPECT_NE(seen.find("Permission denied"), std::string::npos) << seen;
}

TEST_F(Enclosures, DoNotLeadBelowThroughTheWorkingFolder) {
    const auto before = fs::current_path();
    fs::current_path(folder / "state");
    const auto seen = run(plan_mounts(wish()), "cat credential.json; pwd");
    fs::current_path(before);
    NEEDS(seen);
    EXPECT_EQ(seen.find("the-secret"), std::string::npos) << seen;
}

TEST_F(Enclosures, AreEnteredByAProcessThatKeepsItsMemoryPrivate) {
    const int before = ::prctl(PR_GET_DUMPABLE);
    ::prctl(PR_SET_DUMPABLE, 0);
    const auto seen = run(plan_mounts(wish()), "cat $F/state/credential.json");
    const int after = ::prctl(PR_GET_DUMPABLE);
    ::prctl(PR_SET_DUMPABLE, before);
    EXPECT_EQ(after, 0);
    NEEDS(seen);
    EXPECT_NE(seen.find("No such file"), std::string::npos) << seen;
}

TEST_F(Enclosures, PlaceFilesAndKeepWhatWasThere) {
    folder.put("etc/app/policies/managed/owner.json", "of the owner");
    folder.put("etc/app/settings", "kept");
    folder.put("etc/hosts", "before");
    fs::create_symlink("hosts", folder / "etc/link");
    auto wanted = wish();
    wanted.files = {{(folder / "etc/app/policies/managed/ours.json").string(), "of ours"},
                    {(folder / "etc/new/policies/managed/ours.json").string(), "of ours too"}};
    const auto seen =
        run(plan_mounts(wanted),
            "cd $F/etc; cat app/policies/managed/ours.json app/policies/managed/owner.json "
            "new/policies/managed/ours.json app/settings hosts link; echo after > hosts.new; ls; echo x > "
            "app/policies/managed/ours.json");
    NEEDS(seen);
    EXPECT_EQ(seen.find("of oursof the ownerof ours tookeptbeforebefore"), 0U) << seen;
    EXPECT_NE(seen.find("app\nhosts\nlink\nnew\n"), std::string::npos) << seen;
    EXPECT_EQ(seen.find("Read-only", seen.find("ours.json:")) == std::string::npos, false) << seen;
    EXPECT_FALSE(fs::exists(folder / "etc/new")) << "nobody else sees them";
    EXPECT_FALSE(fs::exists(folder / "etc/app/policies/managed/ours.json"));
}

TEST_F(Enclosures, ShowAFileThatIsReplacedLater) {
    folder.put("etc/app/x", "x");
    folder.put("etc/hosts", "before");
    auto wanted = wish();
    wanted.files = {{(folder / "etc/new/ours").string(), "ours"}};
    const auto seen = run(plan_mounts(wanted),
                          "cat $F/etc/hosts; echo after > $F/etc/.below/hosts.new; mv "
                          "$F/etc/.below/hosts.new $F/etc/.below/hosts; cat $F/etc/hosts");
    NEEDS(seen);
    EXPECT_EQ(seen, "beforeafter\n");
}

TEST_F(Enclosures, HideFoldersByLandlock) {
    const auto seen =
        run(plan_landlock(wish()),
            "cat $F/state/credential.json $F/key; cat $F/state/spool/file; echo; cat $F/other/file; echo; "
            "mv $F/state/credential.json $F/other/; ln $F/state/credential.json $F/other/c; cat "
            "/proc/$P/root$F/state/credential.json; echo x > $F/state/credential.json; mv $F/other/file "
            "$F/stage/moved && cat $F/stage/moved");
    NEEDS(seen);
    EXPECT_EQ(seen.find("the-"), std::string::npos) << seen;
    EXPECT_NE(seen.find("shared\nuntouched\n"), std::string::npos) << seen;
    EXPECT_TRUE(seen.ends_with("untouched")) << seen;
    EXPECT_FALSE(fs::exists(folder / "other/credential.json"));
    EXPECT_FALSE(fs::exists(folder / "other/c"));
    std::ifstream kept{folder / "state/credential.json"};
    std::string text;
    kept >> text;
    EXPECT_EQ(text, "the-secret");
}

TEST_F(Enclosures, ThatCannotBeEnteredStartNothing) {
    struct Barred final : Enclosure {
        int enter() noexcept override { return EPERM; }
    };
    auto barred = std::make_unique<Barred>();
    const auto seen = run(std::unique_ptr<Enclosure>{std::move(barred)}, "echo started");
    EXPECT_EQ(seen, "refused: Operation not permitted");
}

}  // namespace
}  // namespace platform
