#!/usr/bin/env python3
"""The store of the real binary where one system call fails once: strace makes it fail, each call of the store in turn.

    store_faults_test.py BUILD_DIR [unittest arguments]

A first run without a fault tells which calls are about the store's folder, by their number in their thread; each later
run has one of them fail. Whatever fails, the state is the old one or the new one, and what was said is true.
"""

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

FULL = {"write": "ENOSPC", "ftruncate": "ENOSPC", "fsync": "ENOSPC", "fdatasync": "ENOSPC", "rename": "ENOSPC",
        "mkdir": "ENOSPC"}
BROKEN = {"write": "EIO", "fsync": "EIO", "fdatasync": "EIO", "rename": "EIO", "unlink": "EIO", "unlinkat": "EIO",
          "fchmod": "EPERM"}
DESCRIPTORS = {"openat": "EMFILE"}
_CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)$")


class FaultsTest(harness.AgentTest):
    template = store_test.KillTest.template
    start_again = store_test.KillTest.start_again
    tokens_left = store_test.KillTest.tokens_left

    def setUp(self):
        super().setUp()
        self.base = self.home
        self.hub.admin("oauth", reuse_window=3600)

    def traced(self, calls, trace, inject, arguments, text=None, drive=None):
        options = ["-ff", "-y", "-o", trace, "-e", "trace=prctl," + ",".join(calls)]
        program = self.program([*store_test.STRACE, *options, *inject, harness.BUILD / "agent", "--user", *arguments],
                               self.environment())
        if drive:
            drive(program)
        return program.finish(text)

    def places(self, traces):
        """The calls about the store, as (name, number in its thread), in a trace without a fault."""
        folder = str(self.stored().parent)
        found = set()
        for trace in traces.iterdir():
            numbers = {}
            for line in trace.read_text(errors="replace").splitlines():
                call = _CALL.match(line)
                if not call:
                    continue
                name = call[1]
                numbers[name] = numbers.get(name, 0) + 1
                if folder in call[2] and "ENOENT" not in call[2]:
                    found.add((name, numbers[name]))
        return sorted(found)

    def fresh_home(self, name, template):
        self.home = self.base / name
        if template:
            shutil.copytree(template, self.home, symlinks=True)
        else:
            self.home.mkdir(mode=0o700)
        traces = self.home / "traces"
        traces.mkdir()
        return traces

    def walk(self, errors, template, judge, arguments, text=None, drive=None):
        """Runs the agent with `arguments`, one call of the store failing each time; judge(step, code, out)."""
        traces = self.fresh_home("whole", template)
        code, _, err = self.traced(errors, traces / "of", [], arguments, text, drive)
        self.assertEqual(code, 0, err)
        places = [place for place in self.places(traces) if place[0] in errors]
        shutil.rmtree(self.home)
        self.assertTrue(places, "the walk saw no calls")
        struck = 0
        for call, number in places:
            signal.alarm(harness.TEST_LIMIT)  # for each step
            traces = self.fresh_home(f"{call}-{number}", template)
            inject = ["-e", f"inject={call}:error={errors[call]}:when={number}"]
            code, out, err = self.traced(errors, traces / "of", inject, arguments, text, drive)
            lines = [line for trace in traces.iterdir() for line in trace.read_text(errors="replace").splitlines()
                     if "(INJECTED)" in line]
            struck += any(str(self.stored().parent) in line for line in lines)
            shutil.rmtree(traces)
            step = f"{errors[call]} of {call} {number}: {lines}; it ended with {code}: {out}{err}"
            judge(step, code, out)
            shutil.rmtree(self.home)
        self.assertGreater(struck, len(places) // 2, "the faults struck something else")

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
            self.assertNotEqual(json.loads(self.stored().read_text())["access_token"], old, step)
            self.assertEqual(self.start_again(step)[0], 0, step)

        self.walk(BROKEN, template, judge, ["--browser-path", "/bin/false"], drive=drive)


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
