#!/usr/bin/env python3
"""Logins and pairings that last: a bad answer on the way, a server that forgot us, a start link that is fetched before
anybody clicks it, a credential that is renewed by a play over a fleet.

    patience_test.py BUILD_DIR [unittest arguments]
"""

import http.client
import json
import time
import unittest
import urllib.parse

import harness
from harness import DEVICE, Browser

DAY = 86400
TOKEN = "/oauth/token"
PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>nginx</h1></body></html>"


def head_of(url, method="GET", headers=None):
    """Status, and the headers of an answer, to a request that no person's click made."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=harness.LIMIT)
    connection.request(method, parts.path + ("?" + parts.query if parts.query else ""), headers=headers or {})
    reply = connection.getresponse()
    body = reply.read()
    connection.close()
    return reply.status, reply.getheader("Set-Cookie"), body


class PatienceTest(harness.AgentTest):
    def answers(self, *answers):
        self.hub.admin("oauth", answers=[dict(answer) for answer in answers])

    def allow_device(self, agent):
        address, code = agent.hear(r"http\S+/oauth/device\S*  and enter  \S+")[0].split("  and enter  ")
        Browser().allow(f"{address}?user_code={code}")

    # --- a bad answer

    def test_a_device_login_survives_a_gateway_and_a_limit(self):
        self.hub.admin("oauth", device_grant=True, poll_interval=1)
        self.answers({"path": TOKEN, "status": 502, "body": PAGE, "content_type": "text/html"},
                     {"path": TOKEN, "status": 429, "body": json.dumps({"msg": "slow down, please"}), "retry_after": "2"})
        agent = self.login()
        self.allow_device(agent)
        agent.hear(r"\(it answered 502: 502 Bad Gateway\): the login goes on")
        began = time.monotonic()
        agent.hear(r"\(it answered 429: slow down, please\): the login goes on")
        code, out, err = agent.finish()
        self.assertEqual(code, 0, err)
        self.assertGreaterEqual(time.monotonic() - began, 1.5, "what Retry-After wants")
        self.assertIn("Paired: device", out)
        self.assertNotIn("<h1>", err)

    def test_an_unknown_no_names_the_status_and_the_first_words(self):
        self.hub.admin("oauth", device_grant=True, poll_interval=1)
        self.answers({"path": TOKEN, "status": 403, "body": "blocked by\x1b[2J policy 7"})
        code, _, err = self.login().finish()
        self.assertEqual(code, 77, err)
        self.assertIn("the login was refused: it answered 403: blocked by", err)
        self.assertNotIn("\x1b", err)

    def test_registration_and_exchange_survive_one_bad_answer(self):
        self.answers({"path": "/.well-known/oauth-authorization-server", "status": 503},
                     {"path": "/oauth/register", "status": 502, "body": PAGE, "content_type": "text/html"},
                     {"path": TOKEN, "status": 429, "retry_after": "1"})
        agent = self.login()
        code, out, err = agent.finish(Browser().allow(agent.hear(self.AUTHORIZE)[0]) + "\n")
        self.assertEqual(code, 0, err)
        self.assertIn("Paired: device", out)
        self.assertEqual(self.hub.admin("oauth")["codes"], 1)
        self.assertIn("/oauth/register answered 502: 502 Bad Gateway", err)

    def test_a_server_that_stays_bad_is_named(self):
        self.answers(*[{"path": "/oauth/register", "status": 503, "body": "maintenance until noon"}] * 8)
        code, _, err = self.login().finish()
        self.assertEqual(code, 69, err)
        self.assertIn("503: maintenance until noon", err)

    # --- a server that forgot us

    def test_a_forgotten_client_is_registered_anew(self):
        for device_grant in (False, True):
            for _ in range(2):
                self.hub.admin("oauth", device_grant=device_grant, poll_interval=1)
                agent = self.login("--force")
                if device_grant:
                    self.allow_device(agent)
                    code, _, err = agent.finish()
                else:
                    code, _, err = agent.finish(Browser().allow(agent.hear(self.AUTHORIZE)[0]) + "\n")
                self.assertEqual(code, 0, err)
                self.hub.admin("oauth", forget_clients=True)
        self.assertEqual(self.hub.admin("oauth")["registrations"], 4)
        self.assertIn("has forgotten this program", err)

    # --- the start link

    def test_a_start_link_that_is_fetched_beforehand_still_works(self):
        agent = self.login()
        start = agent.hear(self.START)[0]
        for method, headers in (("GET", {"Sec-Purpose": "prefetch"}), ("GET", {"Sec-Purpose": "prefetch;prerender"}),
                                ("GET", {"Purpose": "prefetch"}), ("GET", {"X-Moz": "prefetch"}), ("HEAD", {}),
                                ("GET", {"X-Purpose": "preview"}), ("GET", {"Sec-Fetch-Mode": "no-cors"}),
                                ("GET", {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"})):
            status, cookie, body = head_of(start, method, headers)
            self.assertIn(status, (200, 503), (method, headers))
            self.assertEqual(method == "HEAD", body == b"")
            self.assertIsNone(cookie, (method, headers))
        # A preview asks as a browser would, brings no cookie, and says nothing of a click: it begins nothing.
        for _ in range(20):
            status, cookie, _ = head_of(start)
            self.assertEqual(status, 302)
            self.assertEqual(head_of(start + "?again")[0], 503)
        click = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        mine = Browser()
        status, location, _ = mine.go(start)
        self.assertEqual(status, 302, "who clicks begins")
        self.assertEqual(mine.go(start)[:2], (302, location), "the same browser's second click")
        self.assertEqual(head_of(start, headers=click)[0], 410, "and no other browser after that")
        self.assertEqual(head_of(start, headers={"Cookie": cookie.split(";")[0]})[0], 410, "nor the preview")
        back = mine.allow(location)
        self.assertEqual(Browser().go(back)[0], 403)
        self.assertEqual(head_of(back, headers={"Sec-Purpose": "prefetch"})[0], 503)
        self.assertEqual(mine.go(back)[0], 200)
        code, _, err = agent.finish()
        self.assertEqual(code, 0, err)

    def test_nobody_takes_a_login_from_a_browser_that_does_not_say_who_opened_it(self):
        agent = self.login()
        start = agent.hear(self.START)[0]
        status, cookie, _ = head_of(start)
        self.assertEqual(status, 302)
        cookie = cookie.split(";")[0]
        self.assertEqual(head_of(start + "?again", headers={"Cookie": cookie})[0], 302, "it begins")
        click = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        self.assertEqual(head_of(start, headers=click)[0], 410)
        mine = Browser()
        mine.cookies[urllib.parse.urlsplit(start).netloc] = cookie
        back = mine.allow(mine.go(start)[1])
        self.assertEqual(mine.go(back)[0], 200)
        code, _, err = agent.finish()
        self.assertEqual(code, 0, err)

    # --- renewal

    def renew(self, *arguments, ttl=None, text=None, before="30d"):
        text = text or (self.token(device=DEVICE, ttl=ttl) if ttl else None)
        given = ("--token-stdin",) if text else ()
        code, out, err = self.ask("--pair", "--renew-before", before, "--json", *given, *arguments, text=text)
        return code, json.loads(out)["changed"] if code == 0 else out, err

    def test_a_play_renews_what_ends_soon_and_nothing_else(self):
        self.assertEqual(self.renew(ttl=10 * DAY)[:2], (0, True), "not paired yet")
        self.assertEqual(self.renew(ttl=60 * DAY, before="9d")[:2], (0, False), "it lasts longer")
        code, _, err = self.renew()
        self.assertEqual(code, 77, err)
        self.assertIn("within the 30 d of --renew-before: hand in a new token", err)
        code, _, err = self.renew(ttl=9 * DAY)
        self.assertEqual(code, 64, err)
        self.assertIn("hand in a newer one", err)
        before = json.loads(self.stored().read_text())
        self.assertEqual(self.renew(ttl=60 * DAY)[:2], (0, True))
        after = json.loads(self.stored().read_text())
        self.assertEqual(after["device"]["uuid"], before["device"]["uuid"])
        self.assertGreater(after["expires_at"], before["expires_at"])
        self.assertEqual(self.renew(ttl=60 * DAY)[:2], (0, False), "once is enough")
        self.daemon()
        self.wait_for(0)
        self.assertEqual(self.renew(ttl=90 * DAY)[:2], (0, False))
        self.assertEqual(self.renew(ttl=90 * DAY, before="61d")[:2], (0, True), "by the running agent too")
        self.assertEqual(self.renew(ttl=95 * DAY, before="61d")[:2], (0, False))

    def test_a_play_that_hands_in_the_stored_token_changes_nothing(self):
        text = self.token(device=DEVICE, ttl=10 * DAY)
        self.assertEqual(self.renew(text=text)[:2], (0, True))
        for _ in range(2):  # without an agent, and by the running one
            code, changed, err = self.renew(text=text)
            self.assertEqual((code, changed), (0, False), err)
            self.assertIn("hand in a newer one before", err)
            self.daemon()
            self.wait_for(0)
        other = self.token(device=harness.OTHER_DEVICE, ttl=60 * DAY)
        code, _, err = self.renew(text=other)
        self.assertEqual(code, 64, err)
        self.assertIn(f"is of device {harness.OTHER_DEVICE}, and this machine is paired as {DEVICE}", err)

    def test_bad_times_are_refused(self):
        for time_text in ("30", "30 days", "-1d", "0", "0s", "", "3651d", "soon", "1e9d", "nan"):
            code, _, err = self.ask("--pair", "--renew-before", time_text)
            self.assertEqual(code, 64, (time_text, err))
            self.assertIn("--renew-before", err)
        for words in (("--renew-before", "3d"), ("--pair", "--renew-before", "3d", "--force"),
                      ("--pair", "--renew-before", "3d", "--rotate"), ("--status", "--renew-before", "3d")):
            code, _, err = self.ask(*words)
            self.assertEqual(code, 64, (words, err))

    def test_if_unpaired_sees_what_the_server_holds_refused(self):
        self.pair()
        self.hub.admin("clock", advance_ms=(harness.LASTING + 60) * 1000)  # its clock alone: ours sees a token that lives
        code, out, err = self.ask("--pair", "--if-unpaired", "--json")
        self.assertEqual(code, 77, err)
        self.assertIn("the server does not take its credential", err)
        self.assertIn("hand in a new token", err)
        fresh = self.token(device=DEVICE, ttl=2 * harness.LASTING)
        code, out, err = self.ask("--pair", "--if-unpaired", "--json", "--token-stdin", text=fresh)
        self.assertEqual(code, 0, err)
        self.assertEqual(json.loads(out), {"changed": True, "device": DEVICE})

    def test_if_unpaired_away_from_the_backend_is_unchanged_and_says_so(self):
        self.pair()
        self.hub.close()
        code, out, err = self.ask("--pair", "--if-unpaired", "--json")
        self.assertEqual((code, json.loads(out)["changed"]), (0, False), err)
        self.assertIn("could not be found out", err)

    def test_unpair_says_until_when_the_token_is_valid(self):
        self.pair()
        code, out, err = self.ask("--unpair")
        self.assertEqual(code, 0, err)
        self.assertRegex(out + err, r"A copy of its access token elsewhere can be used until \d{4}-\d\d-\d\d \d\d:\d\d UTC")
        self.log_in()
        code, out, err = self.ask("--unpair")
        self.assertEqual(code, 0, err)
        self.assertIn("The server has revoked it", out + err)
        self.assertRegex(out + err, r"access token elsewhere can be used until \d{4}")


if __name__ == "__main__":
    unittest.main()
