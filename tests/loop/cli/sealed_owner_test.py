#!/usr/bin/env python3
"""What the machine's owner does while sealed clients are there: takes a key off the list, and gives the machine up.

    sealed_owner_test.py BUILD_DIR [unittest arguments]
"""

import json
import unittest

from harness import DEVICE
from sealed_machines import SealedMachines

UNTRUSTED = 20
ANOTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFEgTbZuF7FmkB0KZIQVGjPxtKcfJSO7HDpGKKmMFmjA bob"
ONE_MORE = json.dumps({"expression": "window.count = (window.count || 0) + 1"})


class SealedOwnerTest(SealedMachines):
    def reload(self):
        code, _, err = self.ask("--reload")
        self.assertEqual(code, 0, err)
        return err

    def is_shut_out(self):
        """Its living client ends, and a new one is refused, although its handshake resumes by a ticket."""
        self.until("the client ends", lambda: self.ended_for("not_trusted"))
        self.until("the agent has no client", self.no_client)
        before = self.ended_for("not_trusted")
        code, out, err = self.call("Runtime.evaluate", ONE_MORE)
        self.assertEqual((code, out), (UNTRUSTED, ""), err)
        self.assertIn("trust.controllers", err)
        self.assertGreater(self.ended_for("not_trusted"), before)

    def count(self, *arguments):
        code, out, err = self.call("Runtime.evaluate", ONE_MORE, *arguments)
        self.assertEqual(code, 0, err)
        return json.loads(out)["result"]["value"]

    def test_a_key_that_is_taken_out_of_the_file_ends_its_client_and_does_not_come_back(self):
        file = self.home / "controllers"
        file.write_text(f"{ANOTHER_KEY}\n{self.key()}\n")
        file.chmod(0o600)
        self.configure(f"[trust]\nrequire = \"all\"\ncontrollers_file = \"{file}\"\n")
        self.begin()
        self.assertEqual(self.count("--accept-new"), 1)
        self.assertTrue((self.state / "sessions" / DEVICE).exists(), "there is a ticket")
        self.drive(self.bridge("lab"))
        self.assertIn("nothing", self.reload())
        self.assertEqual(self.ended_for("not_trusted"), 0)
        file.write_text(ANOTHER_KEY + "\n")
        self.assertIn("trust.controllers_file", self.reload())
        self.is_shut_out()
        file.write_text(f"{ANOTHER_KEY}\n{self.key()}\n")
        self.reload()
        self.assertEqual(self.count(), 2, "nothing was carried out meanwhile")

    def test_a_key_that_is_taken_out_of_the_settings_likewise(self):
        self.far_agent("all", [ANOTHER_KEY, self.key()])
        self.assertEqual(self.count("--accept-new"), 1)
        self.drive(self.bridge("lab"))
        self.configure(f"[trust]\nrequire = \"all\"\ncontrollers = {json.dumps([ANOTHER_KEY])}\n")
        self.assertIn("Applied: trust.controllers", self.reload())
        self.is_shut_out()

    def test_an_unpair_is_honoured_from_anybody(self):
        self.far_agent()
        self.assertEqual(self.evaluate("--accept-new")[0], 0)
        key = self.stored().parent / "identity.pem"
        self.assertTrue(key.exists())
        self.hub.admin("broadcast", topic=f"device:{DEVICE}", event="unpair", payload={}, private=True)
        self.wait_for(5)
        self.assertFalse(self.stored().exists())
        self.assertFalse(key.exists())
        self.assertTrue(self.agent.running())


if __name__ == "__main__":
    unittest.main()
