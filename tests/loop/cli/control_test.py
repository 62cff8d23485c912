#!/usr/bin/env python3
"""The running agent through its control socket: status, metrics, pause, reload, hooks, unpair, gate, pairing again.

    control_test.py BUILD_DIR [unittest arguments]
"""

import fcntl
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import threading
import unittest

import harness
import middlemen
from harness import DEVICE, LASTING


def is_free(lock):
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False


class ControlTest(harness.AgentTest):
    def broadcast(self, event, payload):
        self.hub.admin("broadcast", topic=f"device:{DEVICE}", event=event, payload=payload, private=True)

    def hook(self, name):
        out = self.home / (name + ".out")
        return self.script(name, f"cat > {out}.part; env >> {out}.env; mv {out}.part {out}\n"), out

    def test_status_tells_every_state_by_its_exit_code(self):
        self.assertEqual(self.ask("--status")[0], 3)
        agent = self.daemon()
        self.assertIn("agent --pair", self.wait_for(5))
        self.pair()
        out = self.wait_for(0)  # noticed without a restart
        self.assertIn(DEVICE, out)
        self.assertEqual(self.ask("--pause")[0], 0)
        self.assertIn("paused", self.wait_for(6))
        self.assertEqual(self.ask("--resume")[0], 0)
        facts = json.loads(self.wait_for(0, "--json"))
        self.assertEqual(facts["device"]["uuid"], DEVICE)
        self.assertEqual(facts["link"]["state"], "joined")
        self.hub.close()
        self.wait_for(4)
        agent.signal(signal.SIGTERM)
        self.assertEqual(agent.finish()[0], 0)
        self.assertEqual(self.ask("--status")[0], 3)

    def test_an_agent_that_is_stopped_is_told_from_one_that_is_not_there(self):
        agent = self.daemon()
        self.wait_for(5)
        agent.signal(signal.SIGSTOP)
        for command in ("--status", "--pause"):
            code, out, err = self.ask(command, "--json")
            self.assertEqual(code, 69, err)
            self.assertIn(f"the agent (pid {agent.pid}) runs and did not answer within 15 s", err)
            self.assertIn(f"kill -CONT {agent.pid}", json.loads(out)["error"]["remedy"])
        agent.signal(signal.SIGCONT)
        self.wait_for(5)

    def test_a_wrong_configuration_keeps_no_credential_here(self):
        self.pair()
        self.configure('[policy]\ndeny = ["Runtime.evaluat"]\n')
        self.assertEqual(self.ask("--profiles")[0], 0)
        code, _, err = self.ask("--unpair")
        self.assertEqual(code, 0, err)
        self.assertIn("note: ", err)
        self.assertIn("did you mean Runtime.evaluate?", err)
        self.assertFalse(self.stored().exists())

    def test_a_policy_check_names_what_was_meant(self):
        out = self.ask("--policy-check", "Page.navigat")[1]
        self.assertIn("did you mean Page.navigate?", out)
        self.assertEqual(json.loads(self.ask("--json", "--policy-check", "Page.navigat")[1])["did_you_mean"], "Page.navigate")
        for known in ("Page.navigate", "Nothing.atAllLikeThat"):
            self.assertNotIn("did you mean", self.ask("--policy-check", known)[1])

    def test_an_agent_without_a_control_socket_is_there_all_the_same(self):
        closed = self.home / "runtime"
        closed.mkdir(0o500)
        if os.access(closed, os.W_OK):
            self.skipTest("root may write everywhere")
        agent = self.daemon(XDG_RUNTIME_DIR=closed)
        agent.hear("no control socket")
        code, _, err = self.ask("--status")
        self.assertEqual(code, 69, err)
        self.assertIn(f"an agent runs for this profile (pid {agent.pid}) and has no control socket", err)

    def test_a_stop_is_no_failure_of_what_was_under_way(self):
        host, port = self.hub.address.split(":")
        hold, asked = threading.Event(), threading.Event()
        front = middlemen.front((host, int(port)), hold, asked)
        self.addCleanup(front.close)
        way = {"BMC_AGENT_API_URL": f"http://127.0.0.1:{front.port}"}
        self.pair(**way)
        hold.set()
        agent = self.daemon("--realtime-optional-spread", "100ms", **way)  # it asks for its row within that time
        self.assertTrue(asked.wait(harness.LIMIT))
        agent.signal(signal.SIGTERM)
        code, _, err = agent.finish(limit=15)  # the request that hangs has 30 s
        self.assertEqual(code, 0, err)
        self.assertNotIn("could not be fetched", err)

    def test_two_ways_to_pair_that_contradict_each_other(self):
        code, _, err = self.ask("--pair", "--if-unpaired", "--force")
        self.assertEqual(code, 64, err)
        self.assertIn("--force and --if-unpaired contradict each other", err)

    def test_a_policy_check_wants_an_object(self):
        for wrong in ("{", "[1]", '{},"sessionId":"x"'):
            code, _, err = self.ask("--policy-check", "Page.enable", wrong)
            self.assertEqual(code, 64, err)
            self.assertIn("PARAMS is no JSON object", err)

    def test_a_policy_check_tells_where_the_running_agent_has_other_settings(self):
        self.pair()
        self.daemon("--policy-profile", "observe")
        self.wait_for(0)
        click = ["--policy-check", "Input.insertText", '{"text":"a b&c=\u00e4%"}']
        code, out, err = self.ask(*click)
        self.assertEqual(code, 0, err)
        ours, _, running = out.partition("the agent that runs was started with other settings, and says:\n")
        self.assertTrue(ours.startswith("allowed"), out)
        self.assertTrue(running.startswith("refused (denied)"), out)
        self.assertNotIn("the agent that runs", self.ask(*click, "--policy-profile", "observe")[1])

    def test_a_pause_with_a_time_ends_by_itself_and_one_without_outlives_the_agent(self):
        for wrong in ("soon", "0s", "31d"):
            code, _, err = self.ask("--pause", wrong)
            self.assertEqual(code, 64, err)
            self.assertIn("30m", err)
        self.assertEqual(self.ask("--pause", "10m")[0], 3)  # nobody runs
        self.pair()
        agent = self.daemon()
        self.wait_for(0)
        self.assertIn("Paused for 10 min", self.ask("--pause", "10m")[2])
        self.assertRegex(self.wait_for(6), r"paused +for (9|10) min")
        self.assertEqual(self.ask("--pause=2s")[0], 0)  # a later one replaces it
        self.wait_for(6)
        self.wait_for(0)
        agent.hear("the pause is over")
        self.assertEqual(self.ask("--pause")[0], 0)
        agent.signal(signal.SIGTERM)
        self.assertEqual(agent.finish()[0], 0)
        self.daemon()
        self.assertIn("until it is resumed", self.wait_for(6))
        self.assertEqual(self.ask("--resume")[0], 0)
        self.wait_for(0)

    def test_a_pause_over_the_socket_wants_a_number_of_seconds_up_to_thirty_days(self):
        self.pair()
        self.daemon()
        self.wait_for(0)
        most = 30 * 24 * 60 * 60
        for wrong in ("garbage", "", "0", "-1", "+5", "1.5", "10m", "%2010", "10%20", "0x10", "1e3", str(most + 1),
                      str(2**63 - 1), str(2**63), "9" * 40):
            status, text = self.post("/pause?for=" + wrong)
            self.assertGreaterEqual(status, 400, f"{wrong!r}: {text}")
            self.assertRegex(text, "number of seconds|30 days at most", repr(wrong))
            self.assertIn(self.ask("--status")[0], harness.JOINED, f"{wrong!r} paused it")
        for right in ("1", str(most)):
            status, text = self.post("/pause?for=" + right)
            self.assertEqual(status, 200, f"{right!r}: {text}")
            self.assertIn("Paused for", text)
        self.assertRegex(self.wait_for(6), r"paused +for (29|30) d")

    def post(self, path):
        connection = harness.ControlSocket(self.home / ".local/state/bmc-agent/control.sock")
        self.addCleanup(connection.close)
        connection.request("POST", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def test_metrics_are_openmetrics(self):
        self.pair()
        self.daemon()
        self.wait_for(0)
        code, out, _ = self.ask("--metrics")
        self.assertEqual(code, 0)
        self.assertTrue(out.endswith("# EOF\n"))
        self.assertIn('bmc_agent_state{state="joined"} 1\n', out)
        self.assertIn("bmc_agent_joins_total 1\n", out)
        self.assertIn('bmc_agent_command_seconds_bucket{le="+Inf"} 0\n', out)

    def test_unpair_wipes_and_pair_brings_it_back(self):
        self.pair()
        agent = self.daemon()
        self.wait_for(0)
        code, out, err = self.ask("--unpair")
        self.assertEqual(code, 0, err)
        self.assertFalse(self.stored().exists())
        self.wait_for(5)
        self.pair()
        self.wait_for(0)
        self.broadcast("unpair", {})
        self.wait_for(5)
        self.assertFalse(self.stored().exists())
        self.assertTrue(agent.running())

    def test_unpair_of_the_channel_revokes_at_the_server(self):
        credential = self.log_in()
        agent = self.daemon()
        self.wait_for(0)
        self.hub.admin("broadcast", topic="device:" + credential["device"]["uuid"], event="unpair", payload={}, private=True)
        self.wait_for(5)
        self.until("the revocation", lambda: self.hub.admin("oauth")["revocations"] == 1)
        agent.hear("The server has revoked it")
        self.assertFalse(self.stored().exists())

    def test_unpair_says_what_is_left_to_be_revoked_by_hand(self):
        for running in (True, False):
            self.log_in()
            if running:
                agent = self.daemon()
                self.wait_for(0)
            self.hub.admin("oauth", revoke_status=503)
            code, _, err = self.ask("--unpair")
            self.assertEqual(code, 8, err)
            self.assertIn("revoke the access of ada@example.com", err)
            self.assertFalse(self.stored().exists())
            self.hub.admin("oauth", revoke_status=0)
            if running:
                agent.end()

    def test_unpair_revokes_a_token_that_was_handed_in_or_says_that_it_could_not(self):
        for running in (True, False):
            for named in (True, False):
                before = self.hub.admin("oauth")["revocations"]
                stored = self.log_in()  # the grant that is handed in
                refresh = stored["refresh"]
                self.stored().unlink()
                handed = {"access_token": stored["access_token"], "refresh_token": refresh["token"],
                          "client_id": refresh["client_id"], "token_url": refresh["token_url"]}
                if named:
                    handed["revocation_url"] = refresh["revocation_url"]
                code, _, err = self.ask("--pair", "--token-stdin", "--device", stored["device"]["uuid"],
                                        text=json.dumps(handed))
                self.assertEqual(code, 0, err)
                if running:
                    agent = self.daemon()
                    self.wait_for(0)
                code, _, err = self.ask("--unpair")
                self.assertEqual(code, 0 if named else 8, err)
                self.assertEqual("revocation_url" in err, not named, err)
                self.assertEqual(self.hub.admin("oauth")["revocations"] - before, int(named))
                if running:
                    agent.end()

    def test_unpair_deletes_the_row_where_that_is_asked_for(self):
        for running in (True, False):
            self.log_in()
            if running:
                agent = self.daemon()
                self.wait_for(0)
            self.assertEqual(len(self.hub.devices()), 1)
            code, _, err = self.ask("--unpair", "--delete-device")
            self.assertEqual(code, 0, err)
            self.assertIn("was deleted", err)
            self.assertEqual(self.hub.devices(), [])
            if running:
                agent.end()
        self.assertEqual(self.hub.admin("oauth")["revocations"], 2)
        self.assertEqual(self.ask("--delete-device")[0], 64)

    def test_the_hook_of_a_pairing(self):
        script, out = self.hook("paired")
        self.configure(f'[hooks]\npaired = ["{script}"]\n')
        self.daemon()
        self.wait_for(5)
        self.pair()
        self.assertEqual(json.loads(self.wait_file(out))["event"], "paired")

    def test_an_ephemeral_agent_takes_its_row_with_it(self):
        agent = self.start("--browser-path", "/bin/false", "--ephemeral", "--token-stdin", "--exec", "/bin/true")
        code, _, err = agent.finish(self.token(user="aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", ttl=600))
        self.assertEqual(code, 0, err)
        self.assertIn("Registering device", err)
        self.assertEqual(self.hub.devices(), [])

    def test_a_row_that_is_being_deleted_keeps_no_other_agent_out(self):
        host, port = self.hub.address.split(":")
        hold, asked = threading.Event(), threading.Event()
        front = middlemen.front((host, int(port)), hold, asked)
        self.addCleanup(front.close)
        go = self.home / "go"
        os.mkfifo(go)
        agent = self.start("--browser-path", "/bin/false", "--ephemeral", "--token-stdin", "--exec", "/bin/cat", go,
                           BMC_AGENT_API_URL=f"http://127.0.0.1:{front.port}")
        agent.say(self.token(user="aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", ttl=600))
        agent.process.stdin.close()
        agent.process.stdin = None
        with go.open("w"):  # returns when the step has begun
            hold.set()
        self.assertTrue(asked.wait(harness.LIMIT))
        with (self.stored().parent / "agent.lock").open() as lock:
            self.until("the agent's lock is free", lambda: is_free(lock))
        with self.assertRaises(subprocess.TimeoutExpired, msg="it has not ended: it waits for the answer"):
            agent.process.wait(1)

    def test_a_lost_key_is_a_clear_error_and_the_gate(self):
        key = self.home / "key"
        for name, made in (("file", False), ("credential", True)):
            more = {"BMC_AGENT_CREDENTIALS_KEY_FILE": key}
            if made:
                folder = self.home / "credentials"
                folder.mkdir(0o700)
                key = folder / "bmc-key"
                key.write_text("5a" * 32)
                key.chmod(0o600)
                more = {"CREDENTIALS_DIRECTORY": folder}
            out, err = self.pair("--force", **more)
            self.assertIn("sealed", err)
            stored = json.loads(self.stored().read_text())
            self.assertEqual(sorted(stored), ["format", "sealed"])
            agent = self.daemon(**more)
            self.wait_for(0)
            agent.signal(signal.SIGTERM)
            self.assertEqual(agent.finish()[0], 0)
            kept = key.read_text()
            for wrong in (None, "00" * 32):
                key.unlink() if wrong is None else key.write_text(wrong)
                key.exists() and key.chmod(0o600)
                agent = self.daemon(**more)
                out = self.wait_for(5)
                self.assertRegex(out, "its key is missing" if wrong is None else "under another key")
                self.assertIn("put the key back", out)
                self.assertTrue(agent.running())
                agent.end()
            key.write_text(kept)
            agent = self.daemon(**more)
            self.wait_for(0)
            agent.end()

    def test_hooks_get_the_event_on_standard_input_and_a_clean_environment(self):
        script, out = self.hook("vpn")
        self.configure(f'[hooks]\nvpn_on = ["{script}"]\n')
        self.pair()
        self.daemon(SECRET_OF_THE_SERVICE="x")
        self.wait_for(0)
        self.broadcast("vpn-on", {"a": "b\u001b[2J"})
        self.assertEqual(json.loads(self.wait_file(out)), {"event": "vpn-on", "payload": {"a": "b[2J"}})
        environment = (self.home / "vpn.out.env").read_text()
        self.assertNotIn("SECRET_OF_THE_SERVICE", environment)
        self.assertNotIn("BMC_AGENT_API_KEY", environment)
        self.broadcast("vpn-off", {})  # no hook: counted
        self.until("an event without a hook is counted",
                   lambda: json.loads(self.wait_for(0, "--json"))["hooks"]["without"])
        counters = json.loads(self.wait_for(0, "--json"))["hooks"]
        self.assertEqual((counters["started"], counters["failed"], counters["without"]), (1, 0, 1))

    def test_a_message_from_outside_commands_neither_terminal_nor_service_manager(self):
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.settimeout(harness.LIMIT)
        manager.bind(str(self.home / "notify"))
        self.pair()
        self.daemon(NOTIFY_SOCKET=self.home / "notify")
        self.wait_for(0)
        self.broadcast("live-activity-message", {"message": "x\nMAINPID=1\nSTOPPING=1\u001b[31m"})
        seen = []
        while not seen or "MAINPID" not in seen[-1]:
            seen.append(manager.recv(4096).decode())
        self.assertEqual(seen[0], "READY=1\nSTATUS=starting")
        self.assertEqual(len(seen[-1].splitlines()), 1)
        self.assertTrue(seen[-1].startswith("STATUS="))
        self.assertIn("xMAINPID=1STOPPING=1[31m", self.ask("--status")[1])

    def test_a_reload_applies_what_it_can_and_names_the_rest(self):
        self.pair()
        agent = self.daemon()
        self.wait_for(0)
        self.configure('[log]\nlevel = "debug"\n[browser]\nheadless = false\n')
        code, _, err = self.ask("--reload")
        self.assertEqual(code, 0)
        self.assertIn("Applied: log.level. Needs a restart: browser.headless.", err)
        self.configure("[log]\nlevle = 1\n")
        code, _, err = self.ask("--reload")
        self.assertEqual(code, 16)
        self.assertIn("agent.toml:2: there is no setting log.levle; did you mean log.level?", err)
        self.assertTrue(agent.running())

    def test_signals_reload_and_turn_the_log_up(self):
        self.pair()
        agent = self.daemon(NOTIFY_SOCKET=self.home / "manager")
        self.wait_for(0)
        self.configure('[log]\nlevel = "warning"\n')
        agent.signal(signal.SIGHUP)
        # Two signals at once come in any order, and a reload sets the level: one after the other, or this waits in vain.
        agent.hear("reload: Applied: log.level")
        agent.signal(signal.SIGUSR1)
        agent.hear("log level debug")
        agent.signal(signal.SIGUSR1)
        agent.hear("log level warning")
        self.assertTrue(agent.running())

    def test_a_token_file_is_used_and_followed(self):
        file = self.home / "token"
        file.write_text(self.token(device=DEVICE))
        file.chmod(0o600)
        self.daemon("--token-file", str(file))
        self.wait_for(0)
        self.assertFalse(self.stored().exists())
        self.assertEqual(self.ask("--unpair")[0], 0)
        # It says what to remove: the file is never used again.
        self.until("the gate names the file", lambda: str(file) in self.wait_for(5))
        file.write_text(self.token(device=DEVICE, ttl=LASTING + 1))
        self.wait_for(0)

    def test_the_service_managers_credential_serves_the_daemon(self):
        folder = self.home / "credentials"
        folder.mkdir(0o700)
        (folder / "bmc-token").write_text(self.token(device=DEVICE))
        self.daemon(CREDENTIALS_DIRECTORY=folder)
        self.wait_for(0)
        self.assertFalse(self.stored().exists())

    def test_bad_configuration_has_its_own_exit_code(self):
        self.configure("[log]\nlevel = \"loud\"\n")
        code, _, err = self.daemon().finish()
        self.assertEqual(code, 78)
        self.assertIn("agent.toml:2: log.level = loud: must be one of", err)

    def test_one_agent_a_profile(self):
        agent = self.daemon()
        self.wait_for(5)
        code, _, err = self.daemon().finish()
        self.assertEqual(code, 75)
        self.assertIn(f"pid {agent.pid}", err)
        other = self.start("--browser-path", "/bin/false", "--profile", "second")
        self.wait_for(5, "--profile", "second")
        self.assertTrue(other.running())
        self.assertIn("second", self.ask("--profiles")[1])

    def test_the_agent_is_found_from_every_session(self):
        """By cron, which has no runtime folder, by su, which leaves somebody else's, and after a logout, which removes it."""
        session, other = self.home / "session", self.home / "other"
        for folder in (session, other):
            folder.mkdir(0o700)
        self.pair()
        agent = self.daemon(XDG_RUNTIME_DIR=session)
        self.wait_for(0)
        self.assertTrue((session / "bmc-agent/control.sock").is_socket())
        for where in ({}, {"XDG_RUNTIME_DIR": other}, {"XDG_RUNTIME_DIR": "/usr"}, {"XDG_RUNTIME_DIR": "/nowhere"}):
            self.expect_found(where)
        found = {line["check"]: line for line in json.loads(self.ask("--doctor", "--json", "--browser-path", "/bin/false")[1])}
        for check in ("twin", "service"):
            self.assertEqual(found[check]["outcome"], "ok", found[check])
        shutil.rmtree(session)
        agent.hear("the control socket was taken away")
        for where in ({}, {"XDG_RUNTIME_DIR": other}, {"XDG_RUNTIME_DIR": session}):
            self.expect_found(where)
        agent.signal(signal.SIGTERM)
        self.assertEqual(agent.finish()[0], 0)
        for where in ({}, {"XDG_RUNTIME_DIR": other}):
            self.assertEqual(self.ask("--status", **where)[0], 3, where)

    def expect_found(self, where):
        code, out, err = self.ask("--status", **where)
        self.assertIn(code, harness.JOINED, (where, err))
        for command in ("--metrics", "--pause", "--resume", "--reload"):
            code, out, err = self.ask(command, **where)
            self.assertEqual(code, 0, (where, command, err))
        code, out, err = self.ask("--pair", "--if-unpaired", "--json", "--token-stdin", text=self.token(device=DEVICE), **where)
        self.assertEqual((code, json.loads(out)["changed"]), (0, False), (where, err))
        self.assertIn("The running agent pairs", err)

    def test_the_socket_is_for_its_owner(self):
        self.daemon()
        self.wait_for(5)
        path = self.home / ".local/state/bmc-agent/control.sock"
        self.assertEqual(stat.S_IMODE(path.stat().st_mode) & 0o007, 0)


if __name__ == "__main__":
    unittest.main()
