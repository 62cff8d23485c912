#!/usr/bin/env python3
"""Whether the agent can serve a command now, and who says so: --status and its exit code, metrics, the doctor, the service
manager's line and the priorities of the log. Each trouble comes and goes in one run.

    health_test.py BUILD_DIR [unittest arguments]
"""

import json
import os
import queue
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import chromium
import harness
from harness import DEVICE, LIMIT

SERVES, YIELDING, DISPUTED, NO_BROWSER, TOKEN_ENDS, AUDIT_STOPPED, SPOOL_FULL, NOT_ACCEPTED = 0, 9, 10, 11, 12, 13, 14, 15
LEAST_LIFE = 24 * 60 * 60  # seconds: from then on a token that nothing replaces is a trouble
FILE_LIMIT = 64 * 1024  # bytes that the agent may write to a file
SPOOL_QUOTA = 1024 * 1024


def open_chromium(port, profile):
    """A Chromium that others attach to, as a person has one."""
    return harness.Program([chromium.find(), "--headless=new", f"--remote-debugging-port={port}", "--no-first-run",
                            "--disable-breakpad", f"--user-data-dir={profile}", "about:blank"],
                           {"PATH": os.environ["PATH"], "HOME": str(profile)})


class HealthTest(harness.AgentTest):
    @classmethod
    def setUpClass(cls):
        cls.profile = tempfile.TemporaryDirectory(prefix="bmc-health-", ignore_cleanup_errors=True)
        cls.addClassCleanup(cls.profile.cleanup)
        cls.port = harness.free_port(cls.addClassCleanup)
        cls.browser = open_chromium(cls.port, cls.profile.name)
        cls.addClassCleanup(lambda: cls.browser.end())

    def setUp(self):
        super().setUp()
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        manager.bind(str(self.home / "notify"))
        self.told = queue.Queue()  # read all the time, as a service manager does: nobody who tells it waits
        reader = threading.Thread(target=self.read_manager, args=(manager,), daemon=True)
        reader.start()
        self.addCleanup(manager.close)
        self.addCleanup(reader.join)
        self.addCleanup(manager.shutdown, socket.SHUT_RDWR)

    def read_manager(self, manager):
        for text in iter(lambda: manager.recv(4096).decode(), ""):
            self.told.put(text)

    def attached(self, *arguments, port=None, **more):
        return self.start("--browser-url", f"http://127.0.0.1:{port or self.port}", "--browser-backoff-cap", "1s", *arguments,
                          NOTIFY_SOCKET=self.home / "notify", **more)

    def manager_hears(self, pattern):
        """The next status line that fits, as `systemctl status` shows it."""
        heard = []
        while True:
            try:
                heard.append(self.told.get(timeout=LIMIT))
            except queue.Empty:
                raise harness.Late(f"the manager did not hear /{pattern}/, but {heard}") from None
            if heard[-1].startswith("STATUS=") and re.fullmatch(pattern, heard[-1][7:].rstrip("\n")):
                return

    def status(self, code, *arguments):
        """--status once it ends with exactly `code`."""
        end = time.monotonic() + LIMIT
        while True:
            got, out, err = self.ask("--status", *arguments)
            if got == code:
                return out
            if time.monotonic() > end:
                raise harness.Late(f"--status did not end with {code}, last with {got}: {out}{err}")

    def expect(self, code, cause, words, remedy):
        """All who are asked say the same."""
        out = self.status(code)
        line = next(line for line in out.splitlines() if line.startswith("health"))
        self.assertRegex(line, words)
        self.assertIn(remedy, line)
        health = json.loads(self.ask("--status", "--json")[1])["health"]
        self.assertFalse(health["ok"])
        self.assertEqual(health["causes"][0]["cause"], cause)
        self.assertRegex(health["causes"][0]["sentence"], words)
        metrics = self.ask("--metrics")[1]
        self.assertIn("bmc_agent_healthy 0\n", metrics)
        self.assertIn(f'bmc_agent_health_cause{{cause="{cause}"}} 1\n', metrics)

    def expect_well(self):
        self.assertRegex(self.status(SERVES), r"(?m)^health +ok: a command is served now$")
        health = json.loads(self.ask("--status", "--json")[1])["health"]
        self.assertEqual(health, {"ok": True, "causes": []})
        metrics = self.ask("--metrics")[1]
        self.assertIn("bmc_agent_healthy 1\n", metrics)
        self.assertNotRegex(metrics, r"bmc_agent_health_cause\{[^}]*\} 1")

    def doctor(self):
        out = self.ask("--doctor", "--json", "--browser-path", "/nowhere/browser")[1]
        return [line for line in json.loads(out) if line["check"] == "health"]

    def command(self, number):
        self.hub.admin("broadcast", topic=f"device:{DEVICE}", event="cdp-command", private=True,
                       payload={"id": number, "method": "Browser.getVersion"})

    # --- the browser

    def test_a_browser_that_never_comes_and_one_that_goes(self):
        port, profile = harness.free_port(self.addCleanup), self.home / "profile"
        self.pair()
        agent = self.attached(port=port)
        agent.hear("warning: browser: launching -> lost")
        self.manager_hears("joined, and serves no command: no browser answers.*")
        self.expect(NO_BROWSER, "no_browser", "no browser answers", "browser.url")
        browser = open_chromium(port, profile)
        self.addCleanup(browser.end)
        agent.hear("info: browser: launching -> attached")
        self.manager_hears("joined")
        self.expect_well()
        browser.end()
        agent.hear("warning: browser: attached -> lost")
        self.manager_hears("joined, and serves no command: no browser answers.*")
        self.expect(NO_BROWSER, "no_browser", "no browser answers", "browser.url")
        found = self.doctor()
        self.assertEqual([one["outcome"] for one in found], ["failed"], found)
        self.assertIn("no browser answers", found[0]["what"])
        self.assertIn("browser.url", found[0]["remedy"])
        back = open_chromium(port, profile)
        self.addCleanup(back.end)
        self.expect_well()

    def test_a_browser_host_that_is_stopped_and_masked(self):
        place = self.home / "browser.sock"
        host = ("--browser-host", "--browser-path", chromium.find(), "--browser-host-socket", place)
        self.pair()
        first = self.start(*host, "--profile", "host")
        agent = self.start("--browser-mode", "hosted", "--browser-host-socket", place, "--browser-backoff-cap", "1s",
                           NOTIFY_SOCKET=self.home / "notify")
        self.expect_well()
        first.signal(signal.SIGTERM)
        self.assertEqual(first.finish()[0], 0)
        agent.hear("warning: browser: attached -> lost")
        self.manager_hears("joined, and serves no command: no browser answers.*")
        self.expect(NO_BROWSER, "no_browser", "no browser answers", "systemctl unmask bmc-browser")
        self.start(*host, "--profile", "host")
        self.expect_well()

    # --- the link

    def test_what_is_lost_or_refused_is_a_warning_and_what_comes_back_is_none(self):
        self.pair()
        agent = self.attached()
        self.expect_well()
        self.hub.admin("sockets", action="drop")
        agent.hear("warning: realtime: joined -> waiting")
        agent.hear("info: realtime: joining -> joined")
        self.hub.admin("limits", suspended=True)
        self.hub.admin("sockets", action="drop")
        agent.hear(r"warning: realtime: (connecting|joining) -> waiting \(refused\)")
        self.expect(4, "not_joined", "the device's channel is not joined", "agent --doctor")
        self.hub.admin("limits", suspended=False)
        agent.signal(signal.SIGTERM)
        self.assertEqual(agent.finish()[0], 0)
        self.assertNotRegex(agent.text["err"], "warning: [^\n]*-> (draining|stopped|absent)")

    def test_results_that_are_not_accepted(self):
        """The token may join the channel and not write to it, until another one comes."""
        code, _, err = self.ask("--pair", "--token-stdin", text=self.token(device=DEVICE, claims={"access": "read"}))
        self.assertEqual(code, 0, err)
        agent = self.attached("--realtime-result-ttl", "1s")
        self.expect_well()
        self.command(1)
        agent.hear("warning: realtime: results are not acknowledged")
        self.manager_hears("joined, and serves no command: the backend does not accept the results.*")
        self.expect(NOT_ACCEPTED, "not_accepted", "may read this channel and not write to it", "insert into realtime.messages")
        code, _, err = self.ask("--pair", "--rotate", "--token-stdin", text=self.token(device=DEVICE))
        self.assertEqual(code, 0, err)
        self.expect_well()
        self.command(2)
        self.until("a result is acknowledged", lambda: "bmc_agent_broadcasts_acknowledged_total 1\n" in self.ask("--metrics")[1])
        self.expect_well()

    # --- a twin

    def test_a_twin_and_one_that_does_not_answer(self):
        self.pair()
        self.pair("--profile", "elder")
        elder = self.daemon("--profile", "elder")
        self.wait_for(0, "--profile", "elder")
        agent = self.attached()
        self.expect(YIELDING, "yielding", "this one relays nothing", "stop one of them")
        self.manager_hears("joined, and serves no command: another agent of this device.*")
        agent.hear("warning: realtime: another agent of this same device")
        elder.signal(signal.SIGSTOP)
        self.addCleanup(elder.signal, signal.SIGCONT)
        for number in (1, 2, 3):
            self.command(number)
        self.expect(DISPUTED, "disputed", "answers nothing: this agent relays", "stop the other agent")
        self.manager_hears("joined, but a member of the channel claims to be this device.*")
        agent.hear("warning: realtime: another member of the channel claims")
        elder.end()
        agent.hear("info: realtime: the other agent of this device is gone")
        self.expect_well()

    # --- what ends or fills up

    def test_a_token_that_runs_out_and_is_replaced(self):
        self.pair()
        self.attached()
        self.expect_well()
        # Whether it runs out is a question of the server's clock.
        self.hub.admin("clock", advance_ms=1000 * (harness.LASTING - LEAST_LIFE + 60))
        self.hub.admin("sockets", action="drop")
        self.manager_hears("joined, but the device's token runs out in .*")
        self.expect(TOKEN_ENDS, "token_ends", "runs out in 23 h 5[0-9] min and cannot be refreshed", "agent --pair --rotate")
        code, _, err = self.ask("--pair", "--rotate", "--token-stdin", text=self.token(device=DEVICE))
        self.assertEqual(code, 0, err)
        self.manager_hears("joined")
        self.expect_well()

    def test_an_audit_trail_that_stops_and_a_spool_that_is_full(self):
        trail, spool = self.home / "audit.jsonl", self.home / "spool"
        trail.write_text('{"outcome":"ok"}\n' * (FILE_LIMIT // 17))
        trail.chmod(0o600)
        self.pair()
        agent = self.attached("--audit-file", trail, "--audit-on-error", "refuse", "--spool-folder", spool,
                              "--spool-quota", "1MiB")
        self.expect_well()
        subprocess.run(["prlimit", "--pid", str(agent.pid), f"--fsize={FILE_LIMIT}:unlimited"], check=True)
        self.command(1)
        agent.hear("error: [Tt]he audit trail ")
        self.manager_hears("joined, and serves no command: every command is refused.*")
        self.expect(AUDIT_STOPPED, "audit_refuses", "File too large; 1 lines were lost", "make room at audit.file")
        subprocess.run(["prlimit", "--pid", str(agent.pid), "--fsize=unlimited"], check=True)
        agent.hear("info: The audit trail is written again; 1 lines were lost")
        self.manager_hears("joined")
        self.expect_well()
        lines = [json.loads(line) for line in trail.read_text().splitlines()]
        self.assertEqual((lines[-1]["outcome"], lines[-1]["lines"]), ("lost", 1))

        download = spool / "download"
        download.write_bytes(b"x" * SPOOL_QUOTA)
        agent.hear("warning: The spool has no room")
        self.manager_hears("joined, but the spool has no room .*")
        self.expect(SPOOL_FULL, "spool_full", r"1048576 of 1048576 bytes \(spool.quota\)", "spool.quota")
        download.unlink()
        agent.hear("info: The spool has room again")
        self.expect_well()


if __name__ == "__main__":
    unittest.main()
