#!/usr/bin/env python3
"""`agent --pair` of a running agent: the person is at the terminal, the connections and the store are the agent's.

    remote_test.py BUILD_DIR [unittest arguments]
"""

import json
import os
import pty
import signal
import time
import unittest

import harness
from harness import ACCOUNT, DEVICE, LASTING, OTHER_DEVICE, Browser, ControlSocket, Program


class RemoteTest(harness.AgentTest):
    def setUp(self):
        super().setUp()
        self.agent = self.daemon()
        self.wait_for(5)

    def control(self, method, path, body=None):
        connection = ControlSocket(self.home / ".local/state/bmc-agent/control.sock")
        connection.request(method, path, json.dumps(body) if body is not None else None)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text)

    def nowhere(self):
        """The environment of a terminal that itself knows no login and no key: what works, the running agent did."""
        return {"BMC_AGENT_PAIRING_ISSUER": "http://127.0.0.1:9",
                "BMC_AGENT_PAIRING_RESOURCE": "http://127.0.0.1:9", "BMC_AGENT_API_KEY": "another"}

    def test_a_token_is_paired_by_the_agent_which_then_has_joined(self):
        out, err = self.pair(**self.nowhere())
        self.assertIn("Paired: device " + DEVICE, out)
        self.assertIn("The running agent pairs", err)
        self.assertIn(f"The credential will be kept in {self.stored().parent}", err)
        self.assertIn("Connections go out directly", err)
        self.assertIn(f"The running agent has joined device:{DEVICE}.", err)
        self.assertIn(self.ask("--status")[0], harness.JOINED)  # at once: it was waited for

    def test_a_login_by_paste(self):
        terminal = self.login(**self.nowhere())
        address = terminal.hear(self.AUTHORIZE)[0]
        terminal.say("nonsense\n")
        terminal.hear("not the address at the end of this login")
        code, out, err = terminal.finish(Browser().allow(address) + "\n")
        self.assertEqual(code, 0, err)
        self.assertIn("has joined", err)
        self.assertEqual(json.loads(self.stored().read_text())["account"], ACCOUNT)

    def test_a_login_in_the_browser_of_the_terminal(self):
        opened = self.home / "opened"
        script = self.script("browser", f'echo "$1" > {opened}.part && mv {opened}.part {opened}\n')
        terminal = self.start("--pair", "--expect-account", ACCOUNT, DISPLAY=":0", BROWSER=script, **self.nowhere())
        browser = Browser()
        _, location, _ = browser.go(self.wait_file(opened).strip())
        self.assertEqual(browser.go(browser.allow(location))[0], 200)
        code, _, err = terminal.finish()
        self.assertEqual(code, 0, err)
        self.assertIn("has joined", err)

    def test_a_login_by_a_code(self):
        self.hub.admin("oauth", device_grant=True)
        terminal = self.login(**self.nowhere())
        found = terminal.hear(r"(http\S+/oauth/device\S*)  and enter  (\S+)")
        Browser().allow(f"{found[1]}?user_code={found[2]}")
        code, _, err = terminal.finish()
        self.assertEqual(code, 0, err)

    def on_a_terminal(self, *arguments, **more):
        """The command with a terminal as its input: there questions are put."""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        command = Program([harness.BUILD / "agent", "--user", *arguments], self.environment(**more), stdin=theirs)
        os.close(theirs)
        self.addCleanup(command.end)
        return command, lambda text: os.write(ours, text.encode())

    def test_the_account_and_the_replacement_are_asked_at_the_terminal(self):
        self.log_in()
        before = self.stored().read_text()
        for replace, account, code in (("n", None, 64), ("y", "n", 77), ("y", "y", 0)):
            terminal, type_in = self.on_a_terminal("--pair", "--no-browser", **self.nowhere())
            terminal.hear(r"Replace it\?")
            type_in(replace + "\n")
            if account:
                type_in(Browser().allow(terminal.hear(self.AUTHORIZE)[0]) + "\n")
                terminal.hear(f"Logged in as {ACCOUNT}. Shall this account own this machine")
                type_in(account + "\n")
            got, _, err = terminal.finish()
            self.assertEqual(got, code, err)
            self.assertEqual(self.stored().read_text() == before, code != 0)

    def test_another_account_gets_a_device_of_its_own(self):
        self.pair()  # with the token of a device that Ada does not own
        terminal = self.login("--force")
        code, _, err = terminal.finish(Browser().allow(terminal.hear(self.AUTHORIZE)[0]) + "\n")
        self.assertEqual(code, 0, err)
        self.assertIn("not this account's", err)
        self.assertIn("has joined", err)
        self.assertNotIn(DEVICE, self.stored().read_text())

    def test_a_question_is_not_answered_by_what_was_typed_for_something_else(self):
        terminal, type_in = self.on_a_terminal("--pair", "--no-browser", **self.nowhere())
        back = Browser()
        start = terminal.hear(self.START)[0]  # over ssh -L: the terminal waits for a paste meanwhile
        self.assertEqual(back.go(back.allow(back.go(start)[1]))[0], 200)
        terminal.hear("Shall this account own this machine")
        type_in("y\n")
        code, _, err = terminal.finish()
        self.assertEqual(code, 0, err)

    def test_if_unpaired_and_rotate_are_the_agents_too(self):
        for changed in (True, False):
            code, out, err = self.ask("--pair", "--if-unpaired", "--json", "--token-stdin",
                                      text=self.token(device=DEVICE), **self.nowhere())
            self.assertEqual(code, 0, err)
            self.assertEqual(json.loads(out), {"changed": changed, "device": DEVICE})
        before = self.stored().read_text()
        code, _, err = self.ask("--pair", "--rotate", "--token-stdin", text=self.token(device=OTHER_DEVICE))
        self.assertEqual(code, 64, err)
        self.assertEqual(self.stored().read_text(), before)
        code, _, err = self.ask("--pair", "--rotate", "--token-stdin", text=self.token(device=DEVICE, ttl=LASTING + 1))
        self.assertEqual(code, 0, err)
        self.assertIn("has joined", err)

    def test_without_a_person_it_fails_at_once(self):
        for arguments in ((), ("--if-unpaired",)):
            code, _, err = self.ask("--pair", *arguments)
            self.assertEqual(code, 64, err)
            self.assertIn("--token-stdin", err)

    def test_settings_that_would_not_count_are_refused(self):
        code, _, err = self.ask("--pair", "--token-stdin", "--api-url", self.hub.url, text=self.token(device=DEVICE))
        self.assertEqual(code, 64)
        self.assertIn("--api-url would not count", err)

    def test_a_refused_proof_stores_nothing(self):
        self.hub.admin("device", uuid=OTHER_DEVICE, owner="somebody else", row={"name": "theirs"})
        token = self.token(user="bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb")
        code, _, err = self.ask("--pair", "--token-stdin", "--device", OTHER_DEVICE, text=token)
        self.assertEqual(code, 77, err)
        self.assertIn("was not joined", err)
        self.assertFalse(self.stored().exists())
        self.assertEqual(self.ask("--status")[0], 5)

    def test_one_pairing_at_a_time_and_none_for_a_terminal_that_went_away(self):
        first = self.login()
        first.hear(self.AUTHORIZE)
        code, _, err = self.ask("--pair", "--token-stdin", text=self.token(device=DEVICE))
        self.assertEqual(code, 77)
        self.assertIn("under way at another terminal", err)
        first.end()
        end = time.monotonic() + harness.LIMIT
        while self.ask("--pair", "--token-stdin", text=self.token(device=DEVICE))[0] != 0:
            self.assertLess(time.monotonic(), end, "the first pairing outlived its terminal")
        self.assertIn(DEVICE, self.stored().read_text())

    def test_a_pairing_that_takes_long_is_not_taken_for_one_that_was_left(self):
        self.hub.admin("oauth", token_delay_ms=15000)  # longer than the agent is patient with a terminal that is gone
        terminal = self.login()
        code, _, err = terminal.finish(Browser().allow(terminal.hear(self.AUTHORIZE)[0]) + "\n")
        self.assertEqual(code, 0, err)

    def test_a_stop_ends_a_pairing_under_way(self):
        terminal = self.login()
        terminal.hear(self.AUTHORIZE)
        self.agent.signal(signal.SIGTERM)
        self.assertEqual(self.agent.finish(limit=10)[0], 0)
        self.assertNotEqual(terminal.finish(limit=10)[0], 0)
        self.assertFalse(self.stored().exists())

    def test_nonsense_at_the_socket_changes_nothing(self):
        self.assertEqual(self.control("POST", "/pair", {})[0], 400)
        self.assertEqual(self.control("POST", "/pair", {"id": "x", "callback_port": 70000})[0], 400)
        self.assertEqual(self.control("POST", "/pair/answer?id=x&to=0", "yes")[0], 409)
        self.assertEqual(self.control("GET", "/pair/other")[0], 404)
        self.assertEqual(self.ask("--status")[0], 5)

    def test_a_token_from_outside_is_not_replaced_here(self):
        file = self.home / "token"
        file.write_text(self.token(device=OTHER_DEVICE))
        file.chmod(0o600)
        self.daemon("--profile", "second", "--token-file", file)
        self.wait_for(0, "--profile", "second")
        code, _, err = self.ask("--pair", "--profile", "second", "--token-stdin", text=self.token(device=DEVICE))
        self.assertEqual(code, 64)
        self.assertIn("given its token from outside", err)


if __name__ == "__main__":
    unittest.main()
