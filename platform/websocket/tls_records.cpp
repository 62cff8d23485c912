#include "platform/websocket/tls_records.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/ssl/error.hpp>
#include <cstring>
#include <limits>
#include <new>

namespace platform {

/// OpenSSL's ends of the two buffers.
struct RecordsBio {
    static TlsRecords& of(BIO* bio) { return *static_cast<TlsRecords*>(BIO_get_data(bio)); }

    static int read(BIO* bio, char* to, int room) {
        BIO_clear_retry_flags(bio);
        TlsRecords& records = of(bio);
        const std::size_t here = records.in_.size() - records.taken_;
        const std::size_t count = std::min(here, static_cast<std::size_t>(std::max(room, 0)));
        if (count == 0) {
            BIO_set_retry_read(bio);
            return -1;
        }
        std::memcpy(to, records.in_.data() + records.taken_, count);
        records.taken_ += count;
        return static_cast<int>(count);
    }

    static int write(BIO* bio, const char* from, int count) {
        BIO_clear_retry_flags(bio);
        if (count > 0) of(bio).out_.append({from, static_cast<std::size_t>(count)});
        return count;
    }

    static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

    static int create(BIO* bio) {
        BIO_set_init(bio, 1);
        return 1;
    }

    static BIO_METHOD* method() {
        static const std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)> made{make(), BIO_meth_free};
        return made.get();
    }

    static BIO_METHOD* make() {
        BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "records");
        if (made == nullptr) throw std::bad_alloc();
        BIO_meth_set_read(made, read);
        BIO_meth_set_write(made, write);
        BIO_meth_set_ctrl(made, control);
        BIO_meth_set_create(made, create);
        return made;
    }
};

namespace {

constexpr std::size_t kept_between_writes = std::size_t{256} << 10;  // bytes

}  // namespace

TlsRecords::TlsRecords(SSL_CTX* context) : ssl_{SSL_new(context), SSL_free} {
    BIO* const bio = ssl_ ? BIO_new(RecordsBio::method()) : nullptr;
    if (bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, this);
    SSL_set_bio(ssl_.get(), bio, bio);  // one reference for both directions
    SSL_set_connect_state(ssl_.get());
}

TlsRecords::~TlsRecords() = default;

TlsRecords::Step TlsRecords::step_of(int outcome) {
    switch (SSL_get_error(ssl_.get(), outcome)) {
        case SSL_ERROR_NONE:
            return Step::done;
        case SSL_ERROR_WANT_READ:
            return Step::wants_bytes;
        case SSL_ERROR_ZERO_RETURN:
            return Step::ended;
        default:
            break;
    }
    const unsigned long why = ERR_get_error();
    error_ = why != 0 ? Error(static_cast<int>(why), boost::asio::error::get_ssl_category())
                      : Error(boost::asio::ssl::error::unexpected_result);
    ERR_clear_error();
    return Step::failed;
}

TlsRecords::Step TlsRecords::handshake() {
    ERR_clear_error();
    return step_of(SSL_do_handshake(ssl_.get()));
}

TlsRecords::Step TlsRecords::read(std::span<char> room, std::size_t& count) {
    count = 0;
    if (error_) return Step::failed;
    ERR_clear_error();
    while (count < room.size()) {
        std::size_t more = 0;
        const int outcome = SSL_read_ex(ssl_.get(), room.data() + count, room.size() - count, &more);
        if (outcome == 1) {
            count += more;
            continue;
        }
        const Step step = step_of(outcome);
        return count > 0 ? Step::done : step;  // an end or a failure comes again with the next read
    }
    return Step::done;
}

TlsRecords::Step TlsRecords::write(std::string_view text) {
    ERR_clear_error();
    while (!text.empty()) {
        std::size_t taken = 0;
        const int outcome = SSL_write_ex(ssl_.get(), text.data(), text.size(), &taken);
        if (outcome != 1) return step_of(outcome);
        text.remove_prefix(taken);
    }
    return Step::done;
}

std::span<char> TlsRecords::prepare() {
    if (taken_ == in_.size()) {
        in_.clear();
        taken_ = 0;
    }
    return {in_.prepare(read_size), read_size};
}

std::string_view TlsRecords::waiting() {
    if (sent_ == sending_.size()) {
        if (sending_.capacity() > kept_between_writes) sending_.release();
        sending_.clear();
        sent_ = 0;
        sending_.swap(out_);
    }
    return sending_.view().substr(sent_);
}

}  // namespace platform
