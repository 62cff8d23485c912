// A DevTools endpoint that answers at once: Chrome without the browser, so that the relay alone is measured.
// `Runtime.evaluate` with a number N above 99 as its expression answers a string of N characters, anything else 2.
// It tells of as many open pages as its argument says (1), to each of which it is attached, and gives each attachment a
// session of its own. Prints its port; ends with its standard input.
#include <array>
#include <iostream>
#include <map>
#include <memory>

#include "tests/bench/wire.hpp"

namespace bench {
namespace {

constexpr std::string_view page = "5AD1E6A7C1F7B0D3E2A49C8866F0A1B2";

/// An id that differs from others in its last digits.
std::string numbered(std::string_view id, std::size_t number) {
    std::string text(id);
    const std::string digits = std::to_string(number);
    if (number > 0) text.replace(text.size() - digits.size(), digits.size(), digits);
    return text;
}

std::string session(std::size_t number) {
    return numbered("9B3C4D5E6F708192A3B4C5D6E7F80912", number);
}

std::string info(std::size_t number = 0) {
    return R"({"targetId":")" + numbered(page, number) +
           R"(","type":"page","title":"bench","url":"about:blank",)"
           R"("attached":true,"canAccessOpener":false,"browserContextId":"C0FFEE00C0FFEE00C0FFEE00C0FFEE00"})";
}

class Connection {
  public:
    Connection(net::ip::tcp::socket socket, std::size_t pages) : socket_(std::move(socket)), pages_(pages) {}

    net::awaitable<void> run() {
        socket_.next_layer().set_option(net::ip::tcp::no_delay(true));
        socket_.read_message_max(0);
        socket_.write_buffer_bytes(256 * 1024);
        co_await socket_.async_accept(net::use_awaitable);
        socket_.auto_fragment(false);
        socket_.text(true);
        beast::flat_buffer buffer;
        for (;;) {
            co_await socket_.async_read(buffer, net::use_awaitable);
            const auto data = buffer.data();
            answer({static_cast<const char*>(data.data()), data.size()});
            buffer.consume(data.size());
        }
    }

  private:
    void answer(std::string_view command) {
        const auto method = member(command, "method");
        const auto asked = member(command, "sessionId");
        if (method == "Target.attachToTarget" || method == "Target.attachToBrowserTarget") ++sessions_;
        if (method == "Target.attachToTarget") tell_of_session(sessions_, info());
        head_.assign(R"({"id":)").append(member(command, "id")).append(R"(,"result":)");
        tail_.clear();
        if (!asked.empty()) tail_.append(R"(,"sessionId":")").append(asked).append("\"");
        tail_.append("}");
        const std::string& result = result_of(method, command);
        socket_.write(std::array<net::const_buffer, 3>{net::buffer(head_), net::buffer(result), net::buffer(tail_)});
        if (method == "Target.setDiscoverTargets") tell_of_pages();
    }

    void tell_of_session(std::size_t number, const std::string& target) {
        write(R"({"method":"Target.attachedToTarget","params":{"sessionId":")" + session(number) +
              R"(","targetInfo":)" + target + R"(,"waitingForDebugger":false}})");
    }

    void tell_of_pages() {
        for (std::size_t number = 1; number < pages_; ++number) {
            write(R"({"method":"Target.targetCreated","params":{"targetInfo":)" + info(number) + "}}");
            tell_of_session(++sessions_, info(number));
        }
    }

    const std::string& result_of(std::string_view method, std::string_view command) {
        std::size_t size = 0;
        if (method == "Runtime.evaluate") size = std::strtoul(member(command, "expression").data(), nullptr, 10);
        if (method == "Target.attachToTarget" || method == "Target.attachToBrowserTarget") {
            return attached_ = R"({"sessionId":")" + session(sessions_) + "\"}";
        }
        const std::string name = size > 99 ? std::to_string(size) : std::string(method);
        auto& result = results_[name];
        if (!result.empty()) return result;
        if (size > 99) {
            result = R"({"result":{"type":"string","value":")" + std::string(size, 'x') + "\"}}";
        } else if (method == "Runtime.evaluate") {
            result = R"({"result":{"type":"number","value":2,"description":"2"}})";
        } else if (method == "Target.getTargets") {
            result = R"({"targetInfos":[)" + info();
            for (std::size_t number = 1; number < pages_; ++number) result += "," + info(number);
            result += "]}";
        } else if (method == "Target.getTargetInfo") {
            result = R"({"targetInfo":)" + info() + "}";
        } else if (method == "Target.createTarget") {
            result = R"({"targetId":")" + std::string(page) + "\"}";
        } else if (method == "Browser.getVersion") {
            result =
                R"({"protocolVersion":"1.3","product":"Chrome/0.0.0.0","revision":"","userAgent":"bench","jsVersion":"0"})";
        } else {
            result = "{}";
        }
        return result;
    }

    void write(const std::string& message) { socket_.write(net::buffer(message)); }

    Socket socket_;
    const std::size_t pages_;
    std::size_t sessions_ = 0;
    std::map<std::string, std::string> results_;
    std::string head_, tail_, attached_;
};

net::awaitable<void> serve(net::ip::tcp::socket socket, std::size_t pages) {
    Connection connection(std::move(socket), pages);
    try {
        co_await connection.run();
    } catch (const boost::system::system_error&) {
        // The relay went: that is how each round ends.
    }
}

net::awaitable<void> accept(net::ip::tcp::acceptor& acceptor, std::size_t pages) {
    for (;;) {
        auto socket = co_await acceptor.async_accept(net::use_awaitable);
        net::co_spawn(acceptor.get_executor(), serve(std::move(socket), pages), net::detached);
    }
}

}  // namespace
}  // namespace bench

int main(int count, char** words) {
    using namespace bench;
    const std::size_t pages = count > 1 ? std::stoul(words[1]) : 1;
    net::io_context context{1};
    net::ip::tcp::acceptor acceptor(context, {net::ip::address_v4::loopback(), 0});
    std::cout << acceptor.local_endpoint().port() << std::endl;
    net::posix::stream_descriptor input(context, ::dup(0));
    char byte = 0;
    input.async_read_some(net::buffer(&byte, 1), [&](auto, auto) { context.stop(); });
    net::co_spawn(context, accept(acceptor, pages), [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
    });
    context.run();
}
