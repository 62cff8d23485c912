#!/usr/bin/env python3
"""Wrong networks: what is printed behind each of them names who is concerned, comes at once, and ends with a code by its
cause. And a token that others put here, judged before the rollout.

    networks_test.py BUILD_DIR [unittest arguments]
"""

import os
import pty
import re
import select
import socket
import time
import unittest

import harness
import middlemen
from harness import DEVICE

# What is permanent is said long before the 75 s of a proof, a slow machine's start apart.
AT_ONCE = 20
NEGOTIATE = (b"HTTP/1.1 407 Authentication Required\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n"
             b"Content-Length: 0\r\n\r\n")
BASIC = b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n"
FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
AWAY = b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n"
BACKEND = "https://backend.example"


class NetworksTest(harness.AgentTest):
    def server(self, server):
        self.addCleanup(server.close)
        return server

    def proxied(self, answer=None, target=0):
        proxy = self.server(middlemen.connect_proxy(target, answer))
        return f"http://127.0.0.1:{proxy.port}"

    def paired_behind(self, *way, says=(), code=69, never=()):
        """What `agent --pair`, the daemon and doctor print behind such a network: each of them, with those words."""
        text = self.token(device=DEVICE)
        began = time.monotonic()
        got, _, err = self.ask("--pair", "--token-stdin", *way, text=text)
        self.assertLess(time.monotonic() - began, AT_ONCE, err)
        self.assertEqual(got, code, err)
        self.assertFalse(self.stored().exists())
        file = self.home / "token"
        file.write_text(text)
        file.chmod(0o600)
        step = self.daemon("--token-file", file, *way, "--exec", "/bin/true")
        got, _, log = step.finish()
        self.assertEqual(got, code, log)
        _, report, _ = self.ask("--doctor", *way)
        for name, printed in (("--pair", err), ("the agent", log), ("--doctor", report)):
            for word in says:
                self.assertIn(word, printed, name)
            for word in ("<h", "<p>", *never):
                self.assertNotIn(word, printed, name)
        return err

    def gateway(self, strip, host="backend.example"):
        address, port = self.hub.address.split(":")
        pem, key, authority = middlemen.certificate(self.home, "Inspecting Proxies Inc", host)
        return self.server(middlemen.gateway((address, int(port)), pem, key, strip)), str(authority)

    # --- proxies

    def test_a_proxy_that_wants_a_login_of_the_domain(self):
        proxy = self.proxied(NEGOTIATE)
        self.paired_behind("--api-url", BACKEND, "--net-proxy", proxy, code=78,
                           says=(proxy, "Negotiate and NTLM alone", "Basic and Digest"))

    def test_a_proxy_that_wants_a_password(self):
        proxy = self.proxied(BASIC)
        self.paired_behind("--api-url", BACKEND, "--net-proxy", proxy.replace("//", "//me:hunter2@"), code=78,
                           says=(proxy, "wants other credentials (407)"), never=("hunter2",))

    def test_a_proxy_that_refuses_the_tunnel(self):
        proxy = self.proxied(FORBIDDEN)
        self.paired_behind("--api-url", BACKEND, "--net-proxy", proxy,
                           says=(proxy, "backend.example:443", "it answered 403", "CONNECT"))

    def test_a_proxy_that_speaks_socks_where_http_was_named(self):
        proxy = f"http://127.0.0.1:{self.server(middlemen.socks_proxy()).port}"
        self.paired_behind("--api-url", BACKEND, "--net-proxy", proxy, code=78,
                           says=(proxy, "speaks SOCKS and not HTTP", "socks5h://"))

    def test_a_proxy_that_speaks_http_where_socks_was_named(self):
        for server in (middlemen.http_proxy(), middlemen.portal(400)):
            proxy = f"socks5h://127.0.0.1:{self.server(server).port}"
            self.paired_behind("--api-url", BACKEND, "--net-proxy", proxy, "--net-connect-timeout", "2s", code=78,
                               says=(proxy, "speaks HTTP and not SOCKS", "with http://"))

    def test_a_proxy_that_ends_the_connection(self):
        proxy = f"http://127.0.0.1:{self.server(middlemen.closing_proxy()).port}"
        agent = self.start("--pair", "--token-stdin", "--api-url", BACKEND, "--net-proxy", proxy)
        agent.say(self.token(device=DEVICE))
        agent.process.stdin.close()
        line = agent.hear(r"Not joined yet: [^\n]*")[0]
        for word in (proxy, "ended it without an answer", "net.proxy"):
            self.assertIn(word, line)

    def test_a_silent_proxy_is_named(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"
            way = ("--api-url", BACKEND, "--net-proxy", proxy, "--net-connect-timeout", "1s")
            agent = self.start("--pair", "--token-stdin", *way)
            agent.say(self.token(device=DEVICE))
            agent.process.stdin.close()
            line = agent.hear(r"Not joined yet: [^\n]*")[0]
            for word in (proxy, "backend.example:443", "within 1 s", "tried for another"):
                self.assertIn(word, line)

    def test_a_proxy_in_trouble_is_waited_for_and_named(self):
        proxy = self.proxied(AWAY)
        agent = self.start("--pair", "--token-stdin", "--api-url", BACKEND, "--net-proxy", proxy)
        agent.say(self.token(device=DEVICE))
        agent.process.stdin.close()
        line = agent.hear(r"Not joined yet: [^\n]*")[0]
        for word in (proxy, "backend.example:443", "503"):
            self.assertIn(word, line)

    # --- certificates

    def test_a_certificate_for_another_host(self):
        gateway, authority = self.gateway(strip=False, host="other.example")
        self.paired_behind("--api-url", f"https://localhost:{gateway.port}", "--net-ca-file", authority,
                           says=("for another host name", "other.example", "localhost"))

    def test_an_inspecting_proxy_that_is_not_trusted(self):
        gateway, _ = self.gateway(strip=False)
        proxy = self.proxied(target=gateway.port)
        self.paired_behind("--api-url", BACKEND, "--net-proxy", proxy,
                           says=("Inspecting Proxies Inc", "net.ca_file", "backend.example"))

    def test_a_port_without_tls(self):
        self.paired_behind("--api-url", f"https://{self.hub.address.replace('127.0.0.1', 'localhost')}",
                           says=("does not speak TLS", "localhost:"))

    # --- who answers in the server's place

    def test_a_proxy_that_strips_upgrade(self):
        gateway, authority = self.gateway(strip=True)
        proxy = self.proxied(target=gateway.port)
        self.paired_behind("--api-url", BACKEND, "--net-proxy", proxy, "--net-ca-file", authority,
                           says=("Upgrade", "proxy"))

    def test_portals(self):
        for status, headers, says in ((200, (), ("ordinary page (200)", "portal")),
                                      (302, [("Location", "http://portal.example/")], ("ordinary page (302)", "portal", "http://portal.example")),
                                      (511, (), ("(511)", "portal"))):
            page = self.server(middlemen.portal(status, headers))
            err = self.paired_behind("--realtime-url", f"http://127.0.0.1:{page.port}/realtime/v1", says=says,
                                     never=("hello",))
            self.assertIn("the proof", err)
            everything = self.server(middlemen.portal(status, headers))
            code, _, err = self.login("--pairing-resource", f"http://127.0.0.1:{everything.port}", "--pairing-issuer",
                                      f"http://127.0.0.1:{everything.port}").finish()
            self.assertEqual(code, 69, err)
            self.assertIn("portal", err)
            self.assertNotIn("<html>", err)

    def test_an_address_where_nothing_is(self):
        nothing = self.server(middlemen.portal(404))
        code, _, err = self.ask("--pair", "--token-stdin", "--realtime-url", f"http://127.0.0.1:{nothing.port}/realtime/v1",
                                text=self.token(device=DEVICE))
        self.assertEqual(code, 78, err)
        self.assertIn("check api.url, and realtime.url", err)

    def test_a_right_that_is_missing_is_a_matter_of_the_credential(self):
        self.hub.admin("device", uuid=DEVICE, owner="somebody else")
        code, _, err = self.ask("--pair", "--token-stdin", "--device", DEVICE, text=self.token(user="ada"))
        self.assertEqual(code, 77, err)

    # --- waiting

    def test_a_terminal_sees_a_countdown_and_a_file_does_not(self):
        way = ("--realtime-url", "http://127.0.0.1:9/realtime/v1")
        file = self.home / "token"
        file.write_text(self.token(device=DEVICE))
        file.chmod(0o600)
        leader, follower = pty.openpty()
        self.addCleanup(os.close, leader)
        agent = harness.subprocess.Popen([harness.BUILD / "agent", "--user", "--pair", "--token-file", file, *way],
                                         env=self.environment(), stdin=harness.subprocess.DEVNULL,
                                         stdout=harness.subprocess.DEVNULL, stderr=follower)
        os.close(follower)
        self.addCleanup(agent.wait)
        self.addCleanup(agent.kill)
        seen = ""
        end = time.monotonic() + harness.LIMIT
        while len(set(re.findall(r"Waiting for the channel: (\d+) s left", seen))) < 2:
            self.assertLess(time.monotonic(), end, seen)
            if select.select([leader], [], [], 1)[0]:
                seen += os.read(leader, 4096).decode()
        self.assertIn("Not joined yet: no connection to the server: 127.0.0.1:9", seen)
        self.assertIn("\r\x1b[K", seen)
        piped = self.start("--pair", "--token-file", file, *way)
        piped.hear("Not joined yet: ")
        self.assertNotIn("Waiting for the channel", piped.text["err"])

    def test_a_reload_that_fails_has_its_own_code(self):
        self.daemon()
        self.wait_for(5)
        self.assertEqual(self.ask("--reload")[0], 0)
        self.configure("[log]\nlevel = \"loud\"\n")
        code, _, err = self.ask("--reload")
        self.assertEqual(code, 16, err)
        self.assertIn("nothing was changed", err)

    # --- a token that others put here

    def test_config_check_judges_the_token_file(self):
        file = self.home / "token"
        good = self.token(device=DEVICE)
        for text, mode, says in ((None, 0, "is not there"), (good, 0o644, "chmod 0600"), ("", 0o600, "is empty"),
                                 ("not a token at all", 0o600, str(file)),
                                 (self.token(device=DEVICE, ttl=-60), 0o600, "ran out at")):
            if text is not None:
                file.write_text(text)
                file.chmod(mode)
            self.configure(f'[credentials]\ntoken_file = "{file}"\n')
            code, _, err = self.ask("--config-check")
            self.assertEqual(code, 78, (text, err))
            self.assertIn("agent.toml:2: credentials.token_file", err)
            self.assertIn(says, err)
            self.assertNotIn(good[:40], err)
        file.write_text(good)
        file.chmod(0o600)
        code, _, err = self.ask("--config-check")
        self.assertEqual(code, 0, err)

    def test_a_token_file_that_cannot_be_read(self):
        folder = self.home / "closed"
        folder.mkdir(0o700)
        self.configure(f'[credentials]\ntoken_file = "{folder}/token"\n')
        folder.chmod(0)
        self.addCleanup(folder.chmod, 0o700)
        if os.geteuid() == 0:
            self.skipTest("root may read everything")
        code, _, err = self.ask("--config-check")
        self.assertEqual(code, 78, err)
        self.assertIn("token: ", err)

    # --- no folder at all

    def test_an_ephemeral_agent_needs_no_home(self):
        for home in ({}, {"HOME": "/nonexistent"}, {"HOME": "/proc"}):
            command = [harness.BUILD / "agent", "--ephemeral", "--token-stdin", "--browser-path", "/bin/false",
                       "--api-url", self.hub.url, "--api-key", self.hub.key, "--exec", "/bin/sh", "-c",
                       "echo step of $BMC_DEVICE_UUID"]
            step = self.program(["/usr/bin/env", "-i", f"TMPDIR={self.home}", *(f"{k}={v}" for k, v in home.items()),
                                 *command], {})
            code, out, err = step.finish(self.token(device=DEVICE))
            self.assertEqual(code, 0, err)
            self.assertIn(f"step of {DEVICE}", out + err)
            self.assertEqual([path.name for path in self.home.iterdir() if path.name.startswith("bmc-agent-")], [])


if __name__ == "__main__":
    unittest.main()
