// A client that acknowledges nothing until it is asked to read: what waits for it goes to files in a folder of the
// test's.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "clients_fixture.hpp"
#include "tests/support/temp_folder.hpp"

namespace clients_test {

class SlowClient : public ClientsTest {
  protected:
    SlowClient() {
        settings.clients.spill_folder = folder;
        settings.clients.spill_beyond = bound;
    }
    ~SlowClient() override {
        if (router) router->stop();
        io.restart();
        io.run_for(std::chrono::seconds{5});
        EXPECT_TRUE(ended_) << "the router's loops did not end";
    }
    void begin() {
        start();
        const auto run = [this]() -> awaitable<void> {
            co_await router->run();
            ended_ = true;
        };
        ended_ = false;
        net::co_spawn(io, run, rethrow);
    }
    /// Looks again from time to time: the worker gives files back without telling the loop.
    template <class Predicate>
    bool until(Predicate&& so) {
        const TimePoint end = platform::BootClock::now() + std::chrono::seconds{4};
        io.restart();
        while (!so()) {
            if (platform::BootClock::now() >= end) return false;
            io.run_one_for(std::chrono::milliseconds{20});
            if (io.stopped()) io.restart();
        }
        return true;
    }
    void emit(std::size_t size = piece) {
        browser.tell("A", "Target.a",
                     R"({"n":)" + std::to_string(++sent_) + R"(,"text":")" + std::string(size, 'x') + "\"}");
    }
    void emit_until_ended(const std::string& client) {
        while (ended(client).empty() && sent_ < 1000) {
            emit();
            io.restart();
            io.run_for(std::chrono::milliseconds{1});
            wrote_files_ = wrote_files_ || has_open_files();
        }
    }
    /// Whether this process has a file of that folder open.
    bool has_open_files() const {
        for (const auto& one : std::filesystem::directory_iterator{"/proc/self/fd"}) {
            std::error_code ec;
            if (std::filesystem::read_symlink(one, ec).string().starts_with(folder)) return true;
        }
        return false;
    }
    std::size_t held() const { return router->status().client_bytes - router->status().client_bytes_on_disk; }

    /// The numbers behind each `key`: parsing megabytes would take longer than the test.
    static std::vector<int> all_after(const std::string& text, const std::string& key) {
        std::vector<int> all;
        for (auto at = text.find(key); at != std::string::npos; at = text.find(key, at + 1)) {
            all.push_back(std::atoi(text.c_str() + at + key.size()));
        }
        return all;
    }

    /// The channel sends what it was given and the client acknowledges it, until all has come; the numbers in order.
    std::vector<int> read_all(const std::string& client) {
        std::vector<int> numbers;
        int seq = 0;
        std::size_t next = 0;
        const auto take = [&] {
            for (; next < published.size(); ++next) {
                const realtime::Message message = published[next];
                if (message.event != "cdp-event") continue;
                router->on_sent(message.ticket);
                router->on_settled(message.ticket, Settled::acknowledged);
                const int number = all_after(std::string{message.payload.view()}, R"("seq":)").front();
                for (const int n : all_after(std::string{message.payload.view()}, R"("n":)")) numbers.push_back(n);
                command("Agent.post", R"({"client":")" + client + R"(","ack":)" + std::to_string(number) + "}");
                EXPECT_EQ(number, ++seq);
            }
            return std::ssize(numbers) >= sent_;
        };
        EXPECT_TRUE(until(take)) << numbers.size() << " of " << sent_;
        return numbers;
    }
    std::vector<int> all_numbers() const {
        std::vector<int> all;
        for (int n = 1; n <= sent_; ++n) all.push_back(n);
        return all;
    }

    static constexpr std::size_t bound = 200'000;
    static constexpr std::size_t piece = 20'000;
    const tests::TempFolder temp_;
    const std::string folder = temp_.path().string();
    int sent_ = 0;
    bool wrote_files_ = false;  // seen by emit_until_ended()
    bool ended_ = true;
};

}  // namespace clients_test
