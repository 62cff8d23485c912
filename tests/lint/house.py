"""Who may know whom: the rooms of the house, their arrows, and what some rooms must not touch at all."""

import re

# Room: the folder it lives in and the rooms it may include besides itself. The longest folder that fits a file wins.
ROOMS = {
    "slices": ("platform/json_slice", {"words"}),
    "check": ("platform/json_check", {"words", "slices"}),
    "words": ("platform/result", set()),
    "time": ("platform/time_point", set()),
    "platform": ("platform", {"slices", "check", "words", "time"}),
    "core": ("agent/core", {"slices", "check", "words", "time"}),
    "cdp_core": ("cdp/core", {"slices", "check", "words", "time"}),
    "cdp": ("cdp", {"cdp_core", "core", "platform", "slices", "check", "words", "time"}),
    "credentials": ("agent/credentials", {"core", "platform", "slices", "check", "words", "time"}),
    "realtime_core": ("agent/realtime/core", {"core", "slices", "check", "words", "time"}),
    "realtime": ("agent/realtime", {"realtime_core", "credentials", "core", "platform", "slices", "check", "words", "time"}),
    "relay_core": ("agent/relay/core", {"cdp_core", "realtime_core", "core", "slices", "check", "words", "time"}),
}
_BELOW_RELAY = set(ROOMS) - {"relay_core"}
ROOMS["relay"] = ("agent/relay", _BELOW_RELAY | {"relay_core"})
ROOMS["pairing"] = ("agent/pairing", _BELOW_RELAY - {"cdp", "cdp_core"})
ROOMS["service"] = ("agent/service", _BELOW_RELAY)
ROOMS["remote"] = ("agent/remote", _BELOW_RELAY - {"cdp", "cdp_core"})
# Settings are plain data that the configuration fills, so it may know those of its neighbours.
ROOMS["relay_settings"] = ("agent/relay/settings", {"time", "words", "relay_core"} | ROOMS["relay_core"][1])
ROOMS["pairing_settings"] = ("agent/pairing/settings", {"time", "words"})
ROOMS["relay"][1].add("relay_settings")
ROOMS["pairing"][1].add("pairing_settings")
ROOMS["service"][1].update({"relay_settings", "pairing_settings"})
# And the policy itself says whether its settings can be meant.
ROOMS["service"][1].add("relay_core")
ROOMS["agent"] = ("agent", set(ROOMS))

CORES = {"core", "cdp_core", "realtime_core", "relay_core"}
ROOMS["slices"][1].add("check")

# What decisions must not reach: loops, clocks, logs, files, threads.
_NOT_IN_CORE = re.compile(
    r"boost/(asio|beast|process|filesystem)|spdlog/|curl/|openssl/|systemd/|nlohmann/|"
    r"(fstream|iostream|filesystem|thread|mutex|atomic|condition_variable|unistd\.h|time\.h|ctime)$|sys/"
)
_READS_CLOCK = re.compile(r"\b(?:steady_clock|system_clock|high_resolution_clock|BootClock)::now\b")


def room_of(path):
    """The room that the file or include path `path` belongs to, or None."""
    stem = re.sub(r"\.[^./]*$", "", path)
    best = None
    for name, (folder, _) in ROOMS.items():
        if stem == folder or path.startswith(folder + "/"):
            if best is None or len(folder) > len(ROOMS[best][0]):
                best = name
    return best


def check_includes(path, includes):
    """Yields (line, message) for the includes (line, path) of a file that go against the arrows."""
    room = room_of(path)
    header = path.endswith((".hpp", ".h"))
    for line, target in includes:
        if room is None:
            continue
        if header and target == "nlohmann/json.hpp":
            yield line, "nlohmann/json.hpp in a header: take <nlohmann/json_fwd.hpp>"
        if target.startswith("boost/beast") and not path.startswith("platform/"):
            yield line, "Beast outside platform/: use platform/websocket or platform/http"
        if room in CORES and _NOT_IN_CORE.search(target):
            yield line, f"<{target}> in {ROOMS[room][0]}: decisions know no loop, clock, log, file or thread"
        if target.startswith("tests/"):
            yield line, "the product includes nothing of tests/"
        other = room_of(target)
        if other is not None and other != room and other not in ROOMS[room][1]:
            yield line, f"{ROOMS[room][0]}/ may not know {target}: the arrow points the other way"


def check_core(path, code):
    """Yields (line, message) where a decision reads a clock by itself."""
    if room_of(path) in CORES:
        for found in _READS_CLOCK.finditer(code):
            yield code.count("\n", 0, found.start()) + 1, "a decision reads the clock: take `now` as an argument"


def check_cmake(text):
    """Yields (line, message) where CMakeLists.txt links two rooms that may not know each other."""
    for found in re.finditer(r"bmc_room\(bmc_(\w+)([^)]*?)\bUSES\b([^)]*)\)", text):
        name, uses = found.group(1), re.findall(r"\bbmc_(\w+)", found.group(3))
        if name not in ROOMS:
            continue
        for other in uses:
            if other in ROOMS and other not in ROOMS[name][1]:
                line = text.count("\n", 0, found.start()) + 1
                yield line, f"bmc_{name} links bmc_{other}: the arrow points the other way"
