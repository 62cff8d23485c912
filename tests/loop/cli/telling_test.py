#!/usr/bin/env python3
"""What the running agent tells of itself: metrics, the scrapers' port, log lines and their fields, hooks.

    telling_test.py BUILD_DIR [unittest arguments]
"""

import http.client
import json
import re
import signal
import socket
import sys
import unittest
from pathlib import Path

import harness
from harness import DEVICE

try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
except ImportError:
    sys.exit("telling_test: prometheus_client is missing: apt-get install python3-prometheus-client")

TWINS = {"none", "yielding", "empty"}
STATES = {"gate", "connecting", "joining", "joined", "waiting", "draining", "stopped"}
REASONS = {"re-authenticate", "rights", "configuration", "switched off", "limit", "transient", "restart", "unknown"}
OUTCOMES = {"result", "error", "bad_request", "denied", "timeout", "browser_unavailable", "browser_lost", "too_large",
            "overloaded", "stopping", "busy", "stale"}
CAUSES = {"unpaired", "not_joined", "paused", "yielding", "no_browser", "audit_refuses", "not_accepted", "disputed",
          "token_ends", "audit_stopped", "spool_full"}
CLOSURES = {"rate", "other"}
CLIENT_ENDS = {"closed", "lease", "session_lost", "browser_lost", "stopping", "bad_request", "denied", "overloaded",
               "too_large", "unreadable", "not_trusted", "handshake", "bad_record"}


