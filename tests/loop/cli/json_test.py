#!/usr/bin/env python3
"""--json: every command prints exactly one document, well or not; a stream prints one a line.

    json_test.py BUILD_DIR [unittest arguments]
"""

import json
import re
import signal
import socket
import subprocess
import threading
import unittest

import harness
from harness import DEVICE, LASTING

NO_BROWSER = ("--browser-path", "/nowhere/browser")
CODES = {1: "failure", 3: "not_running", 5: "unpaired", 7: "join_timeout", 17: "policy_refuses", 18: "unanswered",
         19: "no_device", 20: "untrusted", 64: "usage",
         69: "unavailable", 75: "temporary", 77: "refused", 78: "bad_configuration", 127: "failure"}


def commands():
    """All commands, as the table of arguments lists them."""
    text = subprocess.run([harness.BUILD / "agent", "--help-all"], capture_output=True, text=True, timeout=harness.LIMIT).stdout
    group = re.search(r"^Commands[^\n]*\n(.*?)\n\n", text, re.M | re.S)[1]
    return set(re.findall(r"^ +(--[a-z-]+)", group, re.M)) | {"--listen", "--exec", "--help", "--help-all", "--version", "--call",
                                                         "--devices", "--watch", "--replay", "--login", "--logout", "--key",
                                                         "--forget-device"}


