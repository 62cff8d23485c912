// The load of the bench: a controller that sends M commands and says how long each took. Usage:
//
//     load IN_FLIGHT COUNT RESULT_BYTES         keeps IN_FLIGHT commands in flight (closed loop)
//     load --rate R COUNT RESULT_BYTES          sends R commands a second, whether answers come or not (open loop)
//
// In the open loop a command's time counts from the moment when it was due: one that had to wait behind others shows
// it. Prints one JSON object: commands/s, p50, p99 and p99.9 in microseconds, seconds.
#include <algorithm>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <vector>

#include "tests/bench/wire.hpp"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

class Times {
  public:
    explicit Times(std::size_t count) { took_.reserve(count); }
    void add(Clock::duration time) { took_.push_back(std::chrono::duration<double, std::micro>(time).count()); }
    std::size_t count() const { return took_.size(); }

    void print(double seconds) {
        std::sort(took_.begin(), took_.end());
        const auto at = [&](double share) { return took_[static_cast<std::size_t>(share * double(took_.size() - 1))]; };
        std::cout << std::fixed << std::setprecision(1) << R"({"per_second":)" << double(took_.size()) / seconds
                  << R"(,"p50_us":)" << at(0.5) << R"(,"p99_us":)" << at(0.99) << R"(,"p999_us":)" << at(0.999)
                  << R"(,"seconds":)" << std::setprecision(4) << seconds << "}" << std::endl;
    }

  private:
    std::vector<double> took_;
};

struct Wish {
    std::size_t in_flight = 0;  // 0: open loop
    double rate = 0;            // commands/s of the open loop
    std::size_t count = 0;
    std::string result_bytes;
};

template <class S>
class Load {
  public:
    Load(S& socket, const Device& device, const Wish& wish)
        : socket_(socket), topic_(device.topic()), wish_(wish), due_(wish.count), times_(wish.count) {
        join(socket_, device);
    }

    net::awaitable<void> answers() {
        beast::flat_buffer buffer;
        while (times_.count() < wish_.count) {
            co_await socket_.async_read(buffer, net::use_awaitable);
            const auto data = buffer.data();
            take({static_cast<const char*>(data.data()), data.size()});
            buffer.consume(data.size());
        }
        times_.print(std::chrono::duration<double>(Clock::now() - begun_).count());
    }

    net::awaitable<void> commands() {
        begun_ = Clock::now();
        if (wish_.in_flight > 0) {
            while (sent_ < std::min(wish_.in_flight, wish_.count)) send(Clock::now());
            co_return;
        }
        net::steady_timer timer(socket_.get_executor());
        while (sent_ < wish_.count) {
            const std::chrono::duration<double> after(double(sent_) / wish_.rate);
            const auto due = begun_ + std::chrono::duration_cast<Clock::duration>(after);
            timer.expires_at(due);
            if (due > Clock::now()) co_await timer.async_wait(net::use_awaitable);
            send(due);
        }
    }

  private:
    void send(Clock::time_point due) {
        out_.assign(R"(["1",null,")").append(topic_).append(R"(","broadcast",{"type":"broadcast",)");
        out_.append(R"("event":"cdp-command","payload":{"id":)").append(std::to_string(sent_));
        out_.append(R"(,"method":"Runtime.evaluate","params":{"expression":")")
            .append(wish_.result_bytes)
            .append("\"}}}]");
        due_[sent_++] = due;
        socket_.write(net::buffer(out_));
    }

    void take(std::string_view frame) {
        const auto start = frame.substr(0, 400);  // the id comes before the result
        const auto payload = start.find(R"("ok")");
        if (start.find("cdp-result") == std::string_view::npos || payload == std::string_view::npos) return;
        if (start.find(R"("ok":true)") == std::string_view::npos) {
            throw std::runtime_error("a command was refused: " + std::string(start));
        }
        const auto id = std::strtoul(start.data() + start.rfind(R"("id":)", payload) + 5, nullptr, 10);
        times_.add(Clock::now() - due_.at(id));
        if (wish_.in_flight > 0 && sent_ < wish_.count) send(Clock::now());
    }

    S& socket_;
    std::string topic_, out_;
    Wish wish_;
    std::vector<Clock::time_point> due_;
    Times times_;
    std::size_t sent_ = 0;
    Clock::time_point begun_;
};

template <class S>
void run(net::io_context& context, S socket, const Wish& wish) {
    const auto rethrow = [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
    };
    Load<S> load(socket, Device::from_environment(), wish);
    net::co_spawn(context, load.commands(), rethrow);
    net::co_spawn(context, load.answers(), rethrow);
    context.run();
}

}  // namespace
}  // namespace bench

int main(int count, char** words) {
    using namespace bench;
    const bool open = count == 5 && std::string_view(words[1]) == "--rate";
    if (!open && count != 4) return std::cerr << "usage: load IN_FLIGHT|--rate R COUNT RESULT_BYTES\n", 64;
    const Wish wish{.in_flight = open ? 0 : std::stoul(words[1]),
                    .rate = open ? std::stod(words[2]) : 0,
                    .count = std::stoul(words[count - 2]),
                    .result_bytes = words[count - 1]};
    net::io_context context{1};
    net::ssl::context tls(net::ssl::context::tls_client);
    if (with_tls()) {
        run(context, TlsSocket(context, tls), wish);
    } else {
        run(context, Socket(context), wish);
    }
}
