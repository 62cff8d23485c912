// The device's row, asked for over HTTP: looked up, listed, registered under a free name, deleted; and what each kind
// of refusal is said to be.
#include "agent/pairing/device.hpp"

#include <gmock/gmock.h>

#include "tests/loop/pairing/with_hub.hpp"

namespace pairing::test {
namespace {

using credentials::Secret;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DeviceRow : public WithHub {
  protected:
    DeviceRow() {
        key = Secret(std::string_view{backend.anon_key()});
        token = Secret(std::string_view{backend.user_token("ada")});
    }

    RestAccess rest() { return {network, {}, backend.base() + "/rest/v1", key, token}; }
    void put(const std::string& uuid, const std::string& name, const std::string& owner = "ada") {
        auto& device = backend.tenant().devices()[uuid];
        device.row = {{"uuid", uuid}, {"name", name}};
        device.owner = owner;
    }
    std::string name_at_backend(const std::string& uuid) {
        return backend.tenant().devices()[uuid].row.value("name", "none");
    }
    std::optional<RestFailure> register_as(Device& device) {
        auto work = [this, &device]() -> awaitable<Failed> {
            const auto access = rest();
            auto failure = co_await register_device(access, device);
            co_return Failed{std::move(failure)};
        };
        return result_of(work()).failure;
    }
    std::optional<RestFailure> remove(const std::string& uuid) {
        auto work = [this, uuid]() -> awaitable<Failed> {
            const auto access = rest();
            auto failure = co_await delete_device(access, uuid);
            co_return Failed{std::move(failure)};
        };
        return result_of(work()).failure;
    }
    Lookup look_up(const std::string& uuid) {
        auto work = [this, uuid]() -> awaitable<Lookup> {
            const auto access = rest();
            auto found = co_await find_device(access, uuid);
            co_return found;
        };
        return result_of(work());
    }
    DeviceList list() {
        auto work = [this]() -> awaitable<DeviceList> {
            const auto access = rest();
            auto found = co_await list_devices(access);
            co_return found;
        };
        return result_of(work());
    }
    SettingsAnswer settings(std::size_t most) {
        auto work = [this, most]() -> awaitable<SettingsAnswer> {
            const auto access = rest();
            auto found = co_await fetch_effective_settings(access, device_one, most);
            co_return found;
        };
        return result_of(work());
    }
    static std::vector<std::string> names(const DeviceList& list) {
        std::vector<std::string> all;
        for (const auto& device : list.devices) all.push_back(device.name);
        return all;
    }

    struct Failed {
        std::optional<RestFailure> failure;
    };
    Secret key;
    Secret token;
};

TEST_F(DeviceRow, IsFoundByItsUuidWithTheServersTime) {
    put(device_one, "lab");
    put(device_two, "other");
    const auto found = look_up(device_one);
    EXPECT_FALSE(found.failure);
    ASSERT_TRUE(found.device);
    EXPECT_EQ(found.device->uuid, device_one);
    EXPECT_EQ(found.device->name, "lab");
    ASSERT_TRUE(found.server_time);
    EXPECT_LT(std::chrono::abs(*found.server_time - platform::wall_now()), 60s);
}

TEST_F(DeviceRow, OfSomebodyElseIsNotThere) {
    put(device_one, "lab", "eve");
    const auto found = look_up(device_one);
    EXPECT_FALSE(found.failure) << "no row is no failure";
    EXPECT_FALSE(found.device);
    EXPECT_THAT(list().devices, IsEmpty());
}

TEST_F(DeviceRow, TheListHoldsWhatTheTokenMaySee) {
    put(device_one, "lab");
    put(device_two, "eve's", "eve");
    EXPECT_THAT(names(list()), ElementsAre("lab"));
    token = Secret(std::string_view{backend.device_token(device_two)});
    EXPECT_THAT(names(list()), ElementsAre("eve's")) << "a device sees its own row";
}

TEST_F(DeviceRow, IsRegisteredUnderTheWishedName) {
    Device device{device_one, "lab"};
    EXPECT_FALSE(register_as(device));
    EXPECT_EQ(device.name, "lab");
    EXPECT_EQ(name_at_backend(device_one), "lab");
    EXPECT_EQ(backend.tenant().devices()[device_one].row.value("os", ""), os_name());
    device.name = "bench";
    EXPECT_FALSE(register_as(device)) << "again: its name is brought up to date";
    EXPECT_EQ(name_at_backend(device_one), "bench");
}

TEST_F(DeviceRow, ANameThatIsTakenGetsANumber) {
    put(device_two, "lab", "eve");
    Device second{"6f1c2a3b-0000-4000-8000-000000000003", "lab"};
    EXPECT_FALSE(register_as(second));
    EXPECT_EQ(second.name, "lab 2");
    Device device{device_one, "lab"};
    EXPECT_FALSE(register_as(device));
    EXPECT_EQ(device.name, "lab 3");
    EXPECT_EQ(name_at_backend(device_one), "lab 3");
}

TEST_F(DeviceRow, ANameWithoutAFreeNumberIsThePersonsToChange) {
    for (int i = 1; i <= name_tries; ++i) {
        put("6f1c2a3b-0000-4000-8000-0000000001" + std::to_string(10 + i), i == 1 ? "lab" : "lab " + std::to_string(i));
    }
    Device device{device_one, "lab"};
    const auto failure = register_as(device);
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->status, http_conflict);
    EXPECT_EQ(failure->cause, realtime::Cause::settings);
    EXPECT_THAT(failure->what, HasSubstr("the name lab and its numbers up to 20 are taken"));
}

TEST_F(DeviceRow, IsRemovedByItsOwnerAlone) {
    put(device_one, "lab");
    put(device_two, "eve's", "eve");
    EXPECT_FALSE(remove(device_one));
    EXPECT_THAT(list().devices, IsEmpty());
    const auto again = remove(device_one);
    ASSERT_TRUE(again) << "nothing was removed, though the answer is no error";
    EXPECT_THAT(again->what, HasSubstr("gone already"));
    const auto foreign = remove(device_two);
    ASSERT_TRUE(foreign);
    EXPECT_EQ(foreign->cause, realtime::Cause::credential);
    EXPECT_EQ(name_at_backend(device_two), "eve's");
}

TEST_F(DeviceRow, ATokenThatIsNoneIsTheCredentialsFault) {
    put(device_one, "lab");
    token = Secret("eyJhbGciOiJIUzI1NiJ9.e30.bm9uZQ");
    for (const auto& failure : {look_up(device_one).failure, list().failure, remove(device_one)}) {
        ASSERT_TRUE(failure);
        EXPECT_EQ(failure->status, 401);
        EXPECT_EQ(failure->cause, realtime::Cause::credential) << failure->what;
        EXPECT_THAT(failure->what, HasSubstr("the backend "));
    }
}

TEST_F(DeviceRow, AnExpiredTokenIsTheCredentialsFault) {
    token = Secret(std::string_view{backend.user_token("ada", hub::seconds{-10})});
    const auto failure = list().failure;
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->cause, realtime::Cause::credential) << failure->what;
}

