#!/usr/bin/env python3
"""What is near the agent is not trusted for that: who listens on its sockets and holds them open, who may write its files,
what comes back from another process, and who looks over a shoulder.

    near_test.py BUILD_DIR [unittest arguments]
"""

import http.server
import json
import re
import shutil
import signal
import socket
import socketserver
import subprocess
import threading
import time
import unittest
import urllib.parse
from pathlib import Path

import harness
import middlemen
from harness import DEVICE

FLOOD = 150  # half-open connections, more than any server of ours has places
AT_ONCE = 2  # seconds in which a command is done all the same, its start on a loaded machine apart
CLEAR = "\x1b[2J"
TURN = "\u202e"  # right to left from here on
C1 = "\u009b31m"
ODD = CLEAR + TURN + C1


class FakeAgent(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Answers on a control socket in the agent's place."""

    daemon_threads = True

    def __init__(self, path, answers):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        self.answers, self.bodies = answers, []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                size = int(self.headers.get("Content-Length") or 0)
                self.server.bodies.append(self.rfile.read(size).decode())
                status, body = self.server.answers(self.command, self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            do_POST = do_GET

            def address_string(self):
                return "unix"

            def log_message(self, *_):
                pass

        super().__init__(str(path), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class NearTest(harness.AgentTest):
    def setUp(self):
        super().setUp()
        self.state = self.home / ".local/state/bmc-agent"
        self.config = self.home / ".config/bmc-agent"

    def fake_agent(self, answers):
        fake = FakeAgent(self.state / "control.sock", answers)
        self.addCleanup(fake.close)
        return fake

    def clean(self, *texts):
        for text in texts:
            for bad in ("\x1b", TURN, "\u009b", "\u2066", "\r", "\a"):
                self.assertNotIn(bad, text)

    # --- text from outside

    def test_what_a_pairing_says_commands_no_terminal_and_opens_the_web_alone(self):
        opened = self.home / "opened"
        browser = self.script("browser", f'echo "$@" >> {opened}\n')
        addresses = ["file:///etc/passwd", "--version", "http://ann:word@127.0.0.1/", "javascript:alert(1)",
                     "http://127.0.0.1/" + CLEAR, "http://127.0.0.1:1/fine"]
        events = [{"kind": "say", "text": f"Open {ODD}\na line that is not ours"}]
        events += [{"kind": "open", "text": address} for address in addresses]
        over = threading.Event()

        def answers(method, path):
            if path.startswith("/pair/events"):
                if path.endswith("seen=0"):
                    return 200, json.dumps(events)
                over.wait(harness.LIMIT)
                return 200, json.dumps([{"kind": "end", "text": ""}])
            if method == "POST" and path == "/pair":
                self.until("an address was opened", lambda: opened.exists() and opened.read_text())
                over.set()
                return 200, json.dumps({"outcome": "refused", "problem": "no" + ODD})
            return 404, "{}"

        self.fake_agent(answers)
        code, out, err = self.ask("--pair", "--expect-account", "x", DISPLAY=":0", BROWSER=browser)
        self.assertEqual(code, 77, err)
        self.clean(out, err)
        self.assertIn("Open [2J31ma line that is not ours\n", err)
        self.assertEqual(opened.read_text().split(), ["http://127.0.0.1:1/fine"])
        self.assertNotIn("ann:word", err)

    def test_what_the_agent_answers_is_clean_on_the_terminal(self):
        status = json.dumps({"version": "1" + ODD, "paired": True, "state": "joined", "message": "x\nnotice    forged" + ODD,
                             "link": {"state": "joined", "warning": ODD}, "notices": ["by http://ann:word@proxy:1" + ODD]},
                            ensure_ascii=False)
        answers = {"/status": (200, status), "/metrics": (200, f"# {ODD}\n# EOF\n"),
                   "/pause": (200, json.dumps({"ok": True, "text": "Paused" + ODD})),
                   "/resume": (409, json.dumps({"ok": False, "text": "not" + ODD})),
                   "/unpair": (200, json.dumps({"ok": True, "text": "Unpaired" + ODD, "confirmed": True}))}
        self.fake_agent(lambda _, path: answers.get(path, (404, "nothing" + ODD)))
        for command in ("--status", "--metrics", "--pause", "--resume", "--unpair"):
            _, out, err = self.ask(command)
            self.clean(out, err)
        _, out, _ = self.ask("--status")
        self.assertIn("http://(not shown)@proxy:1", out)
        _, out, _ = self.ask("--status", "--json")
        self.clean(out)
        self.assertEqual(json.loads(out)["version"], "1" + ODD, "the same value for a program")
        bundle = self.home / "bundle"
        self.ask("--support-bundle", str(bundle))
        self.clean(bundle.read_text())

    def test_arguments_and_files_are_quoted_clean(self):
        for words in (["--no-such" + ODD], ["--log-level", ODD], ["--config", str(self.home / ("x" + CLEAR))],
                      ["--policy-check", "Page" + ODD, "{}"], ["--hand-to", "/nowhere/" + ODD]):
            _, out, err = self.ask(*words)
            self.clean(out, err)
            self.assertNotEqual(out + err, "")

    def test_a_login_servers_odd_address_is_not_used(self):
        self.hub.admin("oauth", device_grant=True)
        proxy = self.rewriting(lambda body: body.replace(b'/oauth/device"', ('/oauth/device' + ODD + '"').encode()))
        terminal = self.login(BMC_AGENT_PAIRING_RESOURCE=proxy, BMC_AGENT_PAIRING_ISSUER=proxy)
        code, out, err = terminal.finish()
        self.assertNotEqual(code, 0)
        self.clean(out, err)
        self.assertIn("began no device login", err)

    def rewriting(self, change):
        """A server in front of the hub that changes what the hub says; its address."""
        hub = self.hub

        class Between(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                size = int(self.headers.get("Content-Length") or 0)
                connection = harness.http.client.HTTPConnection(hub.address, timeout=harness.LIMIT)
                headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                connection.request(self.command, self.path, self.rfile.read(size), headers)
                answer = connection.getresponse()
                body = change(answer.read().replace(hub.url.encode(), self.server.url.encode()))
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.getheader("Content-Type") or "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                connection.close()

            do_POST = do_GET

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Between)
        server.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server.url

    # --- half-open connections

    def hold(self, family, address, text=b""):
        """Opens that many connections and says nothing, or a part of a request."""
        for _ in range(FLOOD):
            one = socket.socket(family)
            one.settimeout(harness.LIMIT)
            self.addCleanup(one.close)
            self.until("the server takes connections", lambda one=one: self.connects(one, address))
            try:
                one.sendall(text)
            except OSError:
                pass  # it lost its place already

    def connects(self, one, address):
        try:
            one.connect(address)
        except BlockingIOError:
            return False  # its queue is full for the moment
        return True

    def time_of(self, *arguments):
        began = time.monotonic()
        code, _, err = self.ask(*arguments)
        self.assertEqual(code, 0, err)
        return time.monotonic() - began

    def soon(self, *arguments):
        # Nearly all of it is the program's start on a loaded machine.
        self.assertLess(self.time_of(*arguments), AT_ONCE + 3 * self.usual, arguments)

    def test_half_open_connections_keep_nobody_from_the_control_socket(self):
        self.pair()
        agent = self.daemon()
        self.wait_for(0)
        self.usual = max(self.time_of("--pause"), self.time_of("--resume"))
        path = str(self.state / "control.sock")
        for text in (b"", b"POST /pause HTTP/1.1\r\nHost: x\r\n", b"POST /pause HTTP/1.1\r\nContent-Length: 9\r\n\r\nx",
                     b"GET /status HTTP/1.1\r\nHost: x\r\n\r\n" * 8):
            self.hold(socket.AF_UNIX, path, text)
            self.soon("--pause")
            self.soon("--resume")
        self.hold(socket.AF_UNIX, path)
        began = time.monotonic()
        agent.signal(signal.SIGTERM)
        self.assertEqual(agent.finish()[0], 0)
        self.assertLess(time.monotonic() - began, AT_ONCE + 3 * self.usual, "nor the agent from its end")

    def test_a_queue_that_is_full_is_waited_for(self):
        agent = self.daemon()
        self.wait_for(5)
        agent.signal(signal.SIGSTOP)
        self.addCleanup(agent.signal, signal.SIGCONT)
        held = []
        self.addCleanup(lambda: [one.close() for one in held])
        for _ in range(2 * FLOOD):
            held.append(socket.socket(socket.AF_UNIX))
            held[-1].setblocking(False)
            try:
                held[-1].connect(str(self.state / "control.sock"))
            except BlockingIOError:
                break
        else:
            self.fail("the queue has no end")
        asking = self.start("--pause")
        # Its tries are refused by the system until the agent goes on.
        self.assertRaises(subprocess.TimeoutExpired, asking.process.wait, 1)
        agent.signal(signal.SIGCONT)
        code, _, err = asking.finish()
        self.assertEqual(code, 0, err)

    def test_half_open_connections_keep_no_scraper_away(self):
        port = harness.free_port(self.addCleanup)
        self.daemon("--control-metrics-port", str(port))
        self.wait_for(5)
        self.hold(socket.AF_INET, ("127.0.0.1", port), b"GET /metrics HTTP/1.1\r\n")
        began = time.monotonic()
        connection = harness.http.client.HTTPConnection("127.0.0.1", port, timeout=harness.LIMIT)
        connection.request("GET", "/metrics")
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()
        self.assertLess(time.monotonic() - began, 2 * AT_ONCE)

    def test_half_open_connections_end_no_login(self):
        terminal = self.login()
        start = terminal.hear(self.START)[0]
        self.hold(socket.AF_INET, ("127.0.0.1", urllib.parse.urlsplit(start).port))
        browser = harness.Browser()
        began = time.monotonic()
        self.assertEqual(browser.go(browser.allow(browser.go(start)[1]))[0], 200)
        code, _, err = terminal.finish()
        self.assertEqual(code, 0, err)
        self.assertLess(time.monotonic() - began, 5 * AT_ONCE)

    def test_a_connection_that_says_nothing_is_ended(self):
        self.daemon()
        self.wait_for(5)
        with socket.socket(socket.AF_UNIX) as one:
            one.settimeout(harness.LIMIT)
            one.connect(str(self.state / "control.sock"))
            one.sendall(b"GET /status HTTP/1.1\r\n")
            began = time.monotonic()
            self.assertEqual(one.recv(1), b"")
            self.assertLess(time.monotonic() - began, 9, "within the limit for a header")

    # --- files

    def refused(self, path, *arguments, remedy=None, **more):
        code, out, err = self.ask("--config-check", *arguments, **more)
        self.assertEqual(code, 78, (str(path), out, err))
        self.assertIn(remedy or f"chmod go-w {path}", err)

    def test_a_configuration_that_others_may_write_is_refused(self):
        self.configure('[log]\nlevel = "debug"\n')
        dropins = self.config / "agent.toml.d"
        dropins.mkdir()
        (dropins / "x.toml").write_text('[log]\nlevel = "info"\n')
        self.assertEqual(self.ask("--config-check")[0], 0)
        named = self.home / "named.toml"
        named.write_text("")
        for path, modes in ((self.config / "agent.toml", (0o666, 0o664, 0o646)), (dropins / "x.toml", (0o666, 0o620)),
                            (dropins, (0o777, 0o775, 0o1777)), (self.config, (0o777, 0o775)), (self.home / ".config", (0o777,)),
                            (self.home, (0o777, 0o772))):
            before = path.stat().st_mode
            for mode in modes:
                path.chmod(mode)
                self.refused(path)
            path.chmod(before)
        named.chmod(0o666)
        self.refused(named, "--config", str(named))
        link = self.home / "link.toml"
        link.symlink_to(named)
        self.refused(named, "--config", str(link))
        named.chmod(0o644)
        self.assertEqual(self.ask("--config-check", "--config", str(link))[0], 0)

    def test_the_daemon_does_not_start_on_such_a_configuration_and_a_reload_keeps_the_old_one(self):
        self.configure('[log]\nlevel = "info"\n')
        self.daemon()
        self.wait_for(5)
        (self.config / "agent.toml").chmod(0o666)
        code, _, err = self.ask("--reload")
        self.assertEqual(code, 16)
        self.assertIn("nothing was changed", err)
        self.assertIn("chmod go-w", err)
        code, _, err = self.daemon("--profile", "other", "--config", str(self.config / "agent.toml")).finish()
        self.assertEqual(code, 78, err)
        self.assertEqual(self.ask("--status")[0], 5, "what only asks the agent goes on")

    def test_what_decides_trust_is_not_anybodys(self):
        hook = self.script("hook", f"touch {self.home}/ran\n")
        authority = Path(middlemen.certificate(self.home, "Somebody", "other.example")[2])
        folder = self.home / "authorities"
        folder.mkdir()
        shutil.copy(authority, folder / "somebody.pem")
        subprocess.run(["openssl", "rehash", folder], check=True)
        for path, arguments in ((hook, ("--hooks-vpn-on", str(hook))), (hook, ("--hooks-joined", "/bin/sh", "--hooks-joined", str(hook))),
                                (authority, ("--net-ca-file", str(authority))), (folder, ("--net-ca-folder", str(folder)))):
            before = path.stat().st_mode
            code, _, err = self.ask("--config-check", *arguments)
            self.assertEqual(code, 0, err)
            path.chmod(before | 0o022)
            self.refused(path, *arguments)
            path.chmod(before)
        # After the start, too.
        self.configure(f'[hooks]\nvpn_on = ["{hook}"]\n')
        self.pair()
        agent = self.daemon()
        self.wait_for(0)
        hook.chmod(0o777)
        self.hub.admin("broadcast", topic=f"device:{DEVICE}", event="vpn-on", payload={}, private=True)
        agent.hear(f"hook vpn-on was not run: others may write to {re.escape(str(hook))}")
        self.assertFalse((self.home / "ran").exists())

    def test_a_token_or_key_file_whose_folder_is_anybodys_is_refused(self):
        folder = self.home / "open"
        folder.mkdir()
        token = folder / "token"
        token.write_text(self.token(device=DEVICE))
        token.chmod(0o600)
        folder.chmod(0o777)
        code, _, err = self.ask("--pair", "--token-file", str(token))
        self.assertEqual(code, 64, err)
        self.assertIn(f"chmod go-w {folder}", err)
        self.assertFalse(self.stored().exists())

    def test_private_folders_are_checked_after_they_are_made(self):
        runtime = self.home / "run"
        runtime.mkdir(0o700)
        ours = runtime / "bmc-agent"
        ours.mkdir()
        ours.chmod(0o777)
        agent = self.daemon(XDG_RUNTIME_DIR=runtime)
        code, _, err = agent.finish()
        self.assertEqual(code, 77, err)
        self.assertIn(str(ours), err)
        self.assertIn("chmod 0700 " + str(ours), err)
        self.assertFalse((ours / "control.sock").exists())
        ours.chmod(0o700)
        runtime.chmod(0o777)
        code, _, err = self.daemon(XDG_RUNTIME_DIR=runtime).finish()
        self.assertEqual(code, 77, err)
        self.assertIn(f"chmod go-w {runtime}", err)

        self.pair()
        (self.home / ".local").chmod(0o777)
        code, _, err = self.daemon().finish()
        self.assertEqual(code, 77, err)
        self.assertIn(f"chmod go-w {self.home / '.local'}", err)
        (self.home / ".local").chmod(0o755)

        profile = self.home / "profile"
        profile.mkdir()
        profile.chmod(0o777)
        agent = self.start("--browser-path", "/bin/false", "--browser-profile-folder", str(profile))
        agent.hear("profile folder cannot be used: .*" + re.escape(str(profile)))

    # --- secrets

    def test_config_check_shows_no_secret(self):
        code, out, err = self.ask(
            "--config-check", "--net-proxy", "http://ann:pr0xyword@proxy:3128", "--browser-environment", "KEY=envsecret",
            "--browser-arguments=--proxy-server=http://bob:argword@proxy:1",
            BMC_AGENT_HOOKS_LOST='env\n-u\nann:hookword\nhttp://x/')
        self.assertEqual(code, 0, err)
        for secret in (self.hub.key, "pr0xyword", "envsecret", "argword", "hookword"):
            self.assertNotIn(secret, out + err)
        for line in ("#key = (not shown)  # BMC_AGENT_API_KEY", '#proxy = "http://(not shown)@proxy:3128"  # --net-proxy',
                     '#environment = ["KEY=(not shown)"]'):
            self.assertIn(line, out)
        again = self.home / "again.toml"
        again.write_text(out)
        self.assertEqual(self.ask("--config-check", "--config", str(again))[0], 0)
        bundle = self.home / "bundle"
        self.ask("--support-bundle", str(bundle), "--net-proxy", "http://ann:pr0xyword@127.0.0.1:9")
        self.assertNotIn("pr0xyword", bundle.read_text())

    def test_errors_quote_no_secret(self):
        self.configure('[api]\nkey = ["k3yword", "more"]\n[net]\nproxy = 5\nproxxy = "http://ann:pr0xyword@x"\n')
        for arguments in ((), ("--api-key", "k3yword", "--api-key", "another"), ("--api-kay=k3yword",)):
            _, out, err = self.ask("--config-check", *arguments)
            self.assertNotIn("k3yword", out + err)
            self.assertNotIn("pr0xyword", out + err)

    def test_the_command_line_shows_no_key(self):
        agent = self.daemon("--api-key", self.hub.key, "--net-proxy=http://ann:pr0xyword@127.0.0.1:9", "--net-no-proxy=*")
        self.wait_for(5)
        shown = Path(f"/proc/{agent.pid}/cmdline").read_bytes().split(b"\0")
        self.assertNotIn(self.hub.key.encode(), shown)
        self.assertIn(b"*" * len(self.hub.key), shown)
        self.assertFalse([word for word in shown if b"pr0xyword" in word])
        self.assertIn(b"--net-no-proxy=*", shown)

    # --- the policy as the agent has it

    def test_a_policy_check_means_the_spool_that_the_agent_has(self):
        for file, code in ((self.state / "spool/upload.txt", 0), (self.home / "elsewhere.txt", 17)):
            words = json.dumps({"files": [str(file)], "nodeId": 1})
            got, out, err = self.ask("--policy-check", "DOM.setFileInputFiles", words)
            self.assertEqual(got, code, (str(file), out, err))


if __name__ == "__main__":
    unittest.main()
