#!/usr/bin/env python3
"""The store of the real binary under strace: private from the first byte, and whole after a kill -9 at every step.

    store_test.py BUILD_DIR [unittest arguments]

Every call that changes the store is the last one once: strace kills the agent as it enters the call. What is between two
of them (a file opened, its bytes written) is the state before the later one.
"""

import contextlib
import itertools
import json
import os
import re
import shutil
import signal
import time
import unittest

import harness
from harness import DEVICE, LASTING, Late

CHANGING = ("mkdir", "fchmod", "ftruncate", "fsync", "fdatasync", "rename", "unlink", "unlinkat")
# The agent hides its memory from tracers; for a tracer that may not do without, that call is left out.
STRACE = ["strace", "-f", "-qq", "-e", "inject=prctl:retval=0", "-e", "signal=none"]


class StoreTest(harness.AgentTest):
    def test_files_are_private_from_the_first_byte(self):
        traces = self.home / "traces"
        traces.mkdir(mode=0o700)
        # A file for each thread: in a common one strace cuts a call in two where another thread makes one meanwhile.
        # Without a mask of the person's: the modes are the agent's own.
        traced = ["/bin/sh", "-c", "umask 0; exec \"$@\"", "sh", *STRACE, "-ff", "-A", "-o", traces / "of", "-e",
                  "trace=prctl,open,openat,creat,mkdir,mkdirat,chmod,fchmod,fchmodat,rename,renameat,renameat2",
                  harness.BUILD / "agent", "--user"]
        terminal = self.program([*traced, "--pair", "--no-browser", "--expect-account", harness.ACCOUNT],
                                self.environment())
        code, _, err = terminal.finish(harness.Browser().allow(terminal.hear(self.AUTHORIZE)[0]) + "\n")
        self.assertEqual(code, 0, err)
        agent = self.program([*traced, "--browser-path", "/bin/false"], self.environment())
        self.wait_for(0)
        self.assertEqual(self.ask("--unpair")[0], 0)
        self.wait_for(5)
        os.kill(json.loads(self.ask("--status", "--json")[1])["pid"], signal.SIGTERM)
        self.assertEqual(agent.finish()[0], 0)

        folder = str(self.stored().parent)
        text = "".join(trace.read_text() for trace in sorted(traces.iterdir()))
        made = re.findall(rf'(?:openat|open)\((?:AT_FDCWD, )?"{folder}/([^"]*)", (\S*O_CREAT\S*), (0\d+)\)', text)
        self.assertEqual({mode for _, _, mode in made}, {"0600"}, made)
        self.assertEqual([name for name, flags, _ in made if "O_NOFOLLOW" not in flags and "O_EXCL" not in flags], [])
        names = {name for name, _, _ in made}
        self.assertGreaterEqual(names, {"credential.json.new", "client.json.new", "wipe.new", "lock", "agent.lock"})
        self.assertEqual({mode for mode in re.findall(rf'mkdir(?:at)?\(.*"{folder}", (0\d+)\)', text)}, {"0700"})
        # Nothing is ever opened up afterwards, and the credential comes into its place by a rename alone.
        self.assertEqual(re.findall(rf'chmod\w*\([^)]*"{folder}/(?!control\.sock)[^)]*\)', text), [])
        self.assertEqual(set(re.findall(r"fchmod\(\d+, (0\d+)\)", text)), {"0600"})
        self.assertIn(f'rename("{folder}/credential.json.new", "{folder}/credential.json")', text)
        for path in self.stored().parent.rglob("*"):
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)


class LookTest(harness.AgentTest):
    def test_who_asks_for_an_agent_takes_no_lock(self):
        """An agent that begins in that moment would find its profile taken, and end."""
        lock = self.stored().parent / "agent.lock"
        lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.write_text(f"{os.getpid()}\n\n")  # that of an agent that was killed, whose number is another's by now
        trace = self.home / "trace"
        asking = self.program([*STRACE, "-o", trace, "-e", "trace=prctl,flock,fcntl", harness.BUILD / "agent", "--user",
                               "--status"], self.environment())
        code, _, err = asking.finish()
        self.assertEqual(code, 3, err)
        self.assertIn("prctl(", trace.read_text())
        self.assertNotRegex(trace.read_text(), r"flock\(|F_(OFD_)?SETLK")


