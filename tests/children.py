"""For scripts that start programs: none of them outlives its script, however that ends."""

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent():
    """As preexec_fn of a child: it is killed when its parent ends, also by SIGKILL."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def end_in_order(script):
    """A signal that ends the script lets it clean up first, as Ctrl-C does. `script`: what it is called in the message."""
    for which in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(which, lambda number, _: sys.exit(f"{script}: stopped by {signal.Signals(number).name}"))
