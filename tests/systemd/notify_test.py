#!/usr/bin/env python3
"""What the service manager is told: agent and browser host under a manager played by this script, which asks the kernel
who sent each message, as systemd does.

    notify_test.py BUILD_DIR [unittest arguments]
"""

import os
import signal
import socket
import struct
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "loop" / "cli"))
import harness  # noqa: E402
from harness import DEVICE, LIMIT  # noqa: E402

WATCHDOG = 2.0  # seconds that the manager allows


class Manager:
    """A notification socket: each message as a dictionary, with the time of its arrival and the sender."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.bind(self.path)
        self.heard = []

    def close(self):
        self.socket.close()

    def hear(self, limit):
        self.socket.settimeout(limit)
        data, extra, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(struct.calcsize("3i")))
        assert extra, "no credentials"
        pid, uid, _ = struct.unpack("3i", extra[0][2])
        message = dict(line.partition("=")[::2] for line in data.decode().splitlines())
        message.update(pid=pid, uid=uid, at=time.monotonic())
        self.heard.append(message)
        return message

    def until(self, fits, what, limit=LIMIT):
        """The first message from here on that fits."""
        end = time.monotonic() + limit
        while True:
            try:
                message = self.hear(max(end - time.monotonic(), 0.001))
            except TimeoutError:
                raise AssertionError(f"the manager never heard {what}; it heard {self.heard[-5:]}") from None
            if fits(message):
                return message

    def until_status(self, text, **more):
        return self.until(lambda m: text in m.get("STATUS", ""), f"STATUS=…{text}…", **more)

    def until_key(self, key, **more):
        return self.until(lambda m: key in m, key + "=", **more)


class NotifyTest(harness.AgentTest):
    def setUp(self):
        super().setUp()
        self.manager = Manager(self.home / "notify")
        self.addCleanup(self.manager.close)

    def managed(self, *arguments, **more):
        return self.daemon(*arguments, NOTIFY_SOCKET=self.manager.path, **more)

    def command(self):
        """One that waits for a browser that never comes."""
        self.hub.admin("broadcast", topic=f"device:{DEVICE}", event="cdp-command", private=True,
                       payload={"id": 1, "method": "Browser.getVersion"})

    def wait_in_flight(self):
        self.until("the command is in flight", lambda: '"in_flight":1' in self.ask("--status", "--json")[1])

    def test_every_state_is_told_in_order_and_by_the_agent_itself(self):
        agent = self.managed()
        self.assertIn("gate: not paired", self.manager.until_key("READY").get("STATUS", ""))
        self.pair()
        for state in ("connecting", "joining", "joined"):
            self.manager.until_status(state)
        self.hub.close()
        waiting = self.manager.until_status("waiting")
        self.assertNotEqual(waiting["STATUS"], "waiting", "no reason was given")
        agent.signal(signal.SIGTERM)
        self.manager.until_key("STOPPING")
        self.assertEqual(agent.finish()[0], 0)
        self.assertEqual({m["pid"] for m in self.manager.heard}, {agent.pid})
        self.assertEqual({m["uid"] for m in self.manager.heard}, {os.getuid()})
        self.assertEqual(sum("READY" in m for m in self.manager.heard), 1)

    def test_a_reload_is_framed_by_reloading_with_its_time_and_ready(self):
        agent = self.managed()
        self.manager.until_key("READY")
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        agent.signal(signal.SIGHUP)
        told = self.manager.until_key("RELOADING")
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self.assertEqual(told["RELOADING"], "1")
        self.assertLessEqual(before, int(told["MONOTONIC_USEC"]))
        self.assertLessEqual(int(told["MONOTONIC_USEC"]), after)
        self.assertIn("gate: not paired", self.manager.until_key("READY").get("STATUS", ""))

    def test_a_reload_of_wrong_configuration_is_ready_again_with_the_old_one(self):
        agent = self.managed()
        self.manager.until_key("READY")
        self.configure("[log]\nlevle = 1\n")
        agent.signal(signal.SIGHUP)
        self.manager.until_key("RELOADING")
        self.manager.until_key("READY")
        self.assertTrue(agent.running())

    def test_the_watchdog_is_fed_in_time_while_the_loop_runs_and_not_while_it_does_not(self):
        agent = self.managed(WATCHDOG_USEC=str(int(WATCHDOG * 1e6)))
        first = self.manager.until_key("WATCHDOG")
        self.assertLessEqual(self.manager.until_key("WATCHDOG")["at"] - first["at"], WATCHDOG)
        agent.signal(signal.SIGSTOP)
        os.waitid(os.P_PID, agent.pid, os.WSTOPPED | os.WNOWAIT)
        self.addCleanup(agent.signal, signal.SIGCONT)
        with self.assertRaises(AssertionError):  # but for one that was on its way
            self.manager.until_key("WATCHDOG", limit=WATCHDOG)
            self.manager.until_key("WATCHDOG", limit=2 * WATCHDOG)
        agent.signal(signal.SIGCONT)
        self.manager.until_key("WATCHDOG")

    def test_a_watchdog_for_another_process_is_not_fed(self):
        self.managed(WATCHDOG_USEC="200000", WATCHDOG_PID="1")
        self.manager.until_key("READY")
        with self.assertRaises(AssertionError):
            self.manager.until_key("WATCHDOG", limit=WATCHDOG)

    def test_wrong_configuration_is_told_and_never_ready(self):
        agent = self.managed("--log-level", "info", BMC_AGENT_LOG_FORMAT="loud")
        self.assertIn("BMC_AGENT_LOG_FORMAT", self.manager.until_key("STATUS")["STATUS"])
        self.assertEqual(agent.finish()[0], 78)
        self.assertFalse(any("READY" in m for m in self.manager.heard))

    def test_an_upgrade_at_the_gate_restarts_at_once(self):
        agent = self.managed()
        self.manager.until_status("gate")
        agent.signal(signal.SIGUSR2)
        self.manager.until_key("STOPPING")
        self.assertEqual(agent.finish()[0], 0)

    def test_an_upgrade_waits_for_the_command_in_flight(self):
        wait = 3.0
        self.pair()
        agent = self.managed("--browser-unavailable-grace", f"{wait}s", "--service-upgrade-quiet", "0s")
        self.manager.until_status("joined")
        begun = time.monotonic()
        self.command()
        self.wait_in_flight()
        agent.signal(signal.SIGUSR2)
        self.manager.until_status("restarts when idle")
        stopping = self.manager.until_key("STOPPING")
        self.assertGreaterEqual(stopping["at"] - begun, wait)
        self.assertEqual(agent.finish()[0], 0)

    def test_an_upgrade_waits_no_longer_than_its_grace(self):
        self.pair()
        agent = self.managed("--browser-unavailable-grace", "5min", "--service-upgrade-grace", "1s",
                            "--service-stop-grace", "0.1s")
        self.manager.until_status("joined")
        self.command()
        self.wait_in_flight()
        asked = time.monotonic()
        agent.signal(signal.SIGUSR2)
        self.assertGreaterEqual(self.manager.until_key("STOPPING")["at"] - asked, 1)
        self.assertEqual(agent.finish()[0], 0)

    def test_an_upgrade_waits_until_it_was_quiet(self):
        self.pair()
        agent = self.managed("--service-upgrade-quiet", "2s")
        self.manager.until_status("joined")
        asked = time.monotonic()
        agent.signal(signal.SIGUSR2)
        self.assertGreaterEqual(self.manager.until_key("STOPPING")["at"] - asked, 2)
        self.assertEqual(agent.finish()[0], 0)

    def test_an_upgrade_waits_for_a_hook_that_runs(self):
        go, done = self.home / "go", self.home / "done"
        hook = self.script("hook", f"while [ ! -e {go} ]; do sleep 0.05; done\ntouch {done}\n")
        self.configure(f'[hooks]\njoined = ["{hook}"]\n[service]\nupgrade_quiet = "0s"\n')
        self.pair()
        agent = self.managed()
        self.manager.until_status("joined")
        agent.signal(signal.SIGUSR2)
        with self.assertRaises(AssertionError):
            self.manager.until_key("STOPPING", limit=1)
        go.touch()
        self.manager.until_key("STOPPING")
        self.assertTrue(done.exists())
        self.assertEqual(agent.finish()[0], 0)

    def test_without_a_manager_nobody_would_start_it_again(self):
        agent = self.daemon()
        agent.hear("activation gate")
        agent.signal(signal.SIGUSR2)
        agent.hear("it goes on")
        self.assertTrue(agent.running())

    def host(self):
        return self.start("--browser-host", "--browser-path", "/bin/false", "--browser-host-socket",
                          str(self.home / "browser.sock"), NOTIFY_SOCKET=self.manager.path,
                          WATCHDOG_USEC=str(int(WATCHDOG * 1e6)))

    def test_the_browser_host_tells_its_states(self):
        host = self.host()
        self.assertIn("no browser is needed yet", self.manager.until_key("READY").get("STATUS", ""))
        self.manager.until_key("WATCHDOG")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as agent:
            agent.connect(str(self.home / "browser.sock"))
            self.manager.until_status("is being started")
            self.manager.until_status("no browser is needed yet:")  # and why the last one ended
        host.signal(signal.SIGTERM)
        self.manager.until_key("STOPPING")
        self.assertEqual(host.finish()[0], 0)
        self.assertEqual({m["pid"] for m in self.manager.heard}, {host.pid})

    def test_an_upgrade_restarts_an_idle_browser_host_at_once(self):
        host = self.host()
        self.manager.until_key("READY")
        host.signal(signal.SIGUSR2)
        self.manager.until_key("STOPPING")
        self.assertEqual(host.finish()[0], 0)


if __name__ == "__main__":
    unittest.main()
