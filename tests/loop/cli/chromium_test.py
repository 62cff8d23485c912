#!/usr/bin/env python3
"""Logins in a real Chromium: the consent page is read and clicked as a person does.

    chromium_test.py BUILD_DIR [unittest arguments]
"""

import json
import unittest

import harness
from chromium import Chromium
from harness import ACCOUNT


class ChromiumTest(harness.AgentTest):
    @classmethod
    def setUpClass(cls):
        cls.chromium = Chromium()
        cls.addClassCleanup(cls.chromium.close)

    def consent(self, page):
        self.assertIn("Busymate agent asks for access", page.text())
        page.click("#allow")

    def expect_paired(self, terminal, text=None):
        code, out, err = terminal.finish(text)
        self.assertEqual(code, 0, err)
        self.assertIn("Paired: device", out)
        self.assertEqual(json.loads(self.stored().read_text())["account"], ACCOUNT)

    def desktop(self):
        """The terminal of a person at a screen, and the address that it opened in his browser."""
        opened = self.home / "opened"
        script = self.script("browser", f'echo "$1" > {opened}.part && mv {opened}.part {opened}\n')
        terminal = self.start("--pair", "--expect-account", ACCOUNT, DISPLAY=":0", BROWSER=script)
        return terminal, self.wait_file(opened).strip()

    def test_a_desktop(self):
        terminal, address = self.desktop()
        page = self.chromium.page()
        page.go(address)
        self.consent(page)
        self.assertIn("The login is done. You may close this page", page.text())
        self.expect_paired(terminal)

    def test_the_address_of_a_page_that_cannot_be_loaded_is_pasted_back(self):
        terminal = self.login()
        page = self.chromium.page()
        page.go(terminal.hear(self.AUTHORIZE)[0])
        page.cut_off("http://127.0.0.1:*/callback*")
        page.evaluate("document.querySelector('#allow').click()")
        page.fail_next()
        page.loaded()
        self.assertIn("/callback?code=", page.address())
        self.expect_paired(terminal, page.address() + "\n")

    def test_through_ssh(self):
        terminal = self.login()
        page = self.chromium.page()
        page.go(terminal.hear(self.START)[0])  # what ssh -L leads to
        self.consent(page)
        self.assertIn("You may close this page", page.text())
        self.expect_paired(terminal)

    def test_another_browser_cannot_finish_and_the_first_still_can(self):
        terminal, address = self.desktop()
        mine, other = self.chromium.page(), self.chromium.other_person()
        mine.go(address)
        other.go(mine.address())  # the login's own address, looked at over the shoulder
        self.consent(other)
        self.assertIn("begun in another browser. Nothing was changed", other.text())
        other.go(address)
        self.assertIn("This address worked once", other.text())
        mine.go(address)  # a second click
        self.consent(mine)
        self.assertIn("The login is done", mine.text())
        self.expect_paired(terminal)

    def test_a_code_for_another_device(self):
        self.hub.admin("oauth", device_grant=True)
        terminal = self.login()
        found = terminal.hear(r"(http\S+/oauth/device\S*)  and enter  (\S+)")
        page = self.chromium.page()
        page.go(f"{found[1]}?user_code={found[2]}")
        self.consent(page)
        self.assertIn("You may close this page", page.text())
        self.expect_paired(terminal)


if __name__ == "__main__":
    unittest.main()
