// A file of keys of any bytes: what is taken from it are whole keys that would be written as they stand there, and an
// error leaves none.
#include <set>
#include <string>

#include "agent/relay/core/authorized_keys.hpp"
#include "agent/relay/core/trust.hpp"
#include "expect.hpp"
#include "platform/core/base64.hpp"

using fuzz::expect;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    const auto list = relay::read_key_file(text);
    expect(list.wrong.empty() || list.keys.empty(), "keys of a file with an error");
    expect(list.keys.size() <= relay::max_trusted_keys, "more keys than are taken");
    std::set<platform::PublicKey> seen;
    for (const auto& key : list.keys) {
        expect(seen.insert(key.key).second, "a key twice");
        expect(key.name.size() <= relay::max_key_name_bytes, "a name beyond the limit");
        for (const char c : key.name)
            expect(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "a name with a control");
        const auto again = relay::read_key_line(platform::openssh_line(key.key, key.name));
        expect(again.key && again.key->key == key.key && again.key->name == key.name, "a key that is read otherwise");
        expect(relay::find_key(list.keys, key.key) == &key, "a key that is not found");
        // The key stands in the file in base64, though perhaps in another spelling of its last bits.
        const auto whole = platform::base64(platform::openssh_blob(key.key));
        expect(text.find(std::string_view{whole}.substr(0, whole.size() - 2)) != std::string_view::npos,
               "a key that does not stand there");
    }
    const relay::Trust trust{{.controllers_text = std::string{text}}};
    expect(trust.offers() == !list.keys.empty(), "somebody is trusted who is not listed");
    return 0;
}
