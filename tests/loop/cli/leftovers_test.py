#!/usr/bin/env python3
"""What a pairing or an unpairing that failed or was killed leaves: nothing that anybody could use, and nobody has to know of.

    leftovers_test.py BUILD_DIR [unittest arguments]
"""

import fcntl
import json
import signal
import unittest
from pathlib import Path

import chromium
import harness
from harness import DEVICE, Browser


class LeftoversTest(harness.AgentTest):
    def left(self):
        """The files of the store's folder that a pairing writes, or wrote, its result to."""
        return sorted(path.name for path in self.stored().parent.glob("*.json*") if path.name.startswith(("cred", "next")))

    def kill_before_the_last_step(self):
        """As a kill between the writing of a login's credential and its rename leaves it."""
        stored = self.log_in()
        self.stored().rename(self.stored().with_suffix(".json.new"))
        return stored["access_token"]

    def test_unpair_revokes_and_wipes_what_a_killed_pairing_left(self):
        for running in (True, False):
            before = self.hub.admin("oauth")["revocations"]
            token = self.kill_before_the_last_step()
            if running:  # its start erases the file, so it comes later
                content = self.stored().with_suffix(".json.new").read_bytes()
                agent = self.daemon()
                self.wait_for(5)
                self.stored().with_suffix(".json.new").write_bytes(content)
                self.stored().with_suffix(".json.new").chmod(0o600)
            code, _, err = self.ask("--unpair")
            self.assertEqual(code, 0, err)
            self.assertIn("revoked", err)
            self.assertEqual(self.hub.admin("oauth")["revocations"], before + 1)
            self.assertEqual(self.left(), [])
            self.assertFalse([path for path in self.home.rglob("*") if path.is_file() and
                              token in path.read_text(errors="replace")])
            self.assertEqual(self.ask("--unpair")[:1], (0,))
            if running:
                agent.end()

    def children(self, program):
        return Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text()

    def test_an_unpairing_during_the_stop_keeps_no_browser_at_its_host(self):
        """Whose browser stays for the next start of a device that is still paired."""
        place = self.home / "browser.sock"
        self.pair()
        host = self.start("--browser-host", "--browser-path", chromium.find(), "--browser-host-socket", place, "--profile", "host")
        agent = self.start("--browser-mode", "hosted", "--browser-host-socket", place, "--service-stop-grace", "10s")
        host.hear("browser host: an agent uses the browser")
        agent.hear("browser: launching -> attached")
        self.assertTrue(self.children(host))
        self.wait_for(0)
        self.hub.admin("broadcast", topic=f"device:{DEVICE}", event="cdp-command", private=True,
                       payload={"id": 1, "method": "Runtime.evaluate",
                                "params": {"expression": "new Promise(() => {})", "awaitPromise": True}})
        self.until("a command is in flight", lambda: '"in_flight":1' in self.ask("--status", "--json")[1])
        agent.signal(signal.SIGTERM)
        agent.hear("stopping")
        self.assertIn(self.ask("--unpair")[0], (0, 8))
        self.assertEqual(agent.finish()[0], 0)
        self.until("the host's browser has ended", lambda: not self.children(host))

    def test_what_was_written_in_part_is_wiped_and_never_called_revoked(self):
        self.log_in()
        half = self.stored().read_text()[:200]
        self.stored().rename(self.stored().with_suffix(".json.new"))
        self.stored().with_suffix(".json.new").write_text(half)
        code, _, err = self.ask("--unpair")
        self.assertEqual(code, 8, err)
        self.assertEqual(self.left(), [])

    def test_the_doctor_names_it_and_a_start_erases_it(self):
        self.kill_before_the_last_step()
        file = str(self.stored().with_suffix(".json.new"))
        self.assertIn(file, self.ask("--doctor")[1])
        agent = self.daemon()
        agent.hear("what it left is erased")
        self.wait_for(5)
        self.assertEqual(self.left(), [])

    def test_a_pairing_that_fails_leaves_no_file(self):
        for running in (False, True):
            if running:
                self.daemon()
                self.wait_for(5)
            # A token of another device cannot join this one.
            code, _, err = self.ask("--pair", "--token-stdin", "--device", DEVICE, text=self.token(user="nobody"))
            self.assertNotEqual(code, 0, err)
            self.assertEqual(self.left(), [])

    def test_a_pairing_that_fails_while_another_writes_leaves_no_file(self):
        for running in (False, True):
            if running:
                self.daemon()
                self.wait_for(5)
            before = self.hub.admin("oauth")["codes"]
            terminal = self.start("--pair", "--no-browser", "--expect-account", "mallory@example.test")
            address = Browser().allow(terminal.hear(self.AUTHORIZE)[0])
            with open(self.stored().parent / "lock", "r+b") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                terminal.say(address + "\n")
                self.until("it has its tokens", lambda: self.hub.admin("oauth")["codes"] > before)
            code, _, err = terminal.finish()
            self.assertNotEqual(code, 0, err)
            self.assertEqual(self.left(), [])

    def test_a_pairing_that_fails_does_not_wait_long_for_who_writes(self):
        terminal = self.start("--pair", "--no-browser", "--expect-account", "mallory@example.test")
        address = Browser().allow(terminal.hear(self.AUTHORIZE)[0])
        with open(self.stored().parent / "lock", "r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            code, _, err = terminal.finish(address + "\n")  # sooner than a refresh may take
        self.assertNotEqual(code, 0, err)
        self.assertIn("mallory@example.test", err)

    def test_a_login_whose_terminal_goes_leaves_no_file(self):
        self.daemon()
        self.wait_for(5)
        terminal = self.login()
        terminal.hear(self.AUTHORIZE)
        self.assertEqual(self.left(), ["credential.json.new"], "the room for the result")
        terminal.signal(signal.SIGKILL)
        self.until("the room is given back", lambda: self.left() == [])

    def test_unpair_says_of_a_credential_that_cannot_be_read_that_it_was_not_revoked(self):
        for running in (False, True):
            self.pair()
            self.stored().write_text("{")
            if running:
                self.daemon()
                self.wait_for(5)
            code, _, err = self.ask("--unpair")
            self.assertEqual(code, 8, err)
            self.assertEqual(self.left(), [])

    def token_file(self):
        file = self.home / "token"
        file.write_text(json.dumps({"access_token": self.token(device=DEVICE), "api_key": self.hub.key}))
        file.chmod(0o600)
        return file

    def test_a_token_file_in_json_is_refused_once_it_was_unpaired(self):
        file = self.token_file()
        agent = self.daemon("--token-file", file)
        self.wait_for(0)
        self.assertEqual(self.ask("--unpair")[0], 0)
        self.assertIn(str(file), self.wait_for(5))
        agent.end()
        self.daemon("--token-file", file)
        self.assertIn(str(file), self.wait_for(5))
        code, _, err = self.ask("--pair", "--token-stdin", text=file.read_text())
        self.assertNotEqual(code, 0, err)

    def test_a_marker_that_was_cut_off_refuses_the_token_file(self):
        file = self.token_file()
        agent = self.daemon("--token-file", file)
        self.wait_for(0)
        agent.end()
        (self.stored().parent / "wipe.new").write_text('{"format":1,"ref')
        self.daemon("--token-file", file)
        self.assertIn(str(file), self.wait_for(5))


if __name__ == "__main__":
    unittest.main()
