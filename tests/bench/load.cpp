// The load of the bench: a controller that sends M commands and says how long each took. Usage:
//
//     load IN_FLIGHT COUNT RESULT_BYTES         keeps IN_FLIGHT commands in flight (closed loop)
//     load --rate R COUNT RESULT_BYTES          sends R commands a second, whether answers come or not (open loop)
//     load --pause MS COUNT RESULT_BYTES        sends them one by one, each MS after the answer to the last
//     load --direct PORT COUNT RESULT_BYTES     sends them one by one to the browser's endpoint at that port, without
//                                               hub or relay: what no relay can beat
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
    std::size_t in_flight = 0;           // 0: open loop
    double rate = 0;                     // commands/s of the open loop
    std::uint16_t direct = 0;            // the endpoint's port; 0: through the hub
    std::chrono::milliseconds pause{0};  // in the closed loop, between an answer and the next command
    std::size_t count = 0;
    std::string result_bytes;
};

template <class S>
class Load {
  public:
    Load(S& socket, const Wish& wish)
        : socket_(socket), pause_(socket.get_executor()), wish_(wish), due_(wish.count), times_(wish.count) {
        if (wish_.direct != 0) {
            connect(socket_, wish_.direct, "/devtools/browser/bench");
            before_ = "{";
            after_ = "}";
            return;
        }
        const auto device = Device::from_environment();
        join(socket_, device);
        before_ = R"(["1",null,")" + device.topic() + R"(","broadcast",{"type":"broadcast",)" +
                  R"("event":"cdp-command","payload":{)";
        after_ = "}}]";
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
        out_.assign(before_).append(R"("id":)").append(std::to_string(sent_));
        out_.append(R"(,"method":"Runtime.evaluate","params":{"expression":")").append(wish_.result_bytes);
        out_.append("\"}").append(after_);
        due_[sent_++] = due;
        socket_.write(net::buffer(out_));
    }

    void take(std::string_view frame) {
        if (wish_.direct != 0) return answered(std::strtoul(member(frame.substr(0, 400), "id").data(), nullptr, 10));
        const auto start = frame.substr(0, 400);  // the id comes before the result
        const auto payload = start.find(R"("ok")");
        if (start.find("cdp-result") == std::string_view::npos || payload == std::string_view::npos) return;
        if (start.find(R"("ok":true)") == std::string_view::npos) {
            throw std::runtime_error("a command was refused: " + std::string(start));
        }
        answered(std::strtoul(start.data() + start.rfind(R"("id":)", payload) + 5, nullptr, 10));
    }

    void answered(std::size_t id) {
        times_.add(Clock::now() - due_.at(id));
        if (wish_.in_flight == 0 || sent_ == wish_.count) return;
        if (wish_.pause == wish_.pause.zero()) return send(Clock::now());
        pause_.expires_after(wish_.pause);
        pause_.async_wait([this](boost::system::error_code) { send(Clock::now()); });
    }

    S& socket_;
    net::steady_timer pause_;
    std::string before_, after_, out_;  // what stands around a command's members
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
    Load<S> load(socket, wish);
    net::co_spawn(context, load.commands(), rethrow);
    net::co_spawn(context, load.answers(), rethrow);
    context.run();
}

}  // namespace
}  // namespace bench

int main(int count, char** words) {
    using namespace bench;
    const std::string_view way = count == 5 ? words[1] : "";
    const bool open = way == "--rate";
    const bool direct = way == "--direct";
    const bool paused = way == "--pause";
    if (!open && !direct && !paused && count != 4)
        return std::cerr << "usage: load IN_FLIGHT|--rate R|--pause MS|--direct PORT COUNT RESULT_BYTES\n", 64;
    const bool one = direct || paused;
    const Wish wish{.in_flight = open || one ? std::size_t{one} : std::stoul(words[1]),
                    .rate = open ? std::stod(words[2]) : 0,
                    .direct = static_cast<std::uint16_t>(direct ? std::stoul(words[2]) : 0),
                    .pause = std::chrono::milliseconds(paused ? std::stoi(words[2]) : 0),
                    .count = std::stoul(words[count - 2]),
                    .result_bytes = words[count - 1]};
    net::io_context context{1};
    net::ssl::context tls(net::ssl::context::tls_client);
    if (with_tls() && !direct) {
        run(context, TlsSocket(context, tls), wish);
    } else {
        run(context, Socket(context), wish);
    }
}
