#!/usr/bin/env python3
"""Where a credential goes: to the backend that it was paired with, and nowhere else, whatever the configuration says; and
what is taken for a token or a public key.

    backend_test.py BUILD_DIR [unittest arguments]
"""

import json
import socketserver
import unittest

import harness
import middlemen
from harness import DEVICE

USER = "11111111-2222-4333-8444-555555555555"


class Silent(socketserver.BaseRequestHandler):
    """Another backend, at which nobody may knock: every connection is noted, with its first bytes."""

    def handle(self):
        self.server.came.append(self.request.recv(65536))


class Redirecting(socketserver.BaseRequestHandler):
    """Answers every request with the way to another server."""

    def handle(self):
        if middlemen.read_head(self.request):
            self.request.sendall(b"HTTP/1.1 307 Temporary Redirect\r\nLocation: " + self.server.target.encode() +
                                 b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


class RefusingRows(socketserver.BaseRequestHandler):
    """REST that shows no device and takes none."""

    def handle(self):
        head = middlemen.read_head(self.request)
        if head:
            reading = head.startswith(b"GET")
            body = b"[]" if reading else json.dumps({"code": "42501", "message": "new row violates the policy"}).encode()
            self.request.sendall(b"HTTP/1.1 " + (b"200 OK" if reading else b"403 Forbidden") +
                                 b"\r\nContent-Length: " + str(len(body)).encode() + b"\r\nConnection: close\r\n\r\n" +
                                 body)


class BackendTest(harness.AgentTest):
    def setUp(self):
        super().setUp()
        self.other = self.server(Silent)
        self.other.came = []
        self.other_url = f"http://127.0.0.1:{self.other.port}"

    def server(self, handler):
        server = middlemen.Server(handler)
        self.addCleanup(server.close)
        return server

    def environment(self, **more):
        """As a person has it who names the backend once, at the pairing: nothing of it stays in the environment."""
        kept = super().environment()
        return {"PATH": kept["PATH"], "HOME": kept["HOME"], **{name: str(value) for name, value in more.items()}}

    def pair(self, *arguments, **more):
        return super().pair("--api-url", self.hub.url, "--api-key", self.hub.key, *arguments, **more)

    def names_the_other(self):
        """The ways of a configuration to name another backend: arguments, environment, the file's text."""
        url = self.other_url
        return ((("--api-url", url), {}, ""), ((), {"BMC_AGENT_API_URL": url}, ""), ((), {}, f'[api]\nurl = "{url}"\n'),
                ((), {}, f'[realtime]\nurl = "{url}/realtime/v1"\n'), ((), {}, f'[pairing]\nrest_url = "{url}/rest/v1"\n'))

    def nobody_came(self):
        self.assertEqual(self.other.came, [])

    def says_both(self, text):
        self.assertIn(self.hub.url, text)
        self.assertIn(self.other_url, text)

    def sockets(self):
        return self.hub.request("GET", "/admin/sockets")

    # --- what is stored

    def test_a_credential_goes_where_it_was_paired_though_the_configuration_names_nothing(self):
        self.pair()
        self.daemon()
        status = self.wait_for(0)
        self.assertIn(self.hub.url + " (from the pairing; public key from the pairing)", status)
        code, out, err = self.ask("--config-check")
        self.assertEqual(code, 0, err)
        self.assertIn(f'url = "{self.hub.url}"  # the pairing', out)
        self.assertIn(f'url = "{self.hub.url}/realtime/v1"  # the pairing', out)
        code, out, _ = self.ask("--doctor", "--json", "--browser-path", "/nowhere/browser")
        found = [(line["check"], line["outcome"]) for line in json.loads(out)]
        self.assertIn("the backend is " + self.hub.url + " (from the pairing", out)
        self.assertIn(("join", "ok"), found)

    def test_a_configuration_that_names_another_backend_leads_to_the_gate_and_sends_nothing(self):
        self.pair()
        for arguments, variables, text in self.names_the_other():
            self.configure(text)
            agent = self.daemon(*arguments, **variables)
            self.says_both(agent.hear(r"at the activation gate: .*")[0])
            status = self.wait_for(5)
            self.says_both(status)
            self.assertNotIn("run  agent --pair\n", status)
            agent.signal(harness.signal.SIGTERM)
            self.assertEqual(agent.finish()[0], 0)
        self.assertEqual(self.sockets(), [], "nor to the one that it belongs to")
        self.nobody_came()

    def test_no_command_sends_it_there(self):
        self.pair()
        stored = self.stored().read_text()
        asked = ((("--listen", "settings:global"), None, 78), (("--adopt",), None, 78), (("--config-check",), None, 78),
                 (("--pair", "--if-unpaired", "--token-stdin"), self.token(device=DEVICE), 78),
                 (("--pair", "--rotate", "--token-stdin"), self.token(device=DEVICE), 78))
        for arguments, text, code in asked:
            got, _, err = self.ask(*arguments, text=text, BMC_AGENT_API_URL=self.other_url)
            self.assertEqual(got, code, (arguments, err))
            self.says_both(err)
        code, out, _ = self.ask("--doctor", BMC_AGENT_API_URL=self.other_url)
        self.assertEqual(code, 1)
        self.says_both(out)
        self.assertEqual(self.stored().read_text(), stored)
        self.nobody_came()

    def test_an_unpairing_speaks_to_the_backend_of_the_pairing_alone(self):
        self.hub.admin("device", uuid=DEVICE, row={"name": "lab"})
        self.pair()
        code, _, err = self.ask("--unpair", "--delete-device", BMC_AGENT_API_URL=self.other_url)
        self.assertEqual(code, 0, err)
        self.assertEqual(self.hub.devices(), [])
        self.nobody_came()

    def test_another_spelling_is_no_other_backend(self):
        self.pair()
        self.daemon(BMC_AGENT_API_URL=self.hub.url.replace("http:", "HTTP:") + "//")
        self.wait_for(0)

    def test_a_pairing_with_force_follows_the_configuration_and_a_rotation_the_pairing(self):
        self.pair()
        code, out, err = self.ask("--pair", "--rotate", "--token-stdin", text=self.token(device=DEVICE))
        self.assertEqual(code, 0, err)
        self.assertEqual(json.loads(self.stored().read_text())["backend"]["url"], self.hub.url)
        second = harness.Hub()
        self.addCleanup(second.close)
        token = second.admin("mint", ttl=harness.LASTING, device=DEVICE)["token"]
        code, out, err = self.ask("--pair", "--force", "--token-stdin", "--api-url", second.url, "--api-key", second.key,
                                  text=token)
        self.assertEqual(code, 0, err)
        self.daemon()
        self.assertIn(second.url, self.wait_for(0))
        self.assertEqual(self.sockets(), [])

    def test_a_running_agent_follows_a_pairing_with_another_backend(self):
        self.pair()
        agent = self.daemon()
        self.wait_for(0)
        second = harness.Hub()
        self.addCleanup(second.close)
        elsewhere = self.home / "elsewhere"
        code, _, err = self.ask("--pair", "--token-stdin", "--api-url", second.url, "--api-key", second.key,
                                text=second.admin("mint", ttl=harness.LASTING, device=DEVICE)["token"],
                                XDG_STATE_HOME=elsewhere)
        self.assertEqual(code, 0, err)
        made = elsewhere / "bmc-agent/credential.json"
        made.rename(self.stored())
        agent.hear("paired with another backend: starting over")
        self.until("joined there", lambda: len(second.request("GET", "/admin/sockets")) == 1)
        self.assertIn(second.url, self.wait_for(0))

    def test_a_store_of_an_earlier_release(self):
        self.pair()
        text = json.loads(self.stored().read_text())
        del text["backend"]
        self.stored().write_text(json.dumps(text))
        agent = self.daemon()
        self.assertIn("earlier release", agent.hear("at the activation gate: .*")[0])
        agent.signal(harness.signal.SIGTERM)
        agent.finish()
        self.daemon(BMC_AGENT_API_URL=self.hub.url)
        self.wait_for(0)
        self.until("it is bound", lambda: json.loads(self.stored().read_text()).get("backend", {}).get("url") == self.hub.url)

    # --- tokens that others put there, or hand in

    def test_a_token_file_stays_with_the_backend_where_it_was_used_first(self):
        file = self.home / "token"
        file.write_text(self.token(device=DEVICE))
        file.chmod(0o600)
        way = ("--credentials-token-file", file)
        agent = self.daemon(*way, BMC_AGENT_API_URL=self.hub.url)
        self.wait_for(0)
        agent.signal(harness.signal.SIGTERM)
        agent.finish()
        agent = self.daemon(*way, BMC_AGENT_API_URL=self.other_url)
        line = agent.hear("at the activation gate: .*")[0]
        self.says_both(line)
        self.assertIn(str(file), line)
        code, _, err = self.ask("--config-check", *way, BMC_AGENT_API_URL=self.other_url)
        self.assertEqual(code, 78)
        self.says_both(err)
        self.assertNotEqual(self.ask("--pair", "--token-stdin", text=self.token(device=DEVICE))[0], 0,
                            "what is paired would not be used")
        self.nobody_came()

    def test_a_token_that_names_its_issuer_goes_to_no_other(self):
        token = self.token(device=DEVICE, claims={"iss": "http://mine.test/auth/v1"})
        file = self.home / "token"
        file.write_text(token)
        file.chmod(0o600)
        agent = self.daemon("--credentials-token-file", file, BMC_AGENT_API_URL=self.other_url)
        self.assertIn("http://mine.test/auth/v1", agent.hear("at the activation gate: .*")[0])
        for arguments in (("--pair", "--token-stdin"), ("--ephemeral", "--token-stdin")):
            # The default is another operator's.
            code, _, err = self.ask(*arguments, text=token, XDG_STATE_HOME=self.home / "none",
                                    HTTPS_PROXY=f"http://127.0.0.1:{self.other.port}")
            self.assertEqual(code, 64, err)
            self.assertIn("--api-url", err)
        self.nobody_came()

    def test_a_refresh_token_is_taken_to_no_login_server_that_nobody_named(self):
        for text in (None, json.dumps({"refresh_token": "r", "client_id": "c"})):
            handed = ("--token-stdin",) if text else ("--expect-account", "x")
            code, _, err = self.ask("--pair", *handed, "--api-url", self.other_url, text=text,
                                    HTTPS_PROXY=f"http://127.0.0.1:{self.other.port}")
            self.assertIn(code, (64, 78), err)
            self.assertIn("pairing.issuer", err)
        self.nobody_came()

    def test_a_revocation_address_of_a_stranger_is_refused(self):
        text = json.dumps({"access_token": self.token(user=USER), "refresh_token": "r", "client_id": "c",
                           "token_url": self.hub.url + "/oauth/token", "revocation_url": "https://mine.test/revoke"})
        code, _, err = self.ask("--pair", "--token-stdin", "--api-url", self.hub.url, text=text)
        self.assertEqual(code, 64, err)
        self.assertIn("https://mine.test/revoke", err)

    def test_a_running_agent_pairs_with_the_backend_that_the_person_means(self):
        agent = self.daemon(BMC_AGENT_API_URL=self.other_url)
        agent.hear("agent --pair")
        code, _, err = self.ask("--pair", "--token-stdin", text=self.token(device=DEVICE),
                                BMC_AGENT_API_URL=self.hub.url)
        self.assertNotEqual(code, 0)
        self.says_both(err)
        self.nobody_came()

    def test_no_redirect_is_followed(self):
        away = self.server(Redirecting)
        away.target = self.other_url + "/"
        there = f"http://127.0.0.1:{away.port}"
        self.assertNotEqual(self.ask("--pair", "--token-stdin", "--api-url", there, text=self.token(device=DEVICE))[0], 0)
        self.pair("--force")
        stored = json.loads(self.stored().read_text())
        stored["backend"] = {name: value.replace(self.hub.url, there) for name, value in stored["backend"].items()}
        self.stored().write_text(json.dumps(stored))
        agent = self.daemon()
        agent.hear(r"ordinary page \(307\)")
        self.nobody_came()

    # --- what is no token, and what is no public key

    def test_keys_of_the_project_are_no_tokens(self):
        service, anon = self.hub.admin("mint", service=True)["token"], self.hub.key
        for text, words in ((service, "role service_role"), ("sb_secret_abc", "secret key"), (anon, "api.key"),
                            ("sb_publishable_abc", "api.key"),
                            (json.dumps({"access_token": "opaque", "api_key": service}), "role service_role")):
            for arguments in (("--pair",), ("--ephemeral",), ("--listen", "settings:global")):
                code, _, err = self.ask(*arguments, "--token-stdin", "--api-url", self.other_url, text=text)
                self.assertEqual(code, 64, err)
                self.assertIn(words, err)
                self.assertNotIn(text, err)
        file = self.home / "token"
        file.write_text(service)
        file.chmod(0o600)
        way = ("--credentials-token-file", file)
        agent = self.daemon(*way, BMC_AGENT_API_URL=self.other_url)
        self.assertIn("role service_role", agent.hear("at the activation gate: .*")[0])
        code, _, err = self.ask("--config-check", *way, BMC_AGENT_API_URL=self.other_url)
        self.assertEqual(code, 78)
        self.assertIn(str(file), err)
        self.nobody_came()

    def test_a_secret_key_is_no_public_key(self):
        service, user = self.hub.admin("mint", service=True)["token"], self.token(user=USER)
        for key, words in ((service, "role service_role"), ("sb_secret_abc", "secret key"), (user, "a person")):
            self.configure(f'[api]\nkey = "{key}"\n')
            for arguments in ((), ("--config-check",)):
                code, out, err = self.ask(*arguments)
                self.assertEqual(code, 78, err)
                self.assertIn("agent.toml:2: api.key is a", err)
                self.assertIn(words, err)
                self.assertNotIn(key, out + err)
        self.configure("")
        self.pair()
        agent = self.daemon()
        self.wait_for(0)
        self.configure(f'[api]\nkey = "{service}"\n')
        code, out, err = self.ask("--reload", "--log-level", "error")
        agent.signal(harness.signal.SIGHUP)
        self.assertIn("api.key is a secret key", agent.hear("nothing was changed: .*")[0])

    # --- words

    def test_a_registration_that_is_refused_says_what_to_do(self):
        rows = self.server(RefusingRows)
        code, _, err = self.ask("--pair", "--token-stdin", "--api-url", f"http://127.0.0.1:{rows.port}",
                                text=self.token(user=USER))
        self.assertEqual(code, 77, err)
        self.assertIn("new row violates the policy", err)
        self.assertIn("--device UUID", err)

    def test_the_proof_is_not_told_as_the_link(self):
        agent = self.daemon(BMC_AGENT_API_URL=self.hub.url)
        agent.hear("agent --pair")
        code, _, err = self.ask("--pair", "--token-stdin", text=self.token(device=DEVICE))
        self.assertEqual(code, 0, err)
        agent.hear("-> joined")
        self.wait_for(0)
        self.assertEqual(agent.text["err"].count("-> joined"), 1, agent.text["err"])
        self.assertNotIn("-> stopped", agent.text["err"])


if __name__ == "__main__":
    unittest.main()
