#!/usr/bin/env python3
"""A bench that is ended by a signal leaves none of the programs that it started. BUILD holds them (the environment).

As a program, with the word `bench`: starts a hub in a bench, says the hub's pid and the bench's folder, and waits."""

import os
import select
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

from programs import bench_in, children

LIMIT = 20.0  # seconds for a process to end


def start_and_wait():
    for which in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):  # whatever this test's own parent ignores
        signal.signal(which, signal.default_int_handler if which == signal.SIGINT else signal.SIG_DFL)
    children.end_in_order("ends_test")
    with bench_in(Path(os.environ["BUILD"])) as bench:
        bench.start_hub()
        print(bench.running[0][1].pid, bench.folder, flush=True)
        while True:
            time.sleep(0.1)  # pause() would miss a signal that comes just before it


class Ends(unittest.TestCase):
    def end_by(self, which):
        """Starts a bench and sends it that signal; returns its folder and its hub's pidfd."""
        bench = subprocess.Popen([sys.executable, __file__, "bench"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(bench.stdout.close)
        self.addCleanup(bench.wait)
        self.addCleanup(bench.kill)
        pid, folder = bench.stdout.readline().split()
        hub = os.pidfd_open(int(pid))
        self.addCleanup(os.close, hub)
        self.addCleanup(lambda: self.has_ended(hub, 0) or signal.pidfd_send_signal(hub, signal.SIGKILL))
        bench.send_signal(which)
        bench.wait(LIMIT)
        return Path(folder), hub

    @staticmethod
    def has_ended(process, seconds=LIMIT):
        return bool(select.select([process], [], [], seconds)[0])

    def test_signals_that_ask_leave_neither_process_nor_folder(self):
        for which in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            with self.subTest(which.name):
                folder, hub = self.end_by(which)
                self.assertTrue(self.has_ended(hub))
                self.assertFalse(folder.exists())

    def test_a_kill_leaves_no_process(self):
        folder, hub = self.end_by(signal.SIGKILL)
        self.addCleanup(shutil.rmtree, folder)
        self.assertTrue(self.has_ended(hub))


if __name__ == "__main__":
    start_and_wait() if sys.argv[1:] == ["bench"] else unittest.main()
