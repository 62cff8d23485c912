// A command of a controller that ends by an exception.
#include "agent/cli/as_controller.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <fstream>
#include <stdexcept>

#include "agent/bridge/far_side.hpp"
#include "platform/wait.hpp"

namespace {

namespace fs = std::filesystem;

struct AsController : testing::Test {
    AsController() {
        std::string path = (fs::temp_directory_path() / "controller-XXXXXX").string();
        EXPECT_NE(::mkdtemp(path.data()), nullptr);
        folder = path;
        std::ofstream{folder / "token"} << "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1In0.c2lnbmF0dXJl\n";
        fs::permissions(folder / "token", fs::perms::owner_read);
        from.file = folder / "token";
    }
    ~AsController() override { fs::remove_all(folder); }

    /// In the command's frame: looks at the controller when it goes.
    struct Looks {
        bridge::Controller& controller;
        const fs::path& folder;
        bool& looked;
        ~Looks() { looked = controller.config().paths.state == folder; }
    };
    /// A command that waits, with a far side that is at work, until an exception ends it.
    control::Exit run(const std::function<void(net::any_io_executor)>& begin) {
        const auto command = [&](bridge::Controller& controller) -> awaitable<control::Exit> {
            const Looks looks{controller, folder, looked};
            const bridge::Device device{"11111111-1111-4111-8111-111111111111", "lab"};
            bridge::FarSide far{controller.far_needs(), device};
            begin(controller.far_needs().executor);
            co_await far.run();
            co_return control::Exit::ok;
        };
        config::Config config;
        config.paths.state = folder;
        config.api.url = "http://127.0.0.1:9";  // nobody listens
        return cli::as_controller(from, config, command);
    }

    fs::path folder;
    cli::arguments::TokenFrom from;
    bool looked = false;
};

TEST_F(AsController, ThrowsWhatTheCommandThrew) {
    const auto begin = [](const net::any_io_executor&) { throw std::runtime_error("broken"); };
    EXPECT_THROW(run(begin), std::runtime_error);
    EXPECT_TRUE(looked);
}

TEST_F(AsController, OutlivesTheCommandWhereAHandlerThrows) {
    const auto begin = [](const net::any_io_executor& executor) {
        net::post(executor, [] { throw std::runtime_error("broken"); });
    };
    EXPECT_THROW(run(begin), std::runtime_error);
    EXPECT_TRUE(looked);
}

}  // namespace
