#!/usr/bin/env python3
"""After a whole life of an agent (login, join, browser, refresh, unpairing) no token is to be found anywhere but in the store.

    secrets_test.py BUILD_DIR [unittest arguments]

As root the agent's environment is read too, which the kernel shows to nobody else; no browser is started then.
"""

import json
import os
import signal
import time
import unittest
import urllib.parse
from pathlib import Path

import harness
from harness import Browser

IS_ROOT = os.geteuid() == 0


def descendants(pid):
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += map(int, task.read_text().split())
            except OSError:
                pass  # it has ended
    return found


class SecretsTest(harness.AgentTest):
    def setUp(self):
        super().setUp()
        self.secrets = {}
        self.shown = {}

    def keep(self, name, text):
        self.secrets[name] = text
        if text.count(".") == 2:
            self.secrets[name + "'s signature"] = text.rpartition(".")[2]

    def keep_stored(self, when):
        stored = json.loads(self.stored().read_text())
        self.keep("access token " + when, stored["access_token"])
        self.keep("refresh token " + when, stored["refresh"]["token"])
        return stored

    def look_at(self, when, *pids):
        for pid in pids:
            for name in ("cmdline", "environ"):
                where = f"{name} of {pid} {when}"
                try:
                    self.shown[where] = Path(f"/proc/{pid}/{name}").read_text(errors="replace")
                except PermissionError:
                    self.assertFalse(IS_ROOT, where)  # closed to all others, which is what it should be
                except (FileNotFoundError, ProcessLookupError):
                    pass

    def ask_for(self, when, *arguments):
        _, out, err = self.ask(*arguments)
        self.shown[" ".join(arguments) + " " + when] = out + err

    def everything(self, when, agent):
        self.look_at(when, *descendants(agent.pid))
        self.ask_for(when, "--status")
        self.ask_for(when, "--status", "--json")
        self.ask_for(when, "--metrics")
        self.ask_for(when, "--doctor")
        self.ask_for(when, "--config-check")
        bundle = self.home / "bundle"
        self.ask_for(when, "--support-bundle", str(bundle))
        self.shown["support bundle " + when] = bundle.read_text()

    def test_nowhere_but_in_the_store(self):
        hooks = "\n".join(f'{name} = ["{self.script(name, f"cat >> {self.home}/{name}.out; env >> {self.home}/{name}.out")}"]'
                          for name in ("paired", "joined", "unpaired"))
        self.configure(f'[log]\nlevel = "debug"\n[hooks]\n{hooks}\n')
        browser = ("--browser-path", "/bin/false") if IS_ROOT else ()
        agent = self.start(*browser)
        self.wait_for(5)
        terminal = self.login()
        back = Browser().allow(terminal.hear(self.AUTHORIZE)[0])
        self.keep("code", urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)["code"][0])
        self.look_at("during the login", terminal.pid, *descendants(agent.pid))
        self.assertEqual(terminal.finish(back + "\n")[0], 0)
        self.keep_stored("of the login")
        if not IS_ROOT:
            self.until("the browser is there", lambda: '"product"' in self.ask("--status", "--json")[1])
        self.everything("after the login", agent)
        stored = json.loads(self.stored().read_text())
        agent.signal(signal.SIGTERM)
        self.shown["the first agent"] = "".join(agent.finish()[1:])

        stored["expires_at"] = int(time.time()) - 60  # a refresh is due at once
        self.stored().write_text(json.dumps(stored))
        agent = self.start(*browser)
        self.until("the refresh", lambda: json.loads(self.stored().read_text())["access_token"] !=
                   stored["access_token"])
        self.wait_for(0)
        self.keep_stored("of the refresh")
        self.everything("after the refresh", agent)
        self.ask_for("at the end", "--unpair")
        self.wait_for(5)
        self.everything("at the gate", agent)
        self.wait_file(self.home / "unpaired.out")
        agent.signal(signal.SIGTERM)
        self.shown["the second agent"] = "".join(agent.finish()[1:])
        self.shown["the terminal"] = terminal.text["out"] + terminal.text["err"]
        for path in self.home.rglob("*"):
            if path.is_file():  # the store too: it was wiped
                self.shown[str(path.relative_to(self.home))] = path.read_text(errors="replace")

        self.assertGreaterEqual(len(self.secrets), 7)
        self.assertIn('level = "debug"', self.shown["--config-check after the login"])
        for what, secret in self.secrets.items():
            spellings = {secret, urllib.parse.quote(secret, safe="")}
            for where, text in self.shown.items():
                for spelling in spellings:
                    self.assertNotIn(spelling, text, f"{what} is in {where}")

    def memory_with(self, pid, secrets):
        """The secrets that are somewhere in the memory that the process may write to."""
        found = set()
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
                place, rights = line.split()[:2]
                if not rights.startswith("rw"):
                    continue
                begin, end = (int(number, 16) for number in place.split("-"))
                memory.seek(begin)
                try:
                    text = memory.read(end - begin)
                except OSError:
                    continue  # [vvar] and its like
                found |= {name for name, secret in secrets.items() if secret.encode() in text}
        return found

    @unittest.skipUnless(IS_ROOT, "nobody else may read another process's memory")
    def test_no_token_is_in_memory_after_an_unpairing(self):
        # By the channel, and by the command; the second time after a refresh.
        agent = self.daemon()
        self.wait_for(5)
        for by_channel in (True, False):
            terminal = self.login()
            self.assertEqual(terminal.finish(Browser().allow(terminal.hear(self.AUTHORIZE)[0]) + "\n")[0], 0)
            self.wait_for(0)
            stored = self.keep_stored("of the login")
            if not by_channel:
                agent.signal(signal.SIGTERM)
                agent.finish()
                stored["expires_at"] = int(time.time()) - 60
                self.stored().write_text(json.dumps(stored))
                agent = self.daemon()
                self.until("the refresh", lambda: json.loads(self.stored().read_text())["access_token"] !=
                           stored["access_token"])
                self.wait_for(0)
                self.keep_stored("of the refresh")
            # So that the look at the end is known to see what is there.
            now = "of the login" if by_channel else "of the refresh"
            seen = self.memory_with(agent.pid, self.secrets)
            self.assertLessEqual({"access token " + now, "refresh token " + now}, seen)
            if by_channel:
                device = stored["device"]["uuid"]
                self.hub.admin("broadcast", topic="device:" + device, event="unpair", payload={}, private=True)
                agent.hear("has revoked it")
            else:
                self.assertEqual(self.ask("--unpair")[0], 0)
            self.wait_for(5)
            # The answers to these requests are sent before their coroutines have ended.
            self.until("gone from memory", lambda: not self.memory_with(agent.pid, self.secrets))

    def test_no_core_is_written(self):
        agent = self.daemon()
        self.wait_for(5)
        self.assertRegex(Path(f"/proc/{agent.pid}/limits").read_text(), r"Max core file size\s+0\s+0")
        if not IS_ROOT:
            self.assertRaises(PermissionError, Path(f"/proc/{agent.pid}/environ").read_bytes)


if __name__ == "__main__":
    unittest.main()