TEST_F(DeviceRow, ABackendThatDoesNotListenMayComeBack) {
    const auto access_base = backend.base();
    backend.stop();
    const auto found = look_up(device_one);
    ASSERT_TRUE(found.failure) << access_base;
    EXPECT_EQ(found.failure->status, 0) << "no answer";
    EXPECT_FALSE(realtime::permanent(found.failure->cause)) << found.failure->what;
}

TEST_F(DeviceRow, EffectiveSettingsComeAsTheyAreWrittenAndWithinTheirBound) {
    put(device_one, "lab");
    backend.tenant().global_settings = {{"volume", 3}, {"color", "red"}};
    backend.tenant().device_settings[device_one] = {{"color", "blue"}};
    const auto answer = settings(1000);
    ASSERT_TRUE(answer.settings) << (answer.failure ? answer.failure->what : "none");
    EXPECT_THAT(*answer.settings, HasSubstr("blue"));
    EXPECT_THAT(*answer.settings, HasSubstr("volume"));
    EXPECT_TRUE(settings(answer.settings->size()).settings) << "at the bound";
    const auto longer = settings(answer.settings->size() - 1);
    EXPECT_FALSE(longer.settings);
    EXPECT_TRUE(longer.failure);
}

}  // namespace
}  // namespace pairing::test
