"""Who may know whom: the rooms of the house, their arrows, and what some rooms must not touch at all."""

import re
from functools import cache
from pathlib import Path

_ROW = re.compile(r"(?m)^bmc_(?:room|program)\(([^)]*)\)")
_WORDS = ("FLOOR", "PLAIN", "FOLDERS", "KNOWS", "LINKS")
TABLE = Path(__file__).resolve().parents[2] / "packaging/rooms.cmake"


class Room:
    """A row of rooms.cmake. `floor` is None for a PLAIN one; `known` is all that it may include, itself too."""

    def __init__(self, words, line, rooms):
        parts = {"": []}
        part = ""
        for word in words:
            if word in _WORDS:
                part = word
                parts[part] = []
            else:
                parts[part].append(word)
        self.name, self.line = parts[""][0], line
        self.floor = int(parts["FLOOR"][0]) if "FLOOR" in parts else None
        self.folders, self.knows = parts.get("FOLDERS", []), parts.get("KNOWS", [])
        self.is_core = self.floor is None and any(folder.split("/")[-1] == "core" for folder in self.folders)
        self.known = {self.name}.union(*(rooms[name].known for name in self.knows if name in rooms))


def read_table(text):
    """The rooms by name, in their order."""
    rooms = {}
    for found in _ROW.finditer(text):
        room = Room(found.group(1).split(), text.count("\n", 0, found.start()) + 1, rooms)
        rooms[room.name] = room
    return rooms


def check_table(text):
    """Yields (line, message) for the rows of rooms.cmake whose arrows point the wrong way."""
    rooms = read_table(text)
    above = {}
    for room in rooms.values():
        for name in room.knows:
            other = above.get(name)
            if other is None:
                yield room.line, f"{room.name} knows {name}, which is in no row above it"
            elif room.floor is None and other.floor is not None:
                yield room.line, f"{room.name} is PLAIN and knows {name}, which is not"
            elif room.floor is not None and other.floor is not None and other.floor >= room.floor:
                yield room.line, f"{room.name} knows {name}: the arrow points up or to a neighbour"
        above[room.name] = room


# What decisions must not reach: loops, clocks, logs, files, threads.
_NOT_IN_CORE = re.compile(
    r"boost/(asio|beast|process|filesystem)|curl/|openssl/|systemd/|nlohmann/|platform/json/tree|"
    r"(fstream|iostream|filesystem|thread|mutex|atomic|condition_variable|unistd\.h|time\.h|ctime)$|sys/"
)
# What computes alone, in a library that does more: one file of ours leads there, and the decisions call that.
_COMPUTES_ALONE = {("platform/core/base64.cpp", "openssl/evp.h")}
_READS_CLOCK = re.compile(r"\b(?:steady_clock|system_clock|high_resolution_clock|BootClock)::now\b")


@cache
def _rooms():
    return read_table(TABLE.read_text(encoding="utf-8"))


@cache
def room_of(path):
    """The room that the file or include path `path` belongs to, or None. The longest of the folders that fit wins."""
    stem = re.sub(r"\.[^./]*$", "", path)
    fitting = [
        (len(folder), name)
        for name, room in _rooms().items()
        for folder in room.folders
        if stem == folder or path.startswith(folder + "/")
    ]
    return _rooms()[max(fitting)[1]] if fitting else None


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
        if room.is_core and _NOT_IN_CORE.search(target) and (path, target) not in _COMPUTES_ALONE:
            yield line, f"<{target}> in {room.folders[0]}: decisions know no loop, clock, log, file or thread"
        if target.startswith("tests/"):
            yield line, "the product includes nothing of tests/"
        other = room_of(target)
        if other is not None and other.name not in room.known:
            yield line, f"the room {room.name} may not know {target}: the arrow points the other way"


def check_core(path, code):
    """Yields (line, message) where a decision reads a clock by itself."""
    room = room_of(path)
    if room is not None and room.is_core:
        for found in _READS_CLOCK.finditer(code):
            yield code.count("\n", 0, found.start()) + 1, "a decision reads the clock: take `now` as an argument"
