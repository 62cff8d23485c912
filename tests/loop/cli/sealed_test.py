#!/usr/bin/env python3
"""--key, --key-file, --sealed, --accept-new, --fingerprint and --forget-device: far browsers inside of TLS, over the hub,
through a real agent with a real Chromium.

    sealed_test.py BUILD_DIR [unittest arguments]
"""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import unittest

import harness
from harness import DEVICE, OTHER_DEVICE
from sealed_machines import MARKER, OWNER, SealedMachines

FAILURE, POLICY, NO_DEVICE, UNTRUSTED, USAGE = 1, 17, 19, 20, 64
ANOTHER = "SHA256:" + "A" * 43
# PKCS #8, as the program openssl makes it.
PEM_KEY = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIN7wCWobOzDaJ9uLo+atLwF9Kb9u/UUbE/v7y5cu21L+
-----END PRIVATE KEY-----
"""
PEM_PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPWQ96dTCNOHjXOG6VIB6not8Y9GdT5ObEu6YnQPLd1H"


class SealedTest(SealedMachines):
    # --- keys

    def test_the_profile_has_one_key_which_is_made_at_its_first_use(self):
        line = self.key()
        self.assertRegex(line, r"^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI\S{43} \S+@\S+$")
        self.assertEqual(self.key(), line)
        self.assertEqual((self.state / "key").stat().st_mode & 0o777, 0o600)
        document = json.loads(self.ask("--key", "--json", HOME=self.near)[1])
        self.assertEqual(document["key"], line)
        self.assertRegex(document["fingerprint"], r"^SHA256:\S{43}$")
        other = self.ask("--key", "--profile", "other", HOME=self.near)[1]
        self.assertNotEqual(other.split()[1], line.split()[1])

    @unittest.skipUnless(shutil.which("ssh-keygen"), "there is no ssh-keygen")
    def test_a_key_of_openssh_is_taken_and_shown_as_openssh_shows_it(self):
        def make(name, *arguments, passphrase=""):
            file = self.near / name
            subprocess.run(["ssh-keygen", "-q", "-N", passphrase, "-C", "ada", "-f", file, *arguments], check=True, timeout=harness.LIMIT)
            return file

        file = make("id_ed25519", "-t", "ed25519")
        document = json.loads(self.ask("--key", "--key-file", file, "--json", HOME=self.near)[1])
        self.assertEqual(document["key"].split()[:2], file.with_suffix(".pub").read_text().split()[:2])
        shown = subprocess.run(["ssh-keygen", "-l", "-f", file], capture_output=True, text=True, check=True, timeout=harness.LIMIT).stdout
        self.assertEqual(document["fingerprint"], shown.split()[1])
        self.assertFalse(self.state.exists(), "a key that is handed in is kept nowhere")
        for wrong, sentence in ((make("locked", "-t", "ed25519", passphrase="12345"), "passphrase"),
                                (make("rsa", "-t", "rsa", "-b", "2048"), "only Ed25519"),
                                (make("rsa.pem", "-t", "rsa", "-b", "2048", "-m", "PEM"), "only Ed25519")):
            code, out, err = self.ask("--key", "--key-file", wrong, HOME=self.near)
            self.assertEqual((code, out), (FAILURE, ""), wrong)
            self.assertIn(sentence, err)
        file.chmod(0o644)
        code, out, err = self.ask("--key", "--key-file", file, HOME=self.near)
        self.assertEqual(code, FAILURE)
        self.assertIn("chmod", err)
        code, out, err = self.ask("--key", "--key-file", file.with_suffix(".pub"), HOME=self.near)
        self.assertEqual(code, FAILURE)

    def test_a_key_in_pem_is_taken(self):
        file = self.near / "key.pem"
        file.write_text(PEM_KEY)
        file.chmod(0o600)
        code, out, err = self.ask("--key", "--key-file", file, HOME=self.near)
        self.assertEqual(code, 0, err)
        self.assertEqual(out.split()[:2], PEM_PUBLIC.split())
        self.far_agent("all", [PEM_PUBLIC + " ada"])
        code, out, err = self.evaluate("--key-file", str(file), "--accept-new")
        self.assertEqual((code, json.loads(out or "{}")), (0, {"result": {"type": "string", "value": MARKER}}), err)
        self.assertFalse((self.state / "key").exists(), "the profile's own was not needed")

    # --- the first meeting

    def test_a_device_that_is_not_known_needs_somebody_who_confirms_its_key(self):
        fingerprint = self.far_agent()
        code, out, err = self.evaluate("--sealed")
        self.assertEqual((code, out), (UNTRUSTED, ""), err)
        for word in (fingerprint, "--fingerprint", "--accept-new"):
            self.assertIn(word, err)
        code, out, err = self.evaluate("--fingerprint", ANOTHER)
        self.assertEqual(code, UNTRUSTED, err)
        self.assertIn(ANOTHER, err)
        self.assertEqual(self.known(), "")
        code, out, err = self.evaluate("--fingerprint", fingerprint)
        self.assertEqual(code, 0, err)
        self.assertEqual(json.loads(out)["result"]["value"], MARKER)
        self.assertRegex(self.known(), rf"^{DEVICE} ssh-ed25519 \S{{68}} lab\n$")
        code, out, err = self.evaluate()
        self.assertEqual((code, json.loads(out)["result"]["value"]), (0, MARKER), err)

    def at_terminal(self, answer):
        terminal, end = pty.openpty()
        self.addCleanup(os.close, terminal)
        child = harness.Program([harness.BUILD / "agent", "--user", "--call", "lab", "Browser.getVersion", "--sealed",
                                 "--token-file", self.token_file], self.environment(HOME=self.near), stdin=end)
        self.addCleanup(child.end)
        os.close(end)
        asked = child.hear(r"fingerprint is (SHA256:\S{43}).*\[y/N\]")
        os.write(terminal, answer.encode() + b"\n")
        return asked[1], *child.finish()

    def test_a_person_is_asked_at_a_terminal(self):
        fingerprint = self.far_agent()
        shown, code, out, err = self.at_terminal("n")
        self.assertEqual((shown, code, out, self.known()), (fingerprint, UNTRUSTED, "", ""), err)
        shown, code, out, err = self.at_terminal("y")
        self.assertEqual((shown, code), (fingerprint, 0), err)
        self.assertIn("Chrome/", out)
        self.assertIn(DEVICE, self.known())

    # --- a known device

    def test_a_changed_key_is_refused_until_the_old_one_is_forgotten(self):
        old = self.far_agent()
        self.assertEqual(self.evaluate("--accept-new")[0], 0)
        self.agent.signal(signal.SIGTERM)
        self.agent.finish()
        self.assertEqual(self.ask("--unpair")[0], 0)
        new = self.far_agent()
        self.assertNotEqual(new, old)
        for more in ((), ("--accept-new",), ("--sealed",), ("--fingerprint", new)):
            code, out, err = self.evaluate(*more)
            self.assertEqual((code, out), (UNTRUSTED, ""), err)
            for word in (old, new, f"agent --forget-device {DEVICE}"):
                self.assertIn(word, err)
            self.assertEqual("has changed" in err, "--fingerprint" not in more, err)  # of a device that was not asked
        code, out, err = self.ask("--forget-device", DEVICE, HOME=self.near)
        self.assertEqual(code, 0, err)
        self.assertEqual(self.ask("--forget-device", "lab", HOME=self.near)[0], NO_DEVICE)
        self.assertEqual(self.evaluate("--accept-new")[0], 0)
        self.assertEqual(self.ask("--forget-device", "lab", HOME=self.near)[0], 0)

    def test_a_known_device_is_never_spoken_to_in_plain(self):
        self.far_agent()
        self.assertEqual(self.evaluate("--accept-new")[0], 0)
        self.agent.signal(signal.SIGTERM)
        self.agent.finish()
        self.hub.admin("middle", watch=True)
        self.configure("")  # nobody is listed any more: it takes plain commands alone
        self.agent = self.start("--realtime-optional-spread", "100ms")
        self.wait_for(0)
        for more in ((), ("--accept-new",)):
            code, out, err = self.evaluate(*more)
            self.assertNotEqual(code, 0)
            self.assertEqual(out, "")
        seen = self.hub.admin("middle", find=MARKER, list={"event": "cdp-command"})
        self.assertEqual(seen["found"], 0)
        methods = {json.loads(one["payload"])["method"] for one in seen["list"]}
        self.assertLessEqual(methods, {"Agent.open", "Agent.close"})

    def row(self, uuid, name):
        self.hub.admin("device", uuid=uuid, owner=OWNER, row={"name": name})

    def test_a_name_that_the_backend_gives_to_another_device_is_not_believed(self):
        self.far_agent()
        self.assertEqual(self.evaluate("--accept-new")[0], 0)
        self.row(DEVICE, "moved")
        self.row(OTHER_DEVICE, "Lab")
        self.hub.admin("middle", watch=True, forget=True)
        for more in ((), ("--sealed",), ("--accept-new",)):
            code, out, err = self.evaluate(*more)
            self.assertEqual((code, out), (UNTRUSTED, ""), err)
            for word in (OTHER_DEVICE, DEVICE, f"agent --forget-device {DEVICE}"):
                self.assertIn(word, err)
        code, out, err = self.controller("--bridge", "lab", "--listen", "127.0.0.1:0", "--accept-new").finish()
        self.assertEqual((code, out), (UNTRUSTED, ""), err)
        self.assertEqual(self.hub.admin("middle", find=MARKER)["found"], 0)
        # By its new name it is the known one, and that name is its own from then on.
        self.assertEqual(self.controller("--call", "moved", "Browser.getVersion").finish()[0], 0)
        self.assertRegex(self.known(), rf"^{DEVICE} ssh-ed25519 \S{{68}} moved\n$")
        self.row(DEVICE, "lab")
        self.row(OTHER_DEVICE, "moved")
        code, out, err = self.controller("--call", "moved", "Browser.getVersion", "--accept-new").finish()
        self.assertEqual((code, out), (UNTRUSTED, ""), err)

    def test_a_row_whose_uuid_is_none_is_no_device(self):
        self.row(OTHER_DEVICE.upper(), "loud")
        self.row(f"{OTHER_DEVICE} trusted", "odd")
        code, out, err = self.controller("--devices", "--json").finish()
        self.assertEqual(code, 0, err)
        self.assertCountEqual([one["uuid"] for one in json.loads(out)["devices"]], [DEVICE, OTHER_DEVICE])

    def test_a_damaged_file_lets_nobody_be_spoken_to_in_plain(self):
        self.state.mkdir(parents=True, mode=0o700)
        (self.state / "known_devices").write_text(f"{DEVICE} ssh-rsa AAAA lab\n")
        (self.state / "known_devices").chmod(0o600)
        code, out, err = self.evaluate()
        self.assertEqual(code, FAILURE)
        self.assertIn("known_devices, line 1", err)

    def test_the_fingerprint_is_in_the_devices_row(self):
        said = self.pair()[1]
        self.assertIn("is in the device's row", said)
        shown = self.hub.devices()[0]["fingerprint"]
        self.assertIn(shown, said)
        self.pair("--force")  # the same device keeps its key
        self.assertEqual(self.hub.devices()[0]["fingerprint"], shown)
        self.start("--realtime-optional-spread", "100ms")
        self.wait_for(0)
        self.assertEqual(json.loads(self.ask("--status", "--json")[1])["device"]["fingerprint"], shown)

    # --- what the machine's owner wants

    def test_a_key_that_is_not_listed_is_told_what_to_do(self):
        self.far_agent()
        code, out, err = self.evaluate("--accept-new", home=self.home / "stranger")
        self.assertEqual(code, UNTRUSTED, err)
        self.assertIn("trust.controllers", err)
        code, out, err = self.evaluate(home=self.home / "plain")
        self.assertEqual(code, POLICY, err)
        for word in ("trust.require", "--sealed", "agent --key"):
            self.assertIn(word, err)

    def test_pictures_files_and_large_results(self):
        self.far_agent()
        self.hub.admin("middle", watch=True)
        code, out, err = self.call("--open", f"data:text/html,<title>{MARKER}</title>", "--accept-new")
        self.assertEqual(code, 0, err)
        expression = json.dumps({"expression": "document.title.repeat(50000)", "returnByValue": True})
        code, out, err = self.call("Runtime.evaluate", expression)
        self.assertEqual(code, 0, err)
        self.assertEqual(json.loads(out)["result"]["value"], MARKER * 50000)
        picture, pdf = self.home / "page.png", self.home / "page.pdf"
        code, out, err = self.call("--screenshot", picture, "--pdf", pdf)
        self.assertEqual(code, 0, err)
        self.assertEqual((picture.read_bytes()[:4], pdf.read_bytes()[:4]), (b"\x89PNG", b"%PDF"))
        seen = self.hub.admin("middle", find=MARKER)
        self.assertEqual((seen["found"], seen["full"]), (0, False))
        self.assertGreater(seen["bytes"], len(MARKER) * 50000)

    def test_a_result_of_several_windows_comes_whole(self):
        self.hub.admin("limits", payload_kb=1000)
        self.far_agent()
        times = 700_000  # 14.7 MB: the window is four broadcasts of 1 MB
        repeated = lambda times: json.dumps({"expression": f"'{MARKER}'.repeat({times})", "returnByValue": True})  # noqa: E731
        self.assertEqual(self.call("Runtime.evaluate", repeated(times // 10), "--accept-new")[0], 0)  # the agent learns the limit
        cost = {}
        for vsn in ("2.0.0", "1.0.0"):
            before = self.hub.request("GET", "/admin/counters")
            code, out, err = self.call("Runtime.evaluate", repeated(times), "--realtime-vsn", vsn)
            self.assertEqual(code, 0, err)
            self.assertEqual(json.loads(out)["result"]["value"], MARKER * times)
            after = self.hub.request("GET", "/admin/counters")
            cost[vsn] = {what: after[what] - before[what] for what in ("broadcasts_in", "bytes_in")}
        # Base64 has four bytes for three. Acknowledgements are among the broadcasts.
        for what, most in (("bytes_in", 0.85), ("broadcasts_in", 0.95)):
            self.assertLess(cost["2.0.0"][what], most * cost["1.0.0"][what], (what, cost))

    # --- records as bytes, and in base64

    def records(self):
        """Of what has passed since the last time and carries records behind the handshake: how many were raw, and how many
        were not."""
        raw = text = 0
        for one in self.hub.admin("middle", list={})["list"]:
            payload = json.loads(one["payload"])
            carrier = payload.get("params", payload)
            self.assertEqual("bytes" in one, "seq" in carrier and "data" not in carrier, one)
            raw += "bytes" in one
            text += "seq" in carrier and "data" in carrier
        self.hub.admin("middle", watch=True, forget=True)
        return raw, text

    def test_records_go_as_bytes_where_both_ends_speak_vsn_2(self):
        self.far_agent()
        self.hub.admin("middle", watch=True)
        self.assertEqual(self.evaluate("--accept-new")[0], 0)
        raw, text = self.records()
        self.assertGreater(raw, 0)
        self.assertEqual(text, 0)
        bridge = self.bridge("lab")
        self.drive(bridge)
        raw, text = self.records()
        self.assertGreaterEqual(raw, 2, "a post and its event")
        self.assertEqual(text, 0)
        code, out, err = self.evaluate("--realtime-vsn", "1.0.0")
        self.assertEqual((code, json.loads(out)["result"]["value"]), (0, MARKER), err)
        raw, text = self.records()
        self.assertEqual(raw, 0)
        self.assertGreaterEqual(text, 2, "a post and its event")
        self.drive(bridge)
        self.assertGreaterEqual(self.records()[0], 2, "each client has its own form")

    def test_records_go_in_base64_where_the_agent_speaks_vsn_1(self):
        self.far_agent("all", None, "--realtime-vsn", "1.0.0")
        self.hub.admin("middle", watch=True)
        for arguments in (("--accept-new",), ("--realtime-vsn", "1.0.0")):
            code, out, err = self.evaluate(*arguments)
            self.assertEqual((code, json.loads(out)["result"]["value"]), (0, MARKER), err)
            raw, text = self.records()
            self.assertEqual(raw, 0)
            self.assertGreaterEqual(text, 2, "a post and its event")

    # --- what it costs

    def test_a_call_costs_one_round_trip_more_and_the_word_that_its_answer_is_here(self):
        self.far_agent("off")
        self.hub.admin("middle", watch=True)
        self.assertEqual(self.evaluate()[0], 0)
        self.assertEqual([event for event, _ in self.passed()], ["cdp-command", "cdp-result"])
        self.assertEqual(self.evaluate("--accept-new")[0], 0)
        self.passed()
        for _ in range(2):
            self.assertEqual(self.evaluate()[0], 0)
            passed = self.passed()
            what = [payload.get("method", event) for event, payload in passed]
            self.assertEqual(what, ["Agent.open", "cdp-result", "Agent.post", "cdp-event", "Agent.post"], passed)
            self.assertEqual(passed[-1][1]["params"].keys(), {"client", "ack"})
        self.until("the agent has no client", self.no_client)

    def test_a_session_is_kept_for_the_next_call_and_goes_with_the_devices_key(self):
        self.far_agent()
        self.hub.admin("middle", watch=True)
        self.assertEqual(self.evaluate("--accept-new")[0], 0)
        session = self.state / "sessions" / DEVICE
        self.assertEqual(session.stat().st_mode & 0o777, 0o600)

        def greeting():
            """The size of the agent's part of the handshake: a resumed one has no certificate."""
            passed = self.passed()
            return len(next(payload["result"]["data"] for event, payload in reversed(passed) if event == "cdp-result"))

        first = greeting()
        kept = session.read_text()
        self.assertEqual(self.evaluate()[0], 0)
        self.assertLess(greeting(), first / 2)
        self.assertNotEqual(session.read_text(), kept)
        session.write_text(kept.replace("SHA256:", "SHA256:x", 1))  # of another key
        self.assertEqual(self.evaluate()[0], 0)
        self.assertEqual(greeting(), first)
        key = self.near / "id"
        key.write_text((self.state / "key").read_text())
        key.chmod(0o600)
        kept = session.read_text()
        self.assertEqual(self.evaluate("--key-file", key)[0], 0)
        self.assertEqual((greeting(), session.read_text()), (first, kept))
        self.agent.signal(signal.SIGTERM)
        self.agent.finish()
        self.agent = self.start("--realtime-optional-spread", "100ms")
        self.wait_for(0)
        self.passed()
        code, out, err = self.evaluate()
        self.assertEqual((code, greeting()), (0, first), err)  # a new agent knows no session
        self.assertEqual(self.ask("--forget-device", DEVICE, HOME=self.near)[0], 0)
        self.assertFalse(session.exists())

    def devices(self):
        code, out, err = self.controller("--devices").finish()
        self.assertEqual(code, 0, err)
        return out, err

    def until_online(self):
        """Once others see the agent and its browser: it shows itself a moment after it has joined its own channel."""
        shown = re.compile(rf"lab +{DEVICE} +online")
        self.until("the agent shows itself", lambda: shown.match(self.devices()[0]))
        self.until("there is a browser", lambda: self.ask("--status")[0] == 0)

    def test_devices_are_asked_inside_of_tls_where_their_key_is_known(self):
        for require in ("all", "clients"):
            old = self.far_agent(require)
            self.until_online()
            self.assertRegex(self.devices()[0], rf"lab +{DEVICE} +online +\S+ +\S*Chrome")
            self.assertEqual(self.evaluate("--accept-new")[0], 0)
            self.hub.admin("middle", watch=True, forget=True)
            self.assertRegex(self.devices()[0], rf"lab +{DEVICE} +online +\S+ +\S*Chrome")
            self.assertEqual(self.hub.admin("middle", find="Chrome")["found"], 0)
            self.agent.signal(signal.SIGTERM)
            self.agent.finish()
            self.assertEqual(self.ask("--unpair")[0], 0)
            if require == "all":
                self.assertEqual(self.ask("--forget-device", DEVICE, HOME=self.near)[0], 0)
        new = self.far_agent()
        self.until_online()
        out, err = self.devices()
        for word in (old, new, "--forget-device"):
            self.assertIn(word, err)
        self.assertNotIn("Chrome", out)

    def test_the_bridge_needs_accept_new_once_and_nothing_more(self):
        self.far_agent()
        self.hub.admin("middle", watch=True)
        for more in (("--accept-new",), ()):
            bridge = self.controller("--bridge", DEVICE, "--listen", "127.0.0.1:0", "--print-url", *more)
            url = bridge.hear(r"ws://127\.0\.0\.1:\d+/devtools/browser/\S+", "out")[0]
            bridge.hear("answers")
            driven = subprocess.run(["node", harness.ROOT / "tests/controller/drive.mjs", url], capture_output=True, text=True,
                                    timeout=harness.LIMIT)
            self.assertEqual((driven.stdout, driven.stderr), ("far away\n", ""))
            bridge.signal(signal.SIGINT)
            self.assertEqual(bridge.finish()[0], 0)
        self.assertEqual(self.hub.admin("middle", find="far away")["found"], 0)

    def test_arguments_that_do_not_fit(self):
        for arguments, sentence in ((("--devices", "--sealed"), "belong to --call and --bridge"),
                                    (("--status", "--key-file", "x"), "belongs to --call, --bridge and --key"),
                                    (("--call", "lab", "A.b", "--fingerprint", "MD5:1"), "SHA256:"),
                                    (("--bridge", "a", "--bridge", "b", "--fingerprint", ANOTHER), "one device")):
            code, out, err = self.ask(*arguments)
            self.assertEqual(code, USAGE, arguments)
            self.assertIn(sentence, err)


if __name__ == "__main__":
    unittest.main()
