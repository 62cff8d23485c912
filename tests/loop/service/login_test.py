#!/usr/bin/env python3
"""Pairing by login and by token: the agent's real binary against the hub, with this script in the place of the browser.

    login_test.py BUILD_DIR [unittest arguments]
"""

import http.client
import json
import os
import re
import stat
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
from pathlib import Path

BUILD = Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/dev").resolve()
LIMIT = 40  # seconds for any one step
ACCOUNT_FORM = "application/x-www-form-urlencoded"


class Hub:
    def __init__(self, folder):
        ready = Path(folder) / "hub-ready"
        self.process = subprocess.Popen(
            [BUILD / "hub", "--ready-file", ready, "--join-penalty-ms", "50"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        facts = json.loads(self.process.stdout.readline())
        self.url, self.key = facts["url"], facts["anon_key"]
        self.address = urllib.parse.urlsplit(self.url).netloc

    def admin(self, what, **body):
        connection = http.client.HTTPConnection(self.address, timeout=LIMIT)
        connection.request("POST", "/admin/" + what, json.dumps(body), {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def close(self):
        self.process.terminate()
        self.process.wait(LIMIT)
        self.process.stdout.close()


class Browser:
    """As much of a browser as a login needs: cookies by host, redirects by hand."""

    def __init__(self):
        self.cookies = {}

    def go(self, url, form=None, host=None):
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=LIMIT)
        headers = {"Cookie": self.cookies[parts.netloc]} if parts.netloc in self.cookies else {}
        if host:
            headers["Host"] = host
        body = None
        if form is not None:
            headers["Content-Type"] = ACCOUNT_FORM
            body = urllib.parse.urlencode(form)
        path = parts.path + ("?" + parts.query if parts.query else "")
        connection.request("POST" if form is not None else "GET", path, body, headers)
        reply = connection.getresponse()
        text = reply.read().decode()
        connection.close()
        if reply.getheader("Set-Cookie"):
            self.cookies[parts.netloc] = reply.getheader("Set-Cookie").split(";")[0]
        return reply.status, reply.getheader("Location"), text

    def allow(self, address, decision="allow"):
        """Opens the login's page and presses a button; the address that the server redirects to."""
        status, _, page = self.go(address)
        assert status == 200, page
        action = re.search(r'action="([^"]+)"', page)[1]
        hidden = re.search(r'type="hidden" name="([^"]+)" value="([^"]+)"', page)
        account = re.search(r'name="account" value="([^"]+)"', page)[1]
        origin = "http://" + urllib.parse.urlsplit(address).netloc
        form = {hidden[1]: hidden[2], "account": account, "decision": decision}
        status, location, page = self.go(origin + action, form)
        assert status in (200, 302, 303), page
        return location


class LoginTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="bmc-login-")
        self.home = Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)
        self.hub = Hub(self.home)
        self.addCleanup(self.hub.close)
        self.running = []
        self.addCleanup(self.end_all)

    def end_all(self):
        for process in self.running:
            if process.poll() is None:
                process.kill()
            process.wait(LIMIT)
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream:
                    stream.close()

    def environment(self, **more):
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "BMC_AGENT_API_URL": self.hub.url,
                "BMC_AGENT_API_KEY": self.hub.key, "BMC_AGENT_PAIRING_RESOURCE": self.hub.url,
                "BMC_AGENT_PAIRING_ISSUER": self.hub.url, **more}

    def start(self, *arguments, **more):
        process = subprocess.Popen([BUILD / "agent", "--user", *arguments], env=self.environment(**more),
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.running.append(process)
        return process

    def login(self, *arguments, **more):
        return self.start("--pair", "--no-browser", "--expect-account", self.account(), *arguments, **more)

    def account(self):
        return "ada@example.com"

    def address(self, process, pattern):
        """The first address that the agent prints and that fits; its lines are kept for messages."""
        seen = []
        for line in process.stderr:
            seen.append(line)
            found = re.search(pattern, line)
            if found:
                return found[0]
        self.fail("the agent did not print it: " + "".join(seen))

    def finish(self, process, text=None):
        out, err = process.communicate(text, timeout=LIMIT)
        return process.returncode, out, err

    def stored(self, profile=""):
        return self.home / ".local/state" / ("bmc-agent" + profile) / "credential.json"

    def token(self, ttl=200000, **what):
        return self.hub.admin("mint", ttl=ttl, **what)["token"]

    # --- the flows

    def test_paste_back(self):
        agent = self.login()
        address = self.address(agent, r"http\S+/oauth/authorize\S+")
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)
        self.assertEqual(query["code_challenge_method"], ["S256"])
        self.assertEqual(query["resource"], [self.hub.url])
        code, out, err = self.finish(agent, Browser().allow(address) + "\n")
        self.assertEqual(code, 0, err)
        self.assertIn("Paired: device", out)
        credential = json.loads(self.stored().read_text())
        self.assertEqual(credential["account"], self.account())
        self.assertTrue(credential["refresh"]["token"])
        self.assertTrue(credential["refresh"]["revocation_url"])
        self.assertEqual(stat.S_IMODE(self.stored().stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.stored().parent.stat().st_mode), 0o700)

    def test_the_registered_client_is_kept(self):
        for _ in range(2):
            agent = self.login("--force")
            address = self.address(agent, r"http\S+/oauth/authorize\S+")
            code, _, err = self.finish(agent, Browser().allow(address) + "\n")
            self.assertEqual(code, 0, err)
        self.assertEqual(self.hub.admin("oauth")["registrations"], 1)

    def test_the_browser_of_a_desktop(self):
        opened = self.home / "opened"
        script = self.home / "browser"
        script.write_text(f'#!/bin/sh\necho "$1" > {opened}.part && mv {opened}.part {opened}\n')
        script.chmod(0o755)
        agent = self.start("--pair", "--expect-account", self.account(), DISPLAY=":0", BROWSER=str(script))
        self.address(agent, r"http://127.0.0.1:\d+/start/\S+")
        end = time.monotonic() + LIMIT
        while not opened.exists() and time.monotonic() < end:
            time.sleep(0.02)
        browser = Browser()
        status, location, _ = browser.go(opened.read_text().strip())
        self.assertEqual(status, 302)
        back = browser.allow(location)
        status, _, page = browser.go(back)
        self.assertEqual(status, 200, page)
        self.assertIn("close this page", page)
        code, out, err = self.finish(agent)
        self.assertEqual(code, 0, err)
        self.assertIn("Paired", out)

    def test_a_code_for_another_device(self):
        self.hub.admin("oauth", device_grant=True)
        agent = self.login()
        line = self.address(agent, r"http\S+/oauth/device\S*  and enter  \S+")
        address, user_code = line.split("  and enter  ")
        Browser().allow(f"{address}?user_code={user_code}")
        code, _, err = self.finish(agent)
        self.assertEqual(code, 0, err)
        self.assertGreaterEqual(self.hub.admin("oauth")["device_polls"], 1)

    # --- attacks

    def expect_refused(self, agent, text=None, says="", code=77):
        got, _, err = self.finish(agent, text)
        self.assertEqual(got, code, err)
        self.assertIn(says, err)
        self.assertFalse(self.stored().exists())

    def test_another_browser_cannot_finish(self):
        agent = self.login()
        start = None
        address = self.address(agent, r"http\S+/oauth/authorize\S+")
        start = self.address(agent, r"http://127.0.0.1:\d+/start/\S+")
        mine = Browser()
        self.assertEqual(mine.go(start)[0], 302)
        self.assertEqual(mine.go(start)[0], 410)  # once
        back = Browser().allow(address)
        self.assertEqual(Browser().go(back)[0], 403)  # the answer from a browser that did not begin
        origin = back.split("/callback")[0]
        self.assertEqual(mine.go(origin + "/callback?code=x&state=y")[0], 400)
        self.assertEqual(mine.go(start, host="evil.example:80")[0], 404)
        self.assertEqual(mine.go(origin + "/favicon.ico")[0], 404)
        self.assertEqual(mine.go(back)[0], 200)  # and the login goes on unharmed
        code, _, err = self.finish(agent)
        self.assertEqual(code, 0, err)

    def test_wrong_state_is_not_taken(self):
        agent = self.login()
        address = self.address(agent, r"http\S+/oauth/authorize\S+")
        back = Browser().allow(address)
        agent.stdin.write(re.sub(r"state=[^&]+", "state=forged", back) + "\n")
        agent.stdin.flush()
        self.address(agent, r"not the address at the end of this login")
        code, _, err = self.finish(agent, back + "\n")
        self.assertEqual(code, 0, err)

    def test_wrong_iss_ends_the_login(self):
        self.hub.admin("oauth", response_iss="https://evil.example")
        agent = self.login()
        back = Browser().allow(self.address(agent, r"http\S+/oauth/authorize\S+"))
        self.expect_refused(agent, back + "\n", "iss")

    def test_a_mixed_up_issuer_is_told_nothing(self):
        self.hub.admin("oauth", metadata_issuer="https://evil.example")
        self.expect_refused(self.login(), "", "nothing is sent to it")
        self.assertEqual(self.hub.admin("oauth")["registrations"], 0)

    def test_a_redirect_is_not_followed_with_a_code(self):
        other = Hub(self.home / "..")
        self.addCleanup(other.close)
        self.hub.admin("oauth", redirect_to=other.url + "/oauth/token")
        agent = self.login()
        back = Browser().allow(self.address(agent, r"http\S+/oauth/authorize\S+"))
        self.expect_refused(agent, back + "\n", "gave no token")

    def test_an_endless_body_is_cut_off(self):
        self.hub.admin("oauth", endless_body=True)
        agent = self.login()
        back = Browser().allow(self.address(agent, r"http\S+/oauth/authorize\S+"))
        self.expect_refused(agent, back + "\n", "larger than it may be", code=69)

    def test_a_refused_consent_says_so(self):
        agent = self.login()
        back = Browser().allow(self.address(agent, r"http\S+/oauth/authorize\S+"), "deny")
        self.expect_refused(agent, back + "\n", "refused")

    def test_the_account_of_somebody_else_is_not_stored(self):
        agent = self.start("--pair", "--no-browser", "--expect-account", "mallory@example.test")
        back = Browser().allow(self.address(agent, r"http\S+/oauth/authorize\S+"))
        self.expect_refused(agent, back + "\n", "not mallory@example.test")

    # --- without a person

    def test_without_a_terminal_it_fails_at_once_and_names_the_ways(self):
        for arguments in ((), ("--if-unpaired",)):
            self.expect_refused(self.start("--pair", *arguments), "", "--token-stdin", code=64)

    def test_if_unpaired_reports_what_changed(self):
        device = "6f1c2a3b-0000-4000-8000-000000000001"
        for changed in (True, False):
            agent = self.start("--pair", "--if-unpaired", "--json", "--token-stdin")
            code, out, err = self.finish(agent, self.token(device=device))
            self.assertEqual(code, 0, err)
            self.assertEqual(json.loads(out), {"changed": changed, "device": device})

    def test_a_token_file_that_others_may_read_is_refused(self):
        file = self.home / "token"
        file.write_text(self.token(device="6f1c2a3b-0000-4000-8000-000000000001"))
        file.chmod(0o644)
        self.expect_refused(self.start("--pair", "--token-file", str(file)), "", f"chmod 0600 {file}", code=64)
        file.chmod(0o600)
        code, _, err = self.finish(self.start("--pair", "--token-file", str(file)))
        self.assertEqual(code, 0, err)

    def test_the_service_managers_credential(self):
        folder = self.home / "credentials"
        folder.mkdir(0o700)
        (folder / "bmc-token").write_text(self.token(device="6f1c2a3b-0000-4000-8000-000000000001"))
        code, _, err = self.finish(self.start("--pair", CREDENTIALS_DIRECTORY=str(folder)))
        self.assertEqual(code, 0, err)

    def test_a_short_lived_token_is_refused_with_the_ways_out(self):
        token = self.token(device="6f1c2a3b-0000-4000-8000-000000000001", ttl=86000)
        self.expect_refused(self.start("--pair", "--token-stdin"), token, "--ephemeral", code=64)

    def test_rotation_keeps_the_device_and_the_old_credential_until_the_proof(self):
        device = "6f1c2a3b-0000-4000-8000-000000000001"
        self.assertEqual(self.finish(self.start("--pair", "--token-stdin"), self.token(device=device))[0], 0)
        before = self.stored().read_text()
        code, _, err = self.finish(self.start("--pair", "--rotate", "--token-stdin"),
                                   self.token(device="6f1c2a3b-0000-4000-8000-000000000002"))
        self.assertEqual(code, 64, err)
        self.assertEqual(self.stored().read_text(), before)
        code, _, err = self.finish(self.start("--pair", "--rotate", "--token-stdin"), self.token(device=device, ttl=300000))
        self.assertEqual(code, 0, err)
        self.assertNotEqual(self.stored().read_text(), before)

    def test_a_folder_that_others_may_read_is_refused_before_the_login(self):
        self.stored().parent.mkdir(parents=True, mode=0o755)
        self.stored().parent.chmod(0o755)
        self.expect_refused(self.login(), "", f"chmod 0700 {self.stored().parent}", code=1)
        self.assertEqual(self.hub.admin("oauth")["registrations"], 0)


if __name__ == "__main__":
    unittest.main()
