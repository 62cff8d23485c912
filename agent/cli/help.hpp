// What --help prints: the commands on one screen of 24 lines and 80 columns. --help-all has the rest.
#pragma once

namespace cli::arguments {

inline constexpr const char* short_help =
    "Puts a browser on this machine under remote control through Realtime channels.\n"
    "Usage: agent [COMMAND] [ARGUMENTS]; without a command it runs in the foreground.\n"
    "\n"
    "  --pair                 pair this machine: log in, or hand in a token\n"
    "  --unpair               wipe the credential\n"
    "  --adopt                take over a credential made on another machine\n"
    "  --status               whether a command is served now, and why not\n"
    "  --doctor               check everything that the agent needs, with remedies\n"
    "  --support-bundle FILE  write what support needs, without secrets\n"
    "  --metrics              the running agent's metrics, as OpenMetrics\n"
    "  --pause [TIME]         answer commands with busy; --resume relays again\n"
    "  --reload               make the running agent read its configuration again\n"
    "  --config-check         check the configuration and print it with its origins\n"
    "  --policy-check METHOD [PARAMS]  what the policy would do with a command\n"
    "  --listen TOPIC         join a channel and print what comes\n"
    "  --bridge [DEVICE]      offer far browsers as DevTools ports, and on a page\n"
    "  --call DEVICE METHOD   a command to a far browser; --watch, --devices, --login\n"
    "  --exec CMD...          run CMD once joined, and end with it\n"
    "  --browser-host         run a browser and offer it to an agent\n"
    "  --hand-to FILE         as a hook: hand the event to a unix socket\n"
    "  --profiles             list the profiles of this machine\n"
    "  --generate WHAT        print a manual page, completions or the default file\n"
    "With --json commands print JSON, for tools. --version prints the version.\n"
    "More: agent --help-all has every argument, setting and exit code; man bmc-agent\n";

}  // namespace cli::arguments
