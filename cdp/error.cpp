#include "cdp/error.hpp"

#include <string>

namespace cdp {
namespace {

class Category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "cdp"; }
    std::string message(int code) const override {
        switch (static_cast<Errc>(code)) {
            case Errc::stopped:
                return "the browser link was stopped";
            case Errc::connection_ended:
                return "the browser ended the connection";
            case Errc::start_timeout:
                return "the browser did not answer in time after its start";
            case Errc::not_answering:
                return "the browser does not answer any more, although the connection stands";
            case Errc::unexpected_answer:
                return "the browser answered something unexpected";
            case Errc::planned_restart:
                return "the browser is restarted as configured";
            case Errc::not_found:
                return "no browser was found";
            case Errc::not_loopback:
                return "the browser's address is not on this machine; set allow_remote_browser to use it all the same";
            case Errc::bad_address:
                return "the browser's address cannot be read";
            case Errc::not_devtools:
                return "the program that answers at the browser's address is no DevTools endpoint";
            case Errc::stale_port_file:
                return "DevToolsActivePort names a browser that runs no more";
            case Errc::refused:
                return "the browser refused the connection";
            case Errc::no_consent:
                return "nobody pressed Allow in the browser";
            case Errc::host_refused:
                return "the browser host refused the connection";
        }
        return "unknown error of the browser link";
    }
};

}  // namespace

const boost::system::error_category& cdp_category() noexcept {
    static const Category category;
    return category;
}

}  // namespace cdp
