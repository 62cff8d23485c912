#!/usr/bin/env python3
"""The real binary where one system call fails once: each call of the store, of a connection, of a launch in turn.

    faults_test.py BUILD_DIR [unittest arguments]

A library for LD_PRELOAD (tests/support/fail_once) makes the call fail. A first run without a fault tells which calls there
are; each later run has one of them fail. Whatever fails, the state is the old one or the new one, and what was said is
true.
"""

import errno
import json
import os
import re
import shutil
import signal
import time
import unittest

import harness
import store_test
from harness import DEVICE, LASTING

# Without -f: the first thread alone, and no child.
OF_ONE_THREAD = [word for word in store_test.STRACE if word != "-f"]
LIBRARY = harness.BUILD / "libfail_once.so"

FULL = {"write": errno.ENOSPC, "ftruncate": errno.ENOSPC, "fsync": errno.ENOSPC, "fdatasync": errno.ENOSPC,
        "rename": errno.ENOSPC, "mkdir": errno.ENOSPC}
BROKEN = {"write": errno.EIO, "fsync": errno.EIO, "fdatasync": errno.EIO, "rename": errno.EIO, "unlink": errno.EIO,
          "fchmod": errno.EPERM}
DESCRIPTORS = {"open": errno.EMFILE}


class Walk(harness.AgentTest):
    template = store_test.Killed.template
    start_again = store_test.Killed.start_again
    tokens_left = store_test.Killed.tokens_left

    def setUp(self):
        super().setUp()
        self.base = self.home
        self.log = self.base / "calls"
        self.hub.admin("oauth", reuse_window=3600)  # an answer may be lost with the agent that waited for it

    def run_with(self, fault, arguments, text, drive):
        """Runs the agent with `fault`, (call, number, errno) or nothing. Its end, and the lines of the calls."""
        self.log.write_text("")
        call, number, error = fault or ("none", 0, 0)
        more = {"LD_PRELOAD": LIBRARY, "FAIL_FOLDER": self.stored().parent, "FAIL_LOG": self.log, "FAIL_CALL": call,
                "FAIL_NUMBER": number, "FAIL_ERROR": error}
        program = self.program([harness.BUILD / "agent", "--user", *arguments], self.environment(**more))
        if drive:
            drive(program)
        code, out, err = program.finish(text)
        return code, out, err, self.log.read_text().splitlines()

    def fresh_home(self, name, template):
        self.home = self.base / name
        if template:
            shutil.copytree(template, self.home, symlinks=True)
        else:
            self.home.mkdir(mode=0o700)

    def walk(self, errors, template, judge, arguments, text=None, drive=None, least=4):
        """Runs the agent with `arguments`, one call failing each time; judge(step, code, out). At least so many fail."""
        self.fresh_home("whole", template)
        code, _, err, lines = self.run_with(None, arguments, text, drive)
        self.assertEqual(code, 0, err)
        shutil.rmtree(self.home)
        calls = [line.split(" ", 2)[:2] for line in lines]
        struck = 0
        for call, number in [(call, int(number)) for call, number in calls if call in errors]:
            signal.alarm(harness.TEST_LIMIT)  # for each step
            self.fresh_home(f"{call}-{number}", template)
            code, out, err, lines = self.run_with((call, number, errors[call]), arguments, text, drive)
            failed = [line for line in lines if line.endswith(" failed")]
            struck += len(failed)
            judge(f"{failed} with {os.strerror(errors[call])}; it ended with {code}: {out}{err}", code, out)
            shutil.rmtree(self.home)
        self.assertGreaterEqual(struck, least, "the walk saw no calls")


