#!/usr/bin/env python3
"""launchd's files: the plists by a plist parser, and what install and remove put below a folder. Nothing of it runs here."""

import os
import plistlib
import subprocess
import tempfile
import unittest
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent.parent / "packaging/launchd"
LABEL = "net.busymate.bmc-agent"
PROGRAM = "/opt/homebrew/bin/bmc-agent"


class LaunchdTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="bmc-launchd-")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def script(self, name, *arguments):
        return subprocess.run(["/bin/sh", FOLDER / name, *map(str, arguments)], capture_output=True, text=True, timeout=30,
                              env={"PATH": os.environ["PATH"], "HOME": "/Users/ada"})

    def install(self, kind):
        done = self.script("install", f"--{kind}", "--program", PROGRAM, "--root", self.root)
        self.assertEqual(done.returncode, 0, done.stderr)
        place = "Library/LaunchDaemons" if kind == "daemon" else "Users/ada/Library/LaunchAgents"
        return self.root / place / f"{LABEL}.plist"

    def test_what_is_installed_is_valid_and_complete(self):
        for kind, log in (("daemon", "/Library/Logs/bmc-agent.log"), ("agent", "/Users/ada/Library/Logs/bmc-agent.log")):
            with self.subTest(kind):
                placed = self.install(kind)
                text = placed.read_text()
                self.assertNotIn("@", text.partition("<dict>")[2])
                said = plistlib.loads(text.encode())
                self.assertEqual(said["Label"], LABEL)
                self.assertEqual(said["ProgramArguments"], [PROGRAM])
                self.assertEqual(said["StandardErrorPath"], log)
                self.assertEqual(said["Umask"], 0o077)
                self.assertEqual(said["KeepAlive"], {"Crashed": True})  # wrong configuration is not started again
                self.assertEqual(said["HardResourceLimits"], {"Core": 0})
                self.assertEqual("UserName" in said, kind == "daemon")

    def test_the_daemon_is_told_its_folders_and_they_are_private(self):
        said = plistlib.loads(self.install("daemon").read_bytes())
        for name in ("CONFIGURATION_DIRECTORY", "STATE_DIRECTORY", "RUNTIME_DIRECTORY"):
            folder = self.root / said["EnvironmentVariables"][name].lstrip("/")
            self.assertEqual(folder.stat().st_mode & 0o777, 0o700)

    def test_a_removal_keeps_the_credential_and_a_purge_leaves_no_file(self):
        for kind in ("daemon", "agent"):
            with self.subTest(kind):
                placed = self.install(kind)
                home = "" if kind == "daemon" else "Users/ada/"
                credential = self.root / f"{home}Library/Application Support/bmc-agent/credential.json"
                credential.write_text("{}")
                self.assertEqual(self.script("remove", f"--{kind}", "--root", self.root).returncode, 0)
                self.assertFalse(placed.exists())
                self.assertTrue(credential.exists())
                self.install(kind)
                self.assertEqual(self.script("remove", f"--{kind}", "--purge", "--root", self.root).returncode, 0)
                self.assertEqual([path for path in self.root.rglob("*") if not path.is_dir()], [])

    def test_elsewhere_and_without_a_kind_it_says_what_is_wrong(self):
        for name in ("install", "remove"):
            self.assertIn("no macOS", self.script(name, "--daemon").stderr)
            self.assertIn("one of them", self.script(name, "--root", self.root).stderr)
            self.assertIn("'--fast'", self.script(name, "--fast").stderr)


if __name__ == "__main__":
    unittest.main()
