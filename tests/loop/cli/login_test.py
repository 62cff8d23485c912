#!/usr/bin/env python3
"""Pairing by login and by token: the agent's real binary against the hub, with a script in the place of the browser.

    login_test.py BUILD_DIR [unittest arguments]
"""

import http.server
import json
import re
import socket
import stat
import subprocess
import threading
import time
import unittest
import urllib.parse

import harness
from harness import ACCOUNT, DEVICE, OTHER_DEVICE, Browser, Hub


class LoginTest(harness.AgentTest):
    def address(self, program, pattern=harness.AgentTest.AUTHORIZE):
        return program.hear(pattern)[0]

    # --- the flows

    def test_paste_back(self):
        agent = self.login()
        address = self.address(agent)
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)
        self.assertEqual(query["code_challenge_method"], ["S256"])
        self.assertEqual(query["resource"], [self.hub.url])
        code, out, err = agent.finish(Browser().allow(address) + "\n")
        self.assertEqual(code, 0, err)
        self.assertIn("Paired: device", out)
        credential = json.loads(self.stored().read_text())
        self.assertEqual(credential["account"], ACCOUNT)
        self.assertTrue(credential["refresh"]["token"])
        self.assertTrue(credential["refresh"]["revocation_url"])
        self.assertEqual(stat.S_IMODE(self.stored().stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.stored().parent.stat().st_mode), 0o700)

    def test_the_registered_client_is_kept(self):
        for _ in range(2):
            agent = self.login("--force")
            address = self.address(agent)
            code, _, err = agent.finish(Browser().allow(address) + "\n")
            self.assertEqual(code, 0, err)
        self.assertEqual(self.hub.admin("oauth")["registrations"], 1)

    def test_the_browser_of_a_desktop(self):
        opened = self.home / "opened"
        script = self.script("browser", f'echo "$1" > {opened}.part && mv {opened}.part {opened}\n')
        agent = self.start("--pair", "--expect-account", ACCOUNT, DISPLAY=":0", BROWSER=script)
        self.address(agent, self.START)
        browser = Browser()
        status, location, _ = browser.go(self.wait_file(opened).strip())
        self.assertEqual(status, 302)
        back = browser.allow(location)
        status, _, page = browser.go(back)
        self.assertEqual(status, 200, page)
        self.assertIn("close this page", page)
        code, out, err = agent.finish()
        self.assertEqual(code, 0, err)
        self.assertIn("Paired", out)

    def test_a_code_for_another_device(self):
        self.hub.admin("oauth", device_grant=True)
        agent = self.login()
        line = self.address(agent, r"http\S+/oauth/device\S*  and enter  \S+")
        self.assertIn("\u2588\u2588", agent.text["err"])  # the QR code
        address, user_code = line.split("  and enter  ")
        Browser().allow(f"{address}?user_code={user_code}")
        code, _, err = agent.finish()
        self.assertEqual(code, 0, err)
        self.assertGreaterEqual(self.hub.admin("oauth")["device_polls"], 1)

    def test_a_chosen_port_is_the_one_of_the_redirect_and_of_the_line_for_ssh(self):
        self.hub.admin("oauth", device_grant=True)  # offered, but who chooses a port wants the redirect
        port = harness.free_port(self.addCleanup)
        agent = self.login("--callback-port", str(port))
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.address(agent)).query)
        self.assertEqual(query["redirect_uri"], [f"http://127.0.0.1:{port}/callback"])
        self.address(agent, rf"ssh -L {port}:127\.0\.0\.1:{port} \S+")
        start = self.address(agent, self.START)
        browser = Browser()
        back = browser.allow(browser.go(start)[1])
        self.assertEqual(browser.go(back)[0], 200)
        code, _, err = agent.finish()
        self.assertEqual(code, 0, err)

    def test_a_port_that_is_taken_says_so(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.expect_refused(self.login("--callback-port", str(port)), "", "--callback-port", code=78)

    def test_a_name_that_is_taken_gets_a_number_and_says_so(self):
        names = []
        for profile in ("", "second", "third"):
            more = ("--profile", profile) if profile else ()
            agent = self.login("--name", "lab", *more)
            code, out, err = agent.finish(Browser().allow(self.address(agent)) + "\n")
            self.assertEqual(code, 0, err)
            names.append(re.search(r"\((.*)\)", out)[1])
            self.assertEqual("That name is taken" in err, profile != "")
        self.assertEqual(names, ["lab", "lab 2", "lab 3"])
        self.assertEqual(sorted(row["name"] for row in self.hub.devices()), names)

    def test_the_login_is_exchanged_for_a_token_of_the_device(self):
        self.hub.admin("oauth", access_token_life=600)
        agent = self.login("--pairing-device-token-url", self.hub.url + "/functions/v1/device-token")
        code, _, err = agent.finish(Browser().allow(self.address(agent)) + "\n")
        self.assertEqual(code, 0, err)
        credential = json.loads(self.stored().read_text())
        self.assertNotIn("refresh", credential)  # the person's own token is not kept
        self.assertGreater(credential["expires_at"], time.time() + 80 * 86400)

    def test_it_says_which_store_proxy_and_authorities_are_used(self):
        authorities = self.home / "authorities.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", self.home / "key.pem", "-out", authorities, "-subj", "/CN=test"],
                       check=True, capture_output=True, timeout=harness.LIMIT)
        agent = self.start("--pair", "--token-stdin", "--net-ca-file", authorities, "--net-proxy",
                           "http://somebody:hidden@127.0.0.1:9", "--pairing-issuer", "https://login.example")
        _, _, err = agent.finish(self.token(device=DEVICE))
        self.assertIn("by the proxy http://127.0.0.1:9", err)
        self.assertNotIn("hidden", err)
        self.assertIn(str(authorities), err)
        self.assertIn(str(self.stored().parent), err)

    # --- attacks

    def expect_refused(self, agent, text=None, says="", code=77):
        got, _, err = agent.finish(text)
        self.assertEqual(got, code, err)
        self.assertIn(says, err)
        self.assertFalse(self.stored().exists())

    def test_another_browser_cannot_finish(self):
        agent = self.login()
        start = None
        address = self.address(agent)
        start = self.address(agent, self.START)
        mine = Browser()
        self.assertEqual(mine.go(start)[0], 302)
        self.assertEqual(mine.go(start)[0], 302)  # a second click
        self.assertEqual(Browser().go(start)[0], 410)  # in one browser alone
        back = Browser().allow(address)
        self.assertEqual(Browser().go(back)[0], 403)  # the answer from a browser that did not begin
        origin = back.split("/callback")[0]
        self.assertEqual(mine.go(origin + "/callback?code=x&state=y")[0], 400)
        self.assertEqual(mine.go(start, host="evil.example:80")[0], 404)
        self.assertEqual(mine.go(origin + "/favicon.ico")[0], 404)
        self.assertEqual(mine.go(back)[0], 200)  # and the login goes on unharmed
        code, _, err = agent.finish()
        self.assertEqual(code, 0, err)

    def test_wrong_state_is_not_taken(self):
        agent = self.login()
        address = self.address(agent)
        back = Browser().allow(address)
        agent.say(re.sub(r"state=[^&]+", "state=forged", back) + "\n")
        self.address(agent, r"not the address at the end of this login")
        code, _, err = agent.finish(back + "\n")
        self.assertEqual(code, 0, err)

    def test_wrong_iss_ends_the_login(self):
        self.hub.admin("oauth", response_iss="https://evil.example")
        agent = self.login()
        back = Browser().allow(self.address(agent))
        self.expect_refused(agent, back + "\n", "iss")

    def test_a_mixed_up_issuer_is_told_nothing(self):
        self.hub.admin("oauth", metadata_issuer="https://evil.example")
        self.expect_refused(self.login(), "", "nothing is sent to it", code=78)
        self.assertEqual(self.hub.admin("oauth")["registrations"], 0)

    def test_a_redirect_is_not_followed_with_a_code(self):
        other = Hub()
        self.addCleanup(other.close)
        self.hub.admin("oauth", redirect_to=other.url + "/oauth/token")
        agent = self.login()
        back = Browser().allow(self.address(agent))
        self.expect_refused(agent, back + "\n", "gave no token", code=69)

    def test_a_redirect_is_not_followed_with_a_bearer(self):
        heard = []

        class Rest(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                heard.append((self.path, self.headers.get("Authorization")))
                self.send_response(307)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_POST = do_GET

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Rest)
        self.addCleanup(server.server_close)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        agent = self.login("--pairing-rest-url", f"http://127.0.0.1:{server.server_port}")
        self.expect_refused(agent, Browser().allow(self.address(agent)) + "\n", "307", code=69)
        self.assertTrue(heard and heard[0][1].startswith("Bearer "))
        self.assertEqual([path for path, _ in heard if "elsewhere" in path], [])

    def test_an_endless_body_is_cut_off(self):
        self.hub.admin("oauth", endless_body=True)
        agent = self.login()
        back = Browser().allow(self.address(agent))
        self.expect_refused(agent, back + "\n", "larger than it may be", code=69)

    def test_a_refused_consent_says_so(self):
        agent = self.login()
        back = Browser().allow(self.address(agent), "deny")
        self.expect_refused(agent, back + "\n", "refused")

    def test_the_account_of_somebody_else_is_not_stored(self):
        agent = self.start("--pair", "--no-browser", "--expect-account", "mallory@example.test")
        back = Browser().allow(self.address(agent))
        self.expect_refused(agent, back + "\n", "not mallory@example.test")

    # --- without a person

    def test_without_a_terminal_it_fails_at_once_and_names_the_ways(self):
        for arguments in ((), ("--if-unpaired",)):
            self.expect_refused(self.start("--pair", *arguments), "", "--token-stdin", code=64)

    def test_if_unpaired_reports_what_changed(self):
        for changed in (True, False):
            agent = self.start("--pair", "--if-unpaired", "--json", "--token-stdin")
            code, out, err = agent.finish(self.token(device=DEVICE))
            self.assertEqual(code, 0, err)
            self.assertEqual(json.loads(out), {"changed": changed, "device": DEVICE})

    def test_a_token_file_that_others_may_read_is_refused(self):
        file = self.home / "token"
        file.write_text(self.token(device=DEVICE))
        file.chmod(0o644)
        self.expect_refused(self.start("--pair", "--token-file", str(file)), "", f"chmod 0600 {file}", code=64)
        file.chmod(0o600)
        code, _, err = self.ask("--pair", "--token-file", str(file))
        self.assertEqual(code, 0, err)

    def test_the_service_managers_credential(self):
        folder = self.home / "credentials"
        folder.mkdir(0o700)
        (folder / "bmc-token").write_text(self.token(device=DEVICE))
        code, _, err = self.ask("--pair", CREDENTIALS_DIRECTORY=str(folder))
        self.assertEqual(code, 0, err)

    def test_a_short_lived_token_is_refused_with_the_ways_out(self):
        token = self.token(device=DEVICE, ttl=86000)
        self.expect_refused(self.start("--pair", "--token-stdin"), token, "--ephemeral", code=64)

    def test_rotation_keeps_the_device_and_the_old_credential_until_the_proof(self):
        self.assertEqual(self.ask("--pair", "--token-stdin", text=self.token(device=DEVICE))[0], 0)
        before = self.stored().read_text()
        key = self.stored().parent / "identity.pem"
        made = key.read_text()
        code, _, err = self.ask("--pair", "--rotate", "--token-stdin", text=self.token(device=OTHER_DEVICE))
        self.assertEqual(code, 64, err)
        self.assertEqual(self.stored().read_text(), before)
        code, _, err = self.ask("--pair", "--rotate", "--token-stdin", text=self.token(device=DEVICE, ttl=300000))
        self.assertEqual(code, 0, err)
        self.assertNotEqual(self.stored().read_text(), before)
        self.assertEqual(key.read_text(), made, "controllers know the device by it")

    def test_a_full_disk_is_noticed_before_the_login(self):
        # A limit on the size of files stands in for the disk; the signal that comes along would hide the error.
        agent = self.program(["/bin/sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh", "prlimit", "--fsize=4096",
                              harness.BUILD / "agent", "--user", "--pair", "--no-browser", "--expect-account", ACCOUNT],
                             self.environment())
        self.expect_refused(agent, "", "File too large", code=1)
        self.assertEqual(self.hub.admin("oauth")["registrations"], 0)

    def test_pairing_again_needs_force(self):
        self.pair()
        before = self.stored().read_text()
        for arguments, code in (((), 64), (("--force",), 0)):
            got, _, err = self.ask("--pair", "--token-stdin", *arguments, text=self.token(device=OTHER_DEVICE))
            self.assertEqual(got, code, err)
            self.assertEqual(self.stored().read_text() == before, code != 0)
        self.assertIn("--force", self.ask("--pair", "--token-stdin", text=self.token(device=DEVICE))[2])

    def test_ephemeral_is_for_a_running_agent(self):
        self.expect_refused(self.start("--pair", "--ephemeral", "--token-stdin"), "", "leave --pair out", code=64)
        self.expect_refused(self.start("--ephemeral"), "", "--ephemeral needs a token", code=64)

    def test_a_folder_that_others_may_read_is_refused_before_the_login(self):
        self.stored().parent.mkdir(parents=True, mode=0o755)
        self.stored().parent.chmod(0o755)
        self.expect_refused(self.login(), "", f"chmod 0700 {self.stored().parent}", code=1)
        self.assertEqual(self.hub.admin("oauth")["registrations"], 0)


if __name__ == "__main__":
    unittest.main()
