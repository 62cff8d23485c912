#!/usr/bin/env python3
"""--call and --devices: a far browser driven from the shell, over the hub, through a real agent with a real Chromium.

    call_test.py BUILD_DIR [unittest arguments]
"""

import json
import os
import pty
import signal
import subprocess
import threading
import unittest

import harness
from harness import DEVICE, OTHER_DEVICE

OWNER = "ada"
ACCOUNT_ID = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"  # of harness.ACCOUNT, at the hub
UNANSWERED, NO_DEVICE, POLICY, UNAVAILABLE, USAGE, REFUSED = 18, 19, 17, 69, 64, 77


class CallTest(harness.AgentTest):
    def setUp(self):
        super().setUp()
        self.hub.admin("device", uuid=DEVICE, owner=OWNER, row={"name": "lab"})
        self.hub.admin("device", uuid=OTHER_DEVICE, owner=OWNER, row={"name": "shop"})
        self.owner = self.token(user=OWNER)

    def call(self, *arguments, **more):
        """As the devices' owner, on a machine that is not paired."""
        return self.ask(*arguments, "--token-stdin", text=self.owner, HOME=self.home / "controller", **more)

    def far_agent(self, *arguments):
        self.pair()
        agent = self.start("--realtime-optional-spread", "100ms", *arguments)
        self.wait_for(0)
        return agent

    def test_a_page_is_opened_asked_and_kept(self):
        self.far_agent()
        page = self.home / "page.html"
        code, out, err = self.call("--call", "lab", "--open", "data:text/html,<title>Far</title>")
        self.assertEqual(code, 0, err)
        expression = json.dumps({"expression": "document.title.repeat(1100000)", "returnByValue": True})
        code, out, err = self.call("--call", DEVICE, "Runtime.evaluate", expression)
        self.assertEqual(code, 0, err)
        # Beyond what one broadcast carries.
        self.assertEqual(json.loads(out)["result"]["value"], "Far" * 1100000)
        picture, pdf = self.home / "page.png", self.home / "page.pdf"
        code, out, err = self.call("--call", "LAB", "--screenshot", str(picture), "--pdf", str(pdf))
        self.assertEqual(code, 0, err)
        self.assertEqual(picture.read_bytes()[:4], b"\x89PNG")
        self.assertEqual(pdf.read_bytes()[:4], b"%PDF")
        self.assertFalse(page.exists())

    def call_at_terminal(self, *arguments):
        """What it writes on standard output, and on a terminal that is its standard error."""
        terminal, end = pty.openpty()
        self.addCleanup(os.close, terminal)
        called = subprocess.Popen([harness.BUILD / "agent", "--user", *arguments, "--token-stdin"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=end, env=self.environment(HOME=self.home / "controller"))
        os.close(end)
        seen = []

        def read():
            try:
                for piece in iter(lambda: os.read(terminal, 65536), b""):
                    seen.append(piece)
            except OSError:  # the last one has closed it
                pass

        reader = threading.Thread(target=read)
        reader.start()
        out, _ = called.communicate(self.owner.encode(), timeout=harness.LIMIT)
        reader.join(harness.LIMIT)
        self.assertEqual(called.returncode, 0, seen)
        return out.decode(), b"".join(seen).decode()

    def test_a_large_result_shows_its_progress_on_a_terminal_alone(self):
        self.far_agent("--realtime-payload-limit", "100000")
        wanted = ("--call", "lab", "Runtime.evaluate", json.dumps({"expression": "'x'.repeat(1500000)"}))
        out, shown = self.call_at_terminal(*wanted)
        self.assertEqual(len(json.loads(out)["result"]["value"]), 1500000)
        self.assertRegex(shown, r"result: 0\.\d of 1\.5 MB \(\d+ %\)")
        self.assertTrue(shown.endswith("\r\x1b[K"), "the line is taken away")
        self.assertNotIn("\n", shown)
        out, shown = self.call_at_terminal("--json", *wanted)
        self.assertEqual((len(json.loads(out)["result"]["value"]), shown), (1500000, ""))
        code, out, err = self.call(*wanted)
        self.assertEqual((code, err), (0, ""))

    def test_a_token_that_expires_while_the_call_waits(self):
        self.far_agent()
        self.owner = self.token(user=OWNER, ttl=4)
        slow = json.dumps({"expression": "new Promise(done => setTimeout(done, 20000))", "awaitPromise": True})
        code, out, err = self.call("--call", "lab", "Runtime.evaluate", slow, "--timeout", "30s")
        self.assertEqual(code, REFUSED, err)
        self.assertIn("expired", err)

    def test_how_a_call_ends_is_its_exit_code(self):
        self.far_agent()
        code, out, err = self.call("--call", "lab", "Page.noSuchThing")
        self.assertIn(code, (1, POLICY), err)
        code, out, err = self.call("--call", "lab", "Browser.crash")
        self.assertEqual(code, POLICY, err)
        code, out, err = self.call("--call", "lab", "Target.activateTarget", '{"targetId": "none"}')
        self.assertEqual(code, 1, err)
        self.assertIn("No target with given id", err)
        code, out, err = self.call("--call", "lab", "Runtime.evaluate", '{"expression": "for(;;);"}', "--timeout", "1s")
        self.assertEqual(code, UNANSWERED, err)
        code, out, err = self.call("--json", "--call", "shop", "Page.reload", "--timeout", "200ms")
        self.assertEqual(code, UNANSWERED, err)
        self.assertEqual(json.loads(out)["error"]["code"], "unanswered")
        self.assertIn(f"shop ({OTHER_DEVICE})", json.loads(out)["error"]["message"])

    def test_a_name_that_fits_none_or_several_is_said_with_the_candidates(self):
        code, out, err = self.call("--call", "bar", "Page.reload")
        self.assertEqual(code, NO_DEVICE)
        self.assertIn(f"lab ({DEVICE}), shop ({OTHER_DEVICE})", err)
        self.hub.admin("device", uuid=OTHER_DEVICE, row={"name": "Lab"})
        code, out, err = self.call("--call", "LAB", "Page.reload")
        self.assertEqual(code, NO_DEVICE)
        self.assertIn("several", err)

    def test_wrong_arguments_and_a_backend_that_is_away(self):
        for words in (["lab"], ["lab", "reload"], ["lab", "Page.reload", "7"], ["lab", "Page.reload", "--open", "x:"],
                      ["lab", "Page.reload", "--timeout", "soon"]):
            code, out, err = self.call("--call", *words)
            self.assertEqual(code, USAGE, err)
        code, out, err = self.call("--call", "lab", "Page.reload", BMC_AGENT_API_URL="http://127.0.0.1:1")
        self.assertEqual(code, UNAVAILABLE, err)
        code, out, err = self.ask("--call", "lab", "Page.reload")
        self.assertEqual(code, 5, err)

    def test_the_devices_are_listed_with_who_is_online(self):
        agent = self.far_agent()

        def listed():
            code, out, err = self.call("--devices", "--json")
            self.assertEqual(code, 0, err)
            return json.loads(out)["devices"]

        def online():
            devices = {one["name"]: one for one in listed()}
            return devices if devices["lab"]["browser"] else None

        devices = self.until("the agent shows itself, and its browser is up", online)
        self.assertRegex(devices["lab"]["browser"], "Chrom")
        self.assertRegex(devices["lab"]["version"], r"^\d+\.")
        self.assertEqual(devices["shop"], {"uuid": OTHER_DEVICE, "name": "shop", "online": False, "version": None,
                                           "browser": None})
        code, out, err = self.call("--devices")
        self.assertRegex(out, rf"lab +{DEVICE} +online")
        agent.signal(signal.SIGTERM)
        agent.finish()
        self.assertIs({one["name"]: one for one in listed()}["lab"]["online"], False)

    def test_a_login_sends_commands_and_pairs_nothing(self):
        self.hub.admin("device", uuid=OTHER_DEVICE, owner=ACCOUNT_ID, row={"name": "shop"})
        terminal = self.start("--login", "--no-browser", "--expect-account", harness.ACCOUNT)
        code, out, err = terminal.finish(harness.Browser().allow(terminal.hear(self.AUTHORIZE)[0]) + "\n")
        self.assertEqual(code, 0, err)
        code, out, err = self.ask("--devices", "--json")
        self.assertEqual(code, 0, err)
        self.assertEqual([one["name"] for one in json.loads(out)["devices"]], ["shop"])
        self.daemon()
        self.wait_for(5)  # an agent stands at its gate beside it
        code, out, err = self.ask("--logout")
        self.assertEqual(code, 0, err)
        self.assertIn("revoked", err)
        code, out, err = self.ask("--devices")
        self.assertEqual(code, 5, err)


if __name__ == "__main__":
    unittest.main()