class FaultsTest(Walk):
    def walk_pairings(self, errors):
        token = self.token(device=DEVICE)

        def judge(step, code, out):
            self.assertEqual(code == 0, "Paired" in out, step)
            whole = self.stored().exists()
            self.assertTrue(whole or code != 0, step)
            self.assertEqual(self.start_again(step)[0], 0 if whole else 5, step)

        self.walk(errors, None, judge, ["--pair", "--token-stdin"], text=token)

    def test_a_full_disk_at_each_write(self):
        self.walk_pairings(FULL)

    def test_no_descriptor_at_each_open(self):
        self.walk_pairings(DESCRIPTORS)

    def test_a_pairing_with_each_call_failing_once(self):
        template = self.template(self.pair)
        old = json.loads(self.stored().read_text())["access_token"]
        new = self.token(device=DEVICE, ttl=LASTING + 1)

        def judge(step, code, out):
            kept = json.loads(self.stored().read_text())["access_token"]
            self.assertIn(kept, (old, new), step)
            self.assertTrue(kept == new or code != 0, step)
            self.assertEqual(code == 0, "Paired" in out, step)
            self.assertEqual(self.start_again(step)[0], 0, step)

        self.walk(BROKEN, template, judge, ["--pair", "--force", "--token-stdin"], text=new)

    def test_a_wipe_with_each_call_failing_once(self):
        template = self.template(self.log_in)
        token = json.loads(self.stored().read_text())["refresh"]["token"]

        def judge(step, code, out):
            folder = self.stored().parent
            begun = any((folder / name).exists() for name in ("wipe", "wipe.new")) or not self.stored().exists()
            self.assertTrue(begun or code != 0, step)
            if code == 0:
                self.assertEqual(self.tokens_left(token), [], step)
            self.assertEqual(self.start_again(step)[0], 5 if begun else 0, step)
            if begun:
                self.assertEqual(self.tokens_left(token), [], step)

        self.walk(BROKEN, template, judge, ["--unpair"])

    def test_a_refresh_with_each_call_failing_once(self):
        template = self.template(self.log_in)
        stored = json.loads(self.stored().read_text())
        old = stored["access_token"]
        stored["expires_at"] = int(time.time()) - 60  # due at once
        self.stored().write_text(json.dumps(stored))

        def drive(program):
            self.until("joined", lambda: not program.running() or self.ask("--status")[0] in harness.JOINED)
            facts = json.loads(self.ask("--status", "--json")[1])
            if program.running():
                os.kill(facts["pid"], signal.SIGTERM)  # by its own pid: strace would leave it running

        def judge(step, code, out):
            self.assertEqual(code, 0, step)
            # The session lives: the next start refreshes what this one could not.
            agent = self.daemon()
            self.until("refreshed after " + step, lambda: json.loads(self.stored().read_text())["access_token"] != old)
            self.until("joined after " + step, lambda: self.ask("--status")[0] in harness.JOINED)
            agent.end()

        self.walk(BROKEN, template, judge, ["--browser-path", "/bin/false"], drive=drive)

    def test_a_start_with_each_connect_failing_once(self):
        template = self.template(self.pair)

        def drive(program):
            self.until("joined", lambda: self.ask("--status")[0] in harness.JOINED)
            program.signal(signal.SIGTERM)

        self.walk({"connect": errno.ENETUNREACH}, template, lambda step, code, out: self.assertEqual(code, 0, step),
                  ["--browser-path", "/bin/false"], drive=drive, least=1)


class LaunchFaultsTest(Walk):
    def test_a_launch_with_each_call_failing_once(self):
        template = self.template(self.pair)

        def drive(program):
            self.until("joined, and the browser answers", lambda: self.ask("--status")[0] == 0)
            program.signal(signal.SIGTERM)

        errors = {"fork": errno.EAGAIN, "pipe2": errno.EMFILE, "socketpair": errno.EMFILE}
        self.walk(errors, template, lambda step, code, out: self.assertEqual(code, 0, step), [], drive=drive, least=2)

    def test_a_launch_with_each_mmap_failing_once(self):
        """libc makes these calls by itself, where no library stands before it: strace makes them fail. They are those of
        the thread that launches, from the beginning of main(): stacks of threads, and libraries that are loaded late."""
        template = self.template(self.pair)

        def launch(name, *options):
            """The calls of that thread, the exit code, and what the agent said."""
            self.fresh_home(name, template)
            trace = self.base / (name + ".trace")
            agent = self.program([*OF_ONE_THREAD, "-o", trace, "-e", "trace=prctl,mmap", *options,
                                  harness.BUILD / "agent", "--user"], self.environment())
            self.until("its end, or an answer of its browser", lambda: not agent.running() or self.ask("--status")[0] == 0)
            if agent.running():
                os.kill(json.loads(self.ask("--status", "--json")[1])["pid"], signal.SIGTERM)
            return trace.read_text().splitlines(), agent.finish()

        lines, (code, _, err) = launch("whole")
        self.assertEqual(code, 0, err)
        begin = next(number for number, line in enumerate(lines) if "PR_SET_DUMPABLE" in line)
        loader = sum(line.startswith("mmap(") for line in lines[:begin])
        total = sum(line.startswith("mmap(") for line in lines)
        self.assertGreater(total, loader + 2, "the walk saw no calls")
        for number in range(loader + 1, total + 1):
            signal.alarm(harness.TEST_LIMIT)  # for each step
            lines, (code, out, err) = launch(f"mmap-{number}", "-e", f"inject=mmap:error=ENOMEM:when={number}")
            failed = [line for line in lines if line.startswith("mmap(") and "INJECTED" in line]
            step = f"{failed} of mmap {number}; it ended with {code}: {out}{err}"
            self.assertNotIn("terminate called", err, step)
            self.assertGreaterEqual(code, 0, step)
            self.assertTrue(code == 0 or failed and re.search(r"(?m)^agent: \S+ ", err), step)
            if code != 0:
                self.assertEqual(self.start_again(step)[0], 0, step)
            shutil.rmtree(self.home)


class ReadOnlyTest(harness.AgentTest):
    def test_a_folder_that_cannot_be_written_to(self):
        self.pair()
        folder = self.stored().parent
        before = self.stored().read_text()
        folder.chmod(0o500)
        self.addCleanup(folder.chmod, 0o700)
        code, out, err = self.ask("--pair", "--force", "--token-stdin", text=self.token(device=DEVICE, ttl=LASTING + 1))
        self.assertNotEqual(code, 0, out)
        self.assertIn(str(folder), err)
        self.assertNotIn("Paired", out)
        self.assertEqual(self.stored().read_text(), before)


if __name__ == "__main__":
    unittest.main()
