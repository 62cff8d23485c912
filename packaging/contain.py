#!/usr/bin/env python3
"""Runs a command for a limited time and leaves none of its descendants behind.

    contain.py --seconds N [--user NAME] -- COMMAND...

Exit status: the command's own; 124 when the time was up; 125 when it ended well but left processes running (they are
named and ended). A descendant that loses its parent becomes a child of this program, so none gets away.
"""

import argparse
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
GRACE = 5.0  # seconds for the last processes to end by themselves, and again after SIGTERM


def descendants():
    """(pid, command line) of all processes below this one that have not ended, children before their parents."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
            fields = stat.rpartition(")")[2].split()
            if fields[0] != "Z":
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                parents[int(entry.name)] = (int(fields[1]), words or stat.partition("(")[2].rpartition(")")[0])
        except (OSError, IndexError):
            pass
    found, level = [], {os.getpid()}
    while level:
        level = {pid for pid, (parent, _) in parents.items() if parent in level}
        found = [(pid, parents[pid][1]) for pid in sorted(level)] + found
    return found


def wait_for_end(seconds):
    """Reaps until nothing is left below us or the time is up; returns what is left."""
    until = time.monotonic() + seconds
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return []
        left = descendants()
        if not left or time.monotonic() > until:
            return left
        time.sleep(0.02)


def end_all():
    for number, grace in ((signal.SIGTERM, GRACE), (signal.SIGKILL, GRACE)):
        for pid, _ in descendants():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        if not wait_for_end(grace):
            return


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--user")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def on_signal(number, _):
        end_all()
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, on_signal)
    identity = {}
    if options.user:
        entry = pwd.getpwnam(options.user)
        identity = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [entry.pw_gid]}
    try:
        child = subprocess.Popen(options.command, stdin=subprocess.DEVNULL, start_new_session=True, **identity)
        status = child.wait(options.seconds)
    except FileNotFoundError:
        print(f"contain: {options.command[0]}: no such program", file=sys.stderr)
        return 127
    except subprocess.TimeoutExpired:
        print(f"contain: {options.command[0]} did not end within {options.seconds:g} s", file=sys.stderr)
        end_all()
        return 124
    left = wait_for_end(GRACE)
    for pid, words in left:
        print(f"contain: left running: {pid} {words[:160]}", file=sys.stderr)
    if left:
        end_all()
    if status < 0:
        return 128 - status
    return status or (125 if left else 0)


if __name__ == "__main__":
    sys.exit(main())