class JsonTest(harness.AgentTest):
    def one(self, *arguments, text=None, **more):
        """Exit code and the document, of which there is one."""
        code, out, err = self.ask("--json", *arguments, text=text, **more)
        self.assertEqual(out.count("\n"), 1, (arguments, out, err))
        return code, json.loads(out)

    def well(self, *arguments, text=None, code=0):
        got, document = self.one(*arguments, text=text)
        self.assertEqual(got, code, document)
        self.assertNotIn("error", document)
        return document

    def fails(self, code, message, *arguments, text=None, **more):
        got, document = self.one(*arguments, text=text, **more)
        self.assertEqual(got, code, document)
        error = document["error"]
        self.assertEqual(sorted(error), ["code", "exit", "message", "remedy"])
        self.assertEqual((error["code"], error["exit"]), (CODES[code], code))
        self.assertRegex(error["message"], message)
        self.assertTrue(error["remedy"])
        return error

    # --- a walk through all commands: each well and failed; a new command fails the test until it is in both

    def failures(self):
        occupied = self.home / "occupied"
        occupied.mkdir()
        return {
            "--pair": (64, "no token|empty|token", "--pair", "--token-stdin"),
            "--adopt": (1, "not paired", "--adopt"),
            "--unpair": (78, "relay-timeout", "--unpair", "--relay-timeout", "soon"),
            **{command: (3, "no agent runs", command)
               for command in ("--status", "--metrics", "--pause", "--resume", "--reload")},
            "--doctor": None,  # its findings are its answer: see the test of the doctor
            "--profiles": (64, "no argument", "--profiles", "--more"),
            "--browser-host": (78, "browser.host_socket", "--browser-host"),
            "--config-check": (78, "api.url", "--config-check", "--api-url", "ftp://x"),
            "--support-bundle": (1, "occupied", "--support-bundle", str(occupied)),
            "--hand-to": (69, "nowhere", "--hand-to", str(self.home / "nowhere")),
            "--policy-check": (64, "policy-check", "--policy-check"),
            "--generate": (64, "generate", "--generate", "nothing"),
            "--listen": (5, "not paired", "--listen", "settings:global"),
            "--call": (5, "not paired", "--call", "lab", "Page.reload"),
            "--devices": (5, "not paired", "--devices"),
            "--watch": (5, "not paired", "--watch", "lab"),
            "--replay": (1, "nowhere", "--replay", str(self.home / "nowhere")),
            "--login": (64, "nobody is here to log in", "--login"),
            "--logout": (64, "more than one", "--logout", "--status"),
            "--key": (1, "nowhere", "--key", "--key-file", "/nowhere/key"),
            "--forget-device": (19, "no known device", "--forget-device", "lab"),
            "--exec": (78, "relay-timeout", "--relay-timeout", "soon", "--exec", "true"),
            "--help": (64, "no argument", "--no-such", "--reload"),
            "--help-all": (64, "more than one", "--status", "--metrics"),
            "--version": (64, "no argument|such", "--no-such=1"),
        }

    def test_each_command_that_fails_says_so_in_one_document(self):
        failures = self.failures()
        self.assertEqual(set(failures), commands())
        for command, what in failures.items():
            if what is None:
                continue
            with self.subTest(command):
                code, message, *words = what
                if command not in ("--help", "--help-all", "--version"):
                    self.assertIn(command, words)
                self.fails(code, message, *words)

    def before_the_agent_runs(self):
        token = self.token(device=DEVICE)
        yield "--pair", lambda: self.assertTrue(self.well("--pair", "--token-stdin", text=token)["changed"])
        yield "--adopt", lambda: self.well("--adopt")
        yield "--profiles", lambda: self.assertEqual(self.well("--profiles")["profiles"], [""])
        yield "--config-check", lambda: self.assertIn(
            {"key": "api.url", "value": f'"{self.hub.url}"', "origin": "BMC_AGENT_API_URL"}, self.well("--config-check")["settings"])
        yield "--policy-check", lambda: self.assertIs(self.well("--policy-check", "Page.enable")["passes"], True)
        yield "--generate", lambda: self.assertIn("[api]", self.well("--generate", "config")["text"])
        yield "--help", lambda: self.assertIn("--pair", self.well("--help")["text"])
        yield "--help-all", lambda: self.assertIn("--api-url", self.well("--help-all")["text"])
        yield "--version", lambda: self.assertRegex(self.well("--version")["version"], r"^\d+\.")
        yield "--support-bundle", lambda: self.well("--support-bundle", str(self.home / "bundle"), *NO_BROWSER)
        yield "--hand-to", self.hand_over
        yield "--replay", self.replay
        yield "--browser-host", self.browser_host
        yield "--key", lambda: self.assertRegex(self.well("--key")["fingerprint"], "^SHA256:")
        yield "--forget-device", self.forget_device
        yield "--exec", self.step

    def while_the_agent_runs(self):
        yield "--status", self.status
        yield "--metrics", lambda: self.assertIn("bmc_agent_", self.well("--metrics")["text"])
        yield "--pause", lambda: self.assertIn("Paused", self.well("--pause")["text"])
        yield "--resume", lambda: self.assertIn("Relaying", self.well("--resume")["text"])
        yield "--reload", lambda: self.well("--reload")
        yield "--listen", self.listen
        yield "--doctor", self.doctor
        yield "--call", lambda: self.assertEqual(self.well("--call", DEVICE, "Agent.getInfo")["agent"]["uuid"], DEVICE)
        yield "--devices", lambda: self.assertEqual(self.well("--devices")["devices"], [])  # no row was made
        yield "--watch", self.watch
        yield "--login", self.log_in_as_account
        yield "--logout", lambda: self.assertIn("Logged out", self.well("--logout")["text"])
        yield "--unpair", lambda: self.well("--unpair")

    def test_each_command_that_goes_well_prints_one_document(self):
        seen = set()

        def walk(steps):
            for command, step in steps:
                with self.subTest(command):
                    seen.add(command)
                    step()

        walk(self.before_the_agent_runs())
        agent = self.daemon("--json")
        self.wait_for(0)
        walk(self.while_the_agent_runs())
        self.assertEqual(seen, commands())
        agent.signal(signal.SIGTERM)
        code, out, _ = agent.finish()
        self.assertEqual((code, json.loads(out)["ok"]), (0, True))

    def status(self):
        """What is wrong with its health is the exit code's to tell: the document is the same."""
        code, document = self.one("--status")
        self.assertIn(code, (0, 11))  # 11: the daemon of these tests has no browser
        self.assertEqual(document["state"], "joined")

    def replay(self):
        file = self.home / "recording.jsonl"
        file.write_text('{"time":"2026-12-01T12:01:02.345Z","kind":"event","method":"Page.loadEventFired"}\n')
        self.assertEqual(self.well("--replay", str(file))["events"], 1)

    def hand_over(self):
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(str(self.home / "hook"))
        listener.listen(1)

        def serve():
            peer, _ = listener.accept()
            while peer.recv(65536):
                pass
            peer.sendall(b"done\nand done")
            peer.close()

        threading.Thread(target=serve, daemon=True).start()
        self.assertEqual(self.well("--hand-to", str(self.home / "hook"), text="{}")["text"], "done\nand done\n")

    def browser_host(self):
        host = self.start("--json", "--browser-host", "--browser-host-socket", str(self.home / "host"),
                          "--browser-path", "/bin/false")
        visitor = socket.socket(socket.AF_UNIX)
        self.addCleanup(visitor.close)
        visitor.settimeout(harness.LIMIT)
        # The file is there a moment before anybody listens.
        self.until("the browser host listens", lambda: visitor.connect_ex(str(self.home / "host")) == 0)
        visitor.recv(1)  # it serves: from here on a signal is an orderly stop
        host.signal(signal.SIGTERM)
        code, out, err = host.finish()
        self.assertEqual((code, json.loads(out)["ok"]), (0, True), err)

    def step(self):
        """The output is the command's alone, once it runs."""
        words = ("--browser-path", "/bin/false", "--exec")
        code, out, err = self.ask("--json", *words, "sh", "-c", "echo mine; exit 3")
        self.assertEqual((code, out), (3, "mine\n"), err)
        self.fails(127, "no such program", *words, "/nowhere/program")

    def forget_device(self):
        key = self.well("--key")["key"]
        known = self.home / ".local/state/bmc-agent/controller/known_devices"
        known.write_text(f"{DEVICE} {key}\n")
        known.chmod(0o600)
        self.assertIn("forgotten", self.well("--forget-device", DEVICE)["text"])

    def listen(self):
        listener = self.start("--json", "--listen", f"device:{DEVICE}", "--count", "2", "--event", "hello")
        listener.hear("agent: joined")
        for _ in range(2):
            self.hub.admin("broadcast", topic=f"device:{DEVICE}", event="hello", payload={}, private=True)
        code, out, err = listener.finish()
        self.assertEqual(code, 0, err)
        self.assertEqual([json.loads(line)["event"] for line in out.splitlines()], ["hello", "hello"])

    def watch(self):
        watch = self.start("--json", "--watch", DEVICE)
        watch.hear("Watching")
        self.well("--call", DEVICE, "Agent.getInfo")
        watch.hear('"kind":"answer"', "out")
        watch.signal(signal.SIGINT)
        code, out, err = watch.finish()
        self.assertEqual(code, 0, err)
        seen = [json.loads(line) for line in out.splitlines()]
        seen = [one for one in seen if one["kind"] != "waiting"]  # for an answer, for a second: on a busy machine
        self.assertEqual([(one["kind"], one["method"], one["ok"]) for one in seen], [("answer", "Agent.getInfo", True)])

    def log_in_as_account(self):
        terminal = self.start("--json", "--login", "--no-browser", "--expect-account", harness.ACCOUNT)
        code, out, err = terminal.finish(harness.Browser().allow(terminal.hear(self.AUTHORIZE)[0]) + "\n")
        self.assertEqual(code, 0, err)
        self.assertIn("Logged in as " + harness.ACCOUNT, json.loads(out)["text"])

    def doctor(self):
        code, findings = self.one("--doctor", *NO_BROWSER)
        self.assertEqual(code, 1)
        self.assertIn("failed", [finding["outcome"] for finding in findings])

    # --- failures of other kinds

    def test_the_remedy_follows_the_cause_where_that_is_known(self):
        self.assertEqual(self.fails(1, "not paired", "--adopt")["remedy"], "agent --pair")

    def test_a_failure_names_what_the_sentence_for_people_names(self):
        self.daemon()
        self.wait_for(5)
        held = self.fails(75, "another agent", *("--browser-path", "/bin/false"))
        self.assertIn("--profile", held["remedy"])
        self.fails(64, "nobody is here to log in", "--pair")
        self.fails(78, "another backend|plain|not encrypted|https", "--pair", "--api-url", "http://backend.example")

    def test_a_stream_that_fails_says_so_in_its_last_line(self):
        self.pair()
        code, out, err = self.ask("--json", "--listen", "device:" + harness.OTHER_DEVICE)
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(code, 77, err)
        self.assertEqual(lines[-1]["error"]["code"], "refused")
        self.assertEqual(len([line for line in lines if "error" in line]), 1)

    def test_a_refused_command_is_an_answer_and_no_failure(self):
        code, answer = self.one("--policy-check", "Browser.crash")
        self.assertEqual((code, answer["passes"]), (17, False))

    def test_ephemeral_that_does_not_join_in_time(self):
        self.hub.admin("limits", suspended=True)
        self.fails(7, "not joined within", "--browser-path", "/bin/false", "--ephemeral", "--token-stdin", "--join-timeout",
                   "1s", "--exec", "true", text=self.token(ttl=LASTING, device=DEVICE))


if __name__ == "__main__":
    unittest.main()
