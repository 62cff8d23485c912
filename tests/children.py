"""For scripts that start programs: what they give to a Keeper, or start with die_with_parent(), does not outlive them,
however they end.

As a program, a keeper's process: takes pidfds from the socket that is its standard input, and kills those processes when
the other end of the socket is closed."""

import ctypes
import os
import select
import signal
import socket
import subprocess
import sys

PR_SET_PDEATHSIG = 1
SCRIPT = os.getpid()


class Stopped(KeyboardInterrupt):
    """A signal asked for the end. What passes Ctrl-C on passes this on too, unittest for one."""


def die_with_parent():
    """As preexec_fn of a child: it is killed when its parent ends, also by SIGKILL. Takes milliseconds: Python forks."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != SCRIPT:
        os._exit(1)


def end_in_order(script):
    """A signal that ends the script lets it clean up first, as Ctrl-C does. `script`: what it is called in the message.
    A signal that is ignored (nohup) stays so."""

    def stop(number, _):
        raise Stopped(f"{script}: stopped by {signal.Signals(number).name}")

    def say(kind, stopped, trace):
        if issubclass(kind, Stopped):
            print(stopped, file=sys.stderr)
        else:
            sys.__excepthook__(kind, stopped, trace)

    sys.excepthook = say
    for which in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(which) is not signal.SIG_IGN:
            signal.signal(which, stop)


class Keeper:
    """Kills the children that it was given when the script ends. For those whose start is timed: a preexec_fn would slow
    that down."""

    def __init__(self):
        self.line, other = socket.socketpair()
        with other:
            self.process = subprocess.Popen([sys.executable, "-I", __file__], stdin=other, start_new_session=True)

    def keep(self, child):
        """Before anybody awaits the child: until then its pid is its own."""
        process = os.pidfd_open(child.pid)
        try:
            socket.send_fds(self.line, [b"."], [process])
        finally:
            os.close(process)

    def stop(self):
        """Kills those of them that still run."""
        self.line.close()
        self.process.wait()


def has_ended(process):
    return bool(select.select([process], [], [], 0)[0])


def kill_at_the_end(line):
    kept = []
    while (received := socket.recv_fds(line, 1, 1))[0]:
        ended = [process for process in kept if has_ended(process)]
        for process in ended:
            os.close(process)
        kept = [process for process in kept if process not in ended] + received[1]
    for process in kept:
        try:
            signal.pidfd_send_signal(process, signal.SIGKILL)
        except ProcessLookupError:
            pass


if __name__ == "__main__":
    kill_at_the_end(socket.socket(fileno=0))
