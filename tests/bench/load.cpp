// The load of the bench: a controller that keeps N commands in flight until M results are there, and says how long each
// took. Usage: load IN_FLIGHT COUNT RESULT_BYTES. Prints one JSON object: commands/s, p50, p99 and p99.9 in
// microseconds, seconds.
#include <algorithm>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <vector>

#include "tests/bench/wire.hpp"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

class Load {
  public:
    Load(net::io_context& context, const Device& device, std::size_t count, std::size_t result_bytes)
        : socket_(context), topic_(device.topic()), expression_(std::to_string(result_bytes)), sent_at_(count) {
        join(socket_, device);
    }

    void run(std::size_t in_flight) {
        socket_.text(true);
        const auto begun = Clock::now();
        while (sent_ < std::min(in_flight, sent_at_.size())) send();
        beast::flat_buffer buffer;
        while (took_.size() < sent_at_.size()) {
            socket_.read(buffer);
            const auto data = buffer.data();
            take({static_cast<const char*>(data.data()), data.size()});
            buffer.consume(data.size());
        }
        seconds_ = std::chrono::duration<double>(Clock::now() - begun).count();
    }

    void print() {
        std::sort(took_.begin(), took_.end());
        const auto at = [&](double share) { return took_[static_cast<std::size_t>(share * double(took_.size() - 1))]; };
        std::cout << std::fixed << std::setprecision(1) << R"({"per_second":)" << double(took_.size()) / seconds_
                  << R"(,"p50_us":)" << at(0.5) << R"(,"p99_us":)" << at(0.99) << R"(,"p999_us":)" << at(0.999)
                  << R"(,"seconds":)" << std::setprecision(4) << seconds_ << "}" << std::endl;
    }

  private:
    void send() {
        out_.assign(R"(["1",null,")").append(topic_).append(R"(","broadcast",{"type":"broadcast",)");
        out_.append(R"("event":"cdp-command","payload":{"id":)").append(std::to_string(sent_));
        out_.append(R"(,"method":"Runtime.evaluate","params":{"expression":")").append(expression_).append("\"}}}]");
        sent_at_[sent_++] = Clock::now();
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
        took_.push_back(std::chrono::duration<double, std::micro>(Clock::now() - sent_at_.at(id)).count());
        if (sent_ < sent_at_.size()) send();
    }

    Socket socket_;
    std::string topic_, expression_, out_;
    std::vector<Clock::time_point> sent_at_;
    std::vector<double> took_;
    std::size_t sent_ = 0;
    double seconds_ = 0;
};

}  // namespace
}  // namespace bench

int main(int count, char** words) {
    using namespace bench;
    if (count != 4) return std::cerr << "usage: load IN_FLIGHT COUNT RESULT_BYTES\n", 64;
    net::io_context context{1};
    Load load(context, Device::from_environment(), std::stoul(words[2]), std::stoul(words[3]));
    load.run(std::stoul(words[1]));
    load.print();
}