class Killed(harness.AgentTest):
    """Agents that are killed at each step of what they do, and what the next start makes of that."""

    def setUp(self):
        super().setUp()
        self.base = self.home
        self.hub.admin("oauth", reuse_window=3600)

    def killed_in(self, call, number, *arguments, text=None, drive=None):
        """Whether the agent was killed as it entered that call for the `number`th time; what it printed."""
        program = self.program([*STRACE, "-o", "/dev/null", "-e", f"trace=prctl,{call}", "-e",
                                f"inject={call}:signal=KILL:when={number}", harness.BUILD / "agent", "--user",
                                *arguments], self.environment())
        if drive:
            drive(program)
        code, out, err = program.finish(text)
        self.assertIn(code, (0, 8, -signal.SIGKILL), err)
        return code == -signal.SIGKILL, out

    def walk(self, template, act, judge):
        """act(call, number) in a home made from `template`, killed at each step in turn; judge(step, killed, out)."""
        steps = 0
        for call in CHANGING:
            for number in itertools.count(1):
                signal.alarm(harness.TEST_LIMIT)  # for each step
                self.home = self.base / f"{call}-{number}"
                if template:
                    shutil.copytree(template, self.home, symlinks=True)
                else:
                    self.home.mkdir(mode=0o700)
                killed, out = act(call, number)
                judge(f"killed in {call} {number}" if killed else f"not killed in {call}", killed, out)
                steps += killed
                shutil.rmtree(self.home)
                if not killed:
                    break
        self.assertGreater(steps, 5, "the walk saw no steps")

    def template(self, make):
        self.home = self.base / "template"
        self.home.mkdir(mode=0o700)
        make()
        return self.home

    def start_again(self, step):
        """What a start after the kill comes to: 0 joined, 5 its gate, with what it shows."""
        agent = self.daemon()
        end = time.monotonic() + harness.LIMIT
        while True:
            code, out, _ = self.ask("--status")
            if code in (*harness.JOINED, 5):
                break
            if time.monotonic() > end:
                raise Late(f"{step}: the agent neither joined nor stood at its gate: {out}")
        agent.end()
        self.assertNotIn("damaged", out, step)
        return 0 if code in harness.JOINED else code, out

    def tokens_left(self, token):
        return [path for path in self.home.rglob("*") if path.is_file() and token in path.read_text(errors="replace")]

    def environment(self, **more):
        return super().environment(BMC_AGENT_SPOOL_FOLDER=self.home / "spool",
                                   BMC_AGENT_BROWSER_RUNTIME_FOLDER=self.home / "browsers", **more)

    def joined_or_dead(self, program):
        self.until("joined, or killed on the way", lambda: not program.running() or self.ask("--status")[0] in harness.JOINED)
        return program.running()

    def end_softly(self, program):
        """By its own pid: a signal to strace would leave it running untraced."""
        facts = json.loads(self.ask("--status", "--json")[1])
        if program.running() and "pid" in facts:  # else it was killed meanwhile
            with contextlib.suppress(ProcessLookupError):  # killed, and strace has not ended yet
                os.kill(facts["pid"], signal.SIGTERM)


class PairingTest(Killed):
    def test_a_first_pairing(self):
        def act(call, number):
            return self.killed_in(call, number, "--pair", "--token-stdin", text=self.token(device=DEVICE))

        def judge(step, killed, out):
            whole = self.stored().exists()
            self.assertTrue(whole or "Paired" not in out, step)
            self.assertEqual(self.start_again(step)[0], 0 if whole else 5, step)

        self.walk(None, act, judge)

    def test_a_pairing_over_another(self):
        template = self.template(self.pair)
        old = json.loads(self.stored().read_text())["access_token"]
        new = self.token(device=DEVICE, ttl=LASTING + 1)

        def act(call, number):
            return self.killed_in(call, number, "--pair", "--force", "--token-stdin", text=new)

        def judge(step, killed, out):
            kept = json.loads(self.stored().read_text())["access_token"]
            self.assertIn(kept, (old, new), step)
            self.assertTrue(kept == new or "Paired" not in out, step)
            self.assertEqual(self.start_again(step)[0], 0, step)

        self.walk(template, act, judge)

    def test_a_refresh(self):
        template = self.template(self.log_in)
        stored = json.loads(self.stored().read_text())
        old = stored["access_token"]
        stored["expires_at"] = int(time.time()) - 60  # due at once
        self.stored().write_text(json.dumps(stored))

        def drive(program):
            self.joined_or_dead(program)
            self.until("refreshed, or killed", lambda: not program.running() or
                       json.loads(self.stored().read_text())["access_token"] != old)
            self.end_softly(program)

        def judge(step, killed, out):
            self.assertTrue(killed or json.loads(self.stored().read_text())["access_token"] != old, step)
            self.assertEqual(self.start_again(step)[0], 0, step)

        self.walk(template,
                  lambda call, number: self.killed_in(call, number, "--browser-path", "/bin/false", drive=drive), judge)


class WipeTest(Killed):
    # What a pairing has outside of its store: downloads, and the profile of a browser whose agent was killed.
    TRACES = ("spool/download", "browsers/bmc-browser-999999-1-abcdef/profile/Cookies")

    def log_in_and_leave_traces(self):
        self.log_in()
        for name in self.TRACES:
            (self.home / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.home / name).write_text("of the former owner")

    def judge_wipe(self, step, killed, token):
        folder = self.stored().parent
        begun = any((folder / name).exists() for name in ("wipe", "wipe.new")) or not self.stored().exists()
        self.assertTrue(killed or begun, step)
        code, _ = self.start_again(step)
        self.assertEqual(code, 5 if begun else 0, step)
        if begun:
            self.assertEqual(self.tokens_left(token), [], step)
            self.assertEqual([name for name in self.TRACES if (self.home / name).exists()], [], step)

    def test_a_wipe_by_the_command(self):
        template = self.template(self.log_in_and_leave_traces)
        token = json.loads(self.stored().read_text())["refresh"]["token"]
        # The server cannot be asked here: the walk is over the store, and the tokens are needed at every step.
        self.hub.admin("oauth", revoke_status=503)
        self.walk(template, lambda call, number: self.killed_in(call, number, "--unpair"),
                  lambda step, killed, _: self.judge_wipe(step, killed, token))

    def test_a_wipe_by_the_channel(self):
        template = self.template(self.log_in_and_leave_traces)
        stored = json.loads(self.stored().read_text())
        token, device = stored["refresh"]["token"], stored["device"]["uuid"]
        self.hub.admin("oauth", revoke_status=503)

        def drive(program):
            if not self.joined_or_dead(program):
                return
            self.hub.admin("broadcast", topic="device:" + device, event="unpair", payload={}, private=True)
            self.until("at its gate, or killed", lambda: not program.running() or self.ask("--status")[0] == 5)
            self.end_softly(program)

        self.walk(template,
                  lambda call, number: self.killed_in(call, number, "--browser-path", "/bin/false", drive=drive),
                  lambda step, killed, _: self.judge_wipe(step, killed, token))


if __name__ == "__main__":
    unittest.main()
