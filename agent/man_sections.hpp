// What the manual pages say beyond the tables: variables, places and examples, in roff.
#pragma once

namespace arguments {

inline constexpr const char* man_sections =
    ".SH ENVIRONMENT\n"
    ".TP\nBMC_AGENT_REALTIME_HEARTBEAT and its like\neach setting of agent.toml(5); an empty one counts as not given\n"
    ".TP\nBMC_AGENT_PROFILE\nas \\-\\-profile\n"
    ".TP\nBMC_AGENT_SOCKET\nthe control socket of the agent that is asked; \\-\\-exec sets it for its command\n"
    ".TP\nHTTPS_PROXY, ALL_PROXY, NO_PROXY\nthe proxy, and hosts reached without it, unless net.proxy and net.no_proxy "
    "say otherwise; lower case wins\n"
    ".TP\nSSL_CERT_FILE, SSL_CERT_DIR\nthe system's certificate authorities, in place of the usual ones\n"
    ".TP\nPATH\nwhere the programs of hooks, of \\-\\-exec and the browser are looked for\n"
    ".TP\nCREDENTIALS_DIRECTORY\nof the service manager: bmc\\-token and bmc\\-key in it\n"
    ".TP\nSTATE_DIRECTORY, RUNTIME_DIRECTORY, CONFIGURATION_DIRECTORY\nof the service manager: win over all places "
    "below\n"
    ".TP\nXDG_CONFIG_HOME, XDG_STATE_HOME, XDG_RUNTIME_DIR, HOME\nwhere the files of a user lie\n"
    ".SH FILES\nOf root and of the service; of a user in brackets; of a profile NAME in bmc\\-agent@NAME beside it.\n"
    ".TP\n/etc/bmc\\-agent/agent.toml, agent.toml.d/*.toml (~/.config/bmc\\-agent)\nconfiguration; see agent.toml(5)\n"
    ".TP\n/var/lib/bmc\\-agent (~/.local/state/bmc\\-agent)\ncredential and device identity\n"
    ".TP\n/run/bmc\\-agent/control.sock ($XDG_RUNTIME_DIR/bmc\\-agent)\ncontrol socket; agent.lock in "
    "the state folder says where it is\n"
    ".SH EXAMPLES\n"
    ".TP\nPair with a token that a tool gives, and start:\nvault read \\-field=token secret/lab | agent \\-\\-pair "
    "\\-\\-token\\-stdin\n"
    ".br\nsystemctl enable \\-\\-now bmc\\-agent\n"
    ".TP\nIn a pipeline, with nothing left behind:\nprintenv BMC_TOKEN | agent \\-\\-ephemeral \\-\\-token\\-stdin "
    "\\-\\-exec npm test\n"
    ".TP\nBefore a rollout:\nagent \\-\\-config new.toml \\-\\-config\\-check\n"
    ".TP\nIs it well, and if not, why not:\nagent \\-\\-status \\-\\-json\n.br\nagent \\-\\-doctor\n"
    ".TP\nWould this command pass:\nagent \\-\\-policy\\-check Page.navigate '{\"url\":\"https://example.com/\"}'\n"
    ".SH SEE ALSO\nagent.toml(5)\n";

inline constexpr const char* man_config_sections =
    ".SH FILES\n"
    ".TP\n/etc/bmc\\-agent/agent.toml, /etc/bmc\\-agent/agent.toml.d/*.toml\nof root and of the service\n"
    ".TP\n~/.config/bmc\\-agent/agent.toml, ~/.config/bmc\\-agent/agent.toml.d/*.toml\nof a user\n"
    ".SH EXAMPLES\nA backend behind a proxy, a policy that is stricter, a hook:\n"
    ".PP\n.nf\n"
    "[api]\nurl = \"https://api.example.com\"\n"
    "[net]\nproxy = \"http://user:p%40ss@proxy.example.com:3128\"\n"
    "[policy]\nprofile = \"test\"\ndeny = [\"Storage.*\", \"Page.navigate url=http://10.*\"]\n"
    "[hooks]\njoined = [\"logger\", \"\\-t\", \"lab\", \"joined\"]\n"
    ".fi\n"
    ".SH SEE ALSO\nbmc\\-agent(1)\n";

}  // namespace arguments