class TellingTest(harness.AgentTest):
    def broadcast(self, event, payload):
        self.hub.admin("broadcast", topic=f"device:{DEVICE}", event=event, payload=payload, private=True)

    def command(self, number, method, **more):
        self.broadcast("cdp-command", {"id": number, "method": method, **more})

    def samples(self):
        """All samples of --metrics as a strict parser reads them: {(name, labels): value}."""
        code, out, err = self.ask("--metrics")
        self.assertEqual(code, 0, err)
        found = {}
        for family in parse(out):
            for sample in family.samples:
                found[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
        return found

    def value(self, name, **labels):
        return self.samples()[name, tuple(sorted(labels.items()))]

    def served(self, *arguments, **more):
        self.pair()
        agent = self.daemon("--browser-unavailable-grace", "0", *arguments, **more)
        self.wait_for(0)
        return agent

    # --- metrics

    def test_metrics_are_openmetrics_and_their_labels_come_from_closed_sets(self):
        self.served()
        closed = {"state": STATES | TWINS, "reason": REASONS | CLOSURES, "outcome": OUTCOMES,
                  "why": {"setting", "closure", "ceiling"}, "cause": CAUSES}
        for (name, labels) in self.samples():
            for label, value in labels:
                if name == "bmc_agent_clients_ended_total":
                    self.assertIn(value, CLIENT_ENDS, label)
                elif label != "le":
                    self.assertIn(value, closed[label], name)

    def test_metrics_tell_what_happened(self):
        self.served()
        self.command(1, "Page.navigate", params={"url": "https://example.org/"})
        self.command(2, "SystemInfo.getProcessInfo")
        self.broadcast("cdp-command", {"id": 3})
        self.until("three commands are counted", lambda: self.value("bmc_agent_commands_received_total") == 3)
        for outcome in ("browser_unavailable", "denied", "bad_request"):
            self.until(f"one {outcome}", lambda: self.value("bmc_agent_commands_total", outcome=outcome) == 1)
        seen = self.samples()
        self.assertEqual(seen["bmc_agent_command_seconds_count", ()], 2)
        self.assertEqual(seen["bmc_agent_command_seconds_bucket", (("le", "+Inf"),)], 2)
        self.assertGreater(seen["bmc_agent_received_bytes_total", ()], 0, "of the connection that stands, too")
        self.assertGreater(seen["bmc_agent_sent_bytes_total", ()], 0)
        self.assertGreater(seen["bmc_agent_resident_bytes", ()], 1 << 20)
        self.assertGreater(seen["bmc_agent_allocated_bytes", ()], 1 << 16)
        self.assertGreater(seen["bmc_agent_budget", ()], 0)
        for name in ("bmc_agent_outbox_bytes", "bmc_agent_outbox_messages", "bmc_agent_browser_restarts_total"):
            self.assertIn((name, ()), seen)
        self.assertEqual(seen["bmc_agent_reconnects_total", (("reason", "transient"),)], 0)
        self.hub.admin("sockets", action="drop")
        self.until("the reason of a reconnect is counted",
                   lambda: self.value("bmc_agent_reconnects_total", reason="transient") == 1)
        self.wait_for(0)
        self.until("bytes never fall", lambda: self.value("bmc_agent_joins_total") == 2)
        self.assertGreater(self.value("bmc_agent_received_bytes_total"), seen["bmc_agent_received_bytes_total", ()])

    # --- the scrapers' port

    def get(self, port, path="/metrics", host=None, method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=harness.LIMIT)
        connection.request(method, path, headers={"Host": host or f"127.0.0.1:{port}"})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.getheader("Content-Type"), text

    def test_scrapers_find_metrics_and_nothing_else_on_loopback(self):
        port = harness.free_port(self.addCleanup)
        self.served("--control-metrics-port", str(port))
        status, kind, text = self.get(port)
        self.assertEqual((status, kind), (200, "application/openmetrics-text; version=1.0.0; charset=utf-8"))
        self.assertIn("bmc_agent_state", [family.name for family in parse(text)])
        for host in ("localhost", f"localhost:{port}", "127.0.0.1", "[::1]:9"):
            self.assertEqual(self.get(port, host=host)[0], 200, host)
        # A page whose name was made to lead here (DNS rebinding) names itself.
        for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "localhost.evil.example", "[::1].x"):
            status, _, text = self.get(port, host=host)
            self.assertEqual(status, 421, host)
            self.assertNotIn("bmc_agent", text)
        for path in ("/", "/status", "/log", "/unpair"):
            self.assertEqual(self.get(port, path)[0], 404, path)
        self.assertEqual(self.get(port, "/pause", method="POST")[0], 404)
        self.assertEqual(self.get(port, method="POST")[0], 405)
        listening = Path("/proc/net/tcp").read_text()
        self.assertIn(f"0100007F:{port:04X}", listening)

    def test_a_port_that_is_taken_is_a_warning(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            agent = self.served("--control-metrics-port", str(other.getsockname()[1]))
            agent.hear("warning: no port for scrapers .*in use")
        self.assertTrue(agent.running())

    def test_no_port_is_open_by_default(self):
        """In a network namespace of its own, where nobody else listens."""
        probe = ("BUILD/agent --user --browser-path /bin/false 2>agent.err & agent=$!; trap 'kill $agent' EXIT; "
                 "until BUILD/agent --user --status >status 2>&1; [ $? = 5 ]; do sleep 0.05; done; "
                 "cat /proc/net/tcp /proc/net/tcp6").replace("BUILD", str(harness.BUILD))
        code, out, err = self.program(["unshare", "-Urn", "sh", "-c", f"cd {self.home}; {probe}"],
                                      self.environment()).finish()
        self.assertEqual(code, 0, err)
        rows = [line.split() for line in out.splitlines() if ":" in line.split()[0] and "local" not in line]
        self.assertFalse([row for row in rows if row[3] == "0A"], out)

    # --- logs

    def lines(self, agent):
        return [json.loads(line) for line in agent.text["err"].splitlines()]

    def test_json_lines_carry_device_state_and_command(self):
        agent = self.served("--log-format", "json", "--log-level", "debug")
        self.command(41, "SystemInfo.getProcessInfo")
        agent.hear('"bmc_command_id":"41"')
        agent.signal(signal.SIGTERM)
        self.assertEqual(agent.finish()[0], 0)
        lines = self.lines(agent)
        joined = [line for line in lines if "-> joined" in line["message"]]
        self.assertEqual(joined[0]["bmc_state"], "joined")
        self.assertEqual(joined[0]["bmc_device"], DEVICE)
        told = [line for line in lines if line.get("bmc_command_id") == "41"]
        self.assertEqual(len(told), 1, told)
        self.assertEqual((told[0]["bmc_method"], told[0]["bmc_outcome"], told[0]["bmc_state"], told[0]["level"]),
                         ("SystemInfo.getProcessInfo", "denied", "joined", "debug"))
        for line in lines:
            self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_what_a_person_asks_for_is_told_each_time(self):
        agent = self.served("--log-format", "json", NOTIFY_SOCKET=self.home / "manager")
        for _ in range(2):  # within the time in which a line that only repeats is held back
            agent.signal(signal.SIGHUP)
            agent.hear('"bmc_event":"reload"')
            for level in ("debug", "info"):
                agent.signal(signal.SIGUSR1)
                agent.hear('"bmc_event":"log-level".*"message":"log level ' + level)
        for _ in range(2):
            self.assertEqual(self.ask("--unpair")[0], 0)
            agent.hear('"bmc_event":"gate".*at the activation gate')
            self.pair()
            self.wait_for(0)

    def test_under_journald_lines_have_fields(self):
        """journald's place is taken by a socket of ours, in a mount namespace of the agent's own."""
        folder = self.home / "journal"
        folder.mkdir()
        journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(journal.close)
        journal.bind(str(folder / "socket"))
        journal.settimeout(harness.LIMIT)
        self.pair()
        # JOURNAL_STREAM names what stderr is connected to.
        setup = ("mount -t tmpfs none /run && mkdir -p /run/systemd/journal && "
                 f"mount --bind {folder} /run/systemd/journal && "
                 "JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) && export JOURNAL_STREAM && exec \"$@\"")
        agent = self.program(["unshare", "-Urm", "sh", "-c", setup, "sh", harness.BUILD / "agent", "--user",
                              "--browser-path", "/bin/false"], self.environment())
        entries = []
        while not any("-> joined" in entry.get("MESSAGE", "") for entry in entries):
            entries.append(self.entry(journal.recv(65536)))
        joined = entries[-1]
        self.assertEqual(joined["BMC_STATE"], "joined")
        self.assertEqual(joined["BMC_DEVICE"], DEVICE)
        self.assertEqual(joined["PRIORITY"], "6")
        self.assertEqual(joined["SYSLOG_IDENTIFIER"], "bmc-agent")
        self.assertEqual(agent.text["err"], "", "nothing is told twice")

    def entry(self, datagram):
        """journald's native protocol: NAME=value lines (values with line breaks have a length: ours have none)."""
        return dict(line.split("=", 1) for line in datagram.decode().splitlines())

    def test_an_idle_day_is_a_few_lines(self):
        """A day has 3,456 heartbeats and some refreshes of the token: here many of both, and not one line for them."""
        self.hub.admin("oauth", access_token_life=5)  # half of it is left for a refresh; four take no longer than the beats
        login = self.login()
        code, _, err = login.finish(harness.Browser().allow(login.hear(self.AUTHORIZE)[0]) + "\n")
        self.assertEqual(code, 0, err)
        agent = self.daemon("--realtime-heartbeat", "1s", "--realtime-optional-spread", "0")
        self.wait_for(0)
        began = self.hub.request("GET", "/admin/counters")["heartbeats"]
        refreshed = self.hub.request("GET", "/admin/oauth")["refreshes"]
        self.until("all channels are joined", lambda: all(
            channel["joined"] for channel in json.loads(self.wait_for(0, "--json"))["link"]["channels"]))
        self.until("a dozen heartbeats", lambda: self.hub.request("GET", "/admin/counters")["heartbeats"] > began + 12)
        self.until("refreshes", lambda: self.hub.request("GET", "/admin/oauth")["refreshes"] > refreshed + 3)
        lines = [line for line in agent.text["err"].splitlines() if "browser" not in line]
        # Its start: four changes of state, the channels beside the device's. And then nothing.
        self.assertLess(len(lines), 12, lines)
        self.assertFalse([line for line in lines if "heartbeat" in line or "token" in line], lines)

    # --- the configuration

    def test_config_check_tells_where_each_value_came_from(self):
        self.configure('[realtime]\nheartbeat = "21s"\n[log]\nlevel = "debug"\n')
        code, out, err = self.ask("--config-check", "--log-level", "error", BMC_AGENT_RELAY_TIMEOUT="9s")
        self.assertEqual(code, 0, err)
        file = self.home / ".config/bmc-agent/agent.toml"
        for line in (f'heartbeat = "21s"  # {file}:2', 'level = "error"  # --log-level',
                     'timeout = "9s"  # BMC_AGENT_RELAY_TIMEOUT', 'profile = "test"  # default'):
            self.assertIn("\n" + line + "\n", out)
        # What it prints is a file that says the same.
        again = self.home / "again.toml"
        again.write_text(out)
        code, out_again, err = self.ask("--config-check", "--config", str(again))
        self.assertEqual(code, 0, err)
        values = [[line.split("  # ")[0] for line in text.splitlines()] for text in (out, out_again)]
        self.assertEqual(*values)

    def test_config_check_names_file_line_and_nearest_name(self):
        self.configure('[realtime]\nheartbeet = "21s"\n[log]\nlevel = "loud"\n')
        code, _, err = self.ask("--config-check", BMC_AGENT_LOG_LEVLE="x")
        self.assertEqual(code, 78)
        file = self.home / ".config/bmc-agent/agent.toml"
        self.assertIn(f"agent: {file}:2: there is no setting realtime.heartbeet; did you mean realtime.heartbeat?\n", err)
        self.assertIn(f"agent: {file}:4: log.level = loud: must be one of debug, info, warning, error\n", err)
        self.assertIn("agent: BMC_AGENT_LOG_LEVLE: no setting has this variable; did you mean BMC_AGENT_LOG_LEVEL?\n", err)

    # --- events

    def test_every_event_has_its_hook(self):
        events = ["vpn_on", "vpn_off", "open_sheet", "live_activity_message", "settings_changed", "paired", "unpaired",
                  "joined", "lost"]
        script = self.script("hook", f'cat > {self.home}/$BMC_EVENT.part && mv {self.home}/$BMC_EVENT.part '
                                     f'{self.home}/$BMC_EVENT\n')
        self.configure("[hooks]\n" + "".join(f'{event} = ["{script}"]\n' for event in events))
        self.daemon("--realtime-optional-spread", "0")
        self.wait_for(5)
        self.pair()
        self.wait_for(0)

        def told(event):
            told = json.loads(self.wait_file(self.home / event))
            self.assertEqual(told["event"], event)
            (self.home / event).unlink()
            return told["payload"]

        self.assertIsNone(told("paired"))
        self.assertIsNone(told("joined"))
        self.broadcast("vpn-on", {})
        self.assertEqual(told("vpn-on"), {})
        self.broadcast("vpn-off", {})
        self.assertEqual(told("vpn-off"), {})
        self.broadcast("open-sheet", {"sheet": "settings", "open": True})
        self.assertEqual(told("open-sheet"), {"sheet": "settings", "open": True})
        self.broadcast("live-activity-message", {"message": "three left"})
        self.assertEqual(told("live-activity-message"), {"message": "three left"})
        self.assertIn("three left", self.ask("--status")[1])
        self.broadcast("live-activity-message", {"message": ""})
        self.until("an empty message clears it", lambda: "three left" not in self.ask("--status")[1])
        self.until("settings:global is joined", lambda: [
            channel for channel in json.loads(self.wait_for(0, "--json"))["link"]["channels"]
            if channel["topic"] == "settings:global" and channel["joined"]])
        self.hub.admin("settings", **{"global": {"colour": "blue"}})
        told("settings-changed")
        self.hub.admin("sockets", action="drop")
        self.assertIsNone(told("lost"))
        self.assertIsNone(told("joined"))
        self.broadcast("unpair", {})
        self.assertIsNone(told("unpaired"))

    def test_a_reload_takes_hooks_over(self):
        agent = self.served()
        self.broadcast("vpn-on", {})
        agent.hear("vpn-on: no hook is configured")
        script = self.script("hook", f"touch {self.home}/ran\n")
        self.configure(f'[hooks]\nvpn_on = ["{script}"]\n')
        code, _, err = self.ask("--reload")
        self.assertEqual(code, 0)
        self.assertIn("Applied: hooks.vpn_on. Needs a restart: nothing.", err)
        self.broadcast("vpn-on", {})
        self.wait_file(self.home / "ran")

    def test_a_payload_that_is_nested_without_end_costs_no_memory(self):
        agent = self.served()

        def peak():
            return int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{agent.pid}/status").read_text())[1])

        half = 1_400_000
        self.hub.admin("broadcast", topic=f"device:{DEVICE}", event="vpn-off", raw="[" * half + "]" * half, binary=True)
        agent.hear("vpn-off: no hook is configured")
        before = peak()  # a message of that size was read once
        self.hub.admin("broadcast", topic=f"device:{DEVICE}", event="live-activity-message",
                       raw="[" * half + "]" * half, binary=True)
        self.broadcast("live-activity-message", {"message": "still here"})
        self.until("the next message is shown", lambda: "still here" in self.ask("--status")[1])
        self.assertLess(peak() - before, 8 << 10, "kB more than for one that is not looked into")

    def test_other_events_are_counted_and_each_name_is_told_once(self):
        agent = self.served()
        for _ in range(3):
            self.broadcast("what\u001b[2J-is-this", {"x": "secret of the payload"})
        for number in range(40):
            self.broadcast(f"made-up-{number}", {})
        self.until("all are counted", lambda: self.value("bmc_agent_events_ignored_total") == 43)
        # The last one of which a line is written: the log comes later than the count.
        agent.hear("event made-up-30 on [^\n]*nothing is done")
        lines = [line for line in agent.text["err"].splitlines() if "nothing is done" in line]
        self.assertEqual(len([line for line in lines if "what[2J-is-this" in line]), 1, lines)
        self.assertEqual(len(lines), 32, "whoever may broadcast does not fill the log")
        self.assertNotIn("secret of the payload", agent.text["err"])


if __name__ == "__main__":
    unittest.main()
