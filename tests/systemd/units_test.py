#!/usr/bin/env python3
"""The service files as their managers read them: systemd's own verifier and its exposure score.

Exit status 77 where systemd-analyze is missing.
"""

import shutil
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
UNITS = sorted([*(ROOT / "systemd").glob("*.service"), *(ROOT / "systemd").glob("*.socket")])
# The greatest exposure that each may have, times ten (systemd 252).
THRESHOLDS = {"bmc-agent": 15, "bmc-browser": 40}


def analyze(*words):
    done = subprocess.run(["systemd-analyze", *map(str, words)], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


class Units(unittest.TestCase):
    def test_verifier_has_nothing_to_say(self):
        self.assertTrue(UNITS)
        for unit in UNITS:
            with self.subTest(unit.name):
                _, said = analyze("verify", "--man=no", unit)
                # The program is not installed here; unknown keys and groups would be said in other words.
                other = [line for line in said.splitlines() if "is not executable: No such file" not in line]
                self.assertEqual(other, [])

    def test_exposure(self):
        for unit in UNITS:
            threshold = THRESHOLDS.get(unit.name.partition(".")[0].rstrip("@"))
            if threshold is None:
                continue
            with self.subTest(unit.name):
                status, said = analyze("security", "--offline=true", f"--threshold={threshold}", unit)
                self.assertEqual(status, 0, said[-200:])

    def test_instances_are_the_plain_units_with_a_profile(self):
        for name in ("bmc-agent", "bmc-browser"):
            plain = (ROOT / f"systemd/{name}.service").read_text().splitlines()
            instance = (ROOT / f"systemd/{name}@.service").read_text().splitlines()
            # Its environment tells an instance where its browser is; the plain units have a file for that.
            keys = [[line.partition("=")[0] for line in lines if "=" in line and not line.startswith(("#", "Environment"))]
                    for lines in (plain, instance)]
            self.assertEqual(keys[0], keys[1])

    def test_memory_tasks_and_files_are_bounded(self):
        for unit in UNITS:
            if unit.name.startswith(("bmc-agent", "bmc-browser")):
                text = unit.read_text()
                for key in ("MemoryMax", "TasksMax", "LimitFSIZE"):
                    self.assertRegex(text, rf"(?m)^{key}=\d+", unit.name)

    def test_bad_configuration_is_not_restarted_into(self):
        for unit in UNITS:
            if unit.name.startswith(("bmc-agent", "bmc-browser")):
                self.assertIn("RestartPreventExitStatus=64 78\n", unit.read_text())


if __name__ == "__main__":
    if shutil.which("systemd-analyze") is None:
        print("there is no systemd-analyze here", file=sys.stderr)
        sys.exit(77)
    unittest.main()
