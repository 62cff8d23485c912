#include "agent/cli/table_trust.hpp"

namespace cli::arguments {

void add_trusting(CLI::App& app, Given& given, Marks& marks) {
    const auto* group = "Far browsers that are spoken to inside of TLS";
    auto& trust = given.trust;
    app.add_flag("--key", given.flags[Name::key],
                 "Print this controller's public key as a line for trust.controllers of the far machines. The first "
                 "use makes "
                 "the key")
        ->group(group);
    app.add_option("--key-file", trust.key_file,
                   "With --key, --call or --bridge: use this private key (Ed25519, OpenSSH or PEM, without a "
                   "passphrase) in place of the profile's own")
        ->type_name("FILE")
        ->group(group);
    app.add_flag(
           "--sealed", trust.sealed,
           "With --call or --bridge: speak TLS with the far agent inside of the channel. If the device's key is not "
           "known, ask on the terminal whether it is the right one. A device with a known key gets TLS without "
           "this flag")
        ->group(group);
    app.add_flag("--accept-new", trust.accept_new,
                 "With --call or --bridge: like --sealed, but take an unknown key without a question. A device with a "
                 "known key must still show that key")
        ->group(group);
    app.add_option("--fingerprint", trust.fingerprint,
                   "With --call or --bridge: like --sealed, but take that key alone, as agent --status prints it on "
                   "the far machine")
        ->type_name("SHA256:...")
        ->group(group);
    marks.forget_device = app.add_option("--forget-device", given.forget_device.value,
                                         "Forget the key of a device, by its uuid or its name in known_devices")
                              ->type_name("DEVICE")
                              ->allow_extra_args(false)
                              ->group(group);
}

}  // namespace cli::arguments
