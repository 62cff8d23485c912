"""For scripts that start programs: none of them outlives its script, however that ends.

As a program: reads pids, a line each, and kills those processes when its standard input ends."""

import ctypes
import os
import signal
import subprocess
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent():
    """As preexec_fn of a child: it is killed when its parent ends, also by SIGKILL. Takes milliseconds: Python forks."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def end_in_order(script):
    """A signal that ends the script lets it clean up first, as Ctrl-C does. `script`: what it is called in the message."""
    for which in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(which, lambda number, _: sys.exit(f"{script}: stopped by {signal.Signals(number).name}"))


class Keeper:
    """The same as die_with_parent() for children of which the start is timed: a process that kills them afterwards."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-I", __file__], stdin=subprocess.PIPE, text=True, start_new_session=True)

    def keep(self, child):
        print(child.pid, file=self.process.stdin, flush=True)

    def stop(self):
        """Kills those of them that still run."""
        self.process.stdin.close()
        self.process.wait()


def kill_at_the_end(lines):
    children = [os.pidfd_open(int(line)) for line in lines]  # each at once: a pid may be used again
    for child in children:
        try:
            signal.pidfd_send_signal(child, signal.SIGKILL)
        except ProcessLookupError:
            pass


if __name__ == "__main__":
    kill_at_the_end(sys.stdin)
