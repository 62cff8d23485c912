#!/usr/bin/env python3
"""Packages made twice are the same bytes, and every file in them bears the time SOURCE_DATE_EPOCH. It writes into the build
folder, as cpack does, so it runs as the one who built. tests/full/same_bytes compiles twice as well.

    same_bytes_test.py BUILD_DIR [unittest arguments]
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path

BUILD = Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/release").resolve()
LIMIT = 60  # seconds for any one program
TIME = 1_500_000_000  # of all files
GENERATORS = ["DEB"]
if (BUILD / "agent_portable").exists():
    GENERATORS += ["TGZ"] + (["RPM"] if shutil.which("rpmbuild") else [])


class SameBytesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="bmc-same-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def packages(self, name, zone):
        """The packages made in a folder of that name."""
        made = self.folder / name
        made.mkdir()
        subprocess.run(["cpack", "-G", ";".join(GENERATORS), "--config", BUILD / "CPackConfig.cmake", "-B", made], cwd=made,
                       env={**os.environ, "SOURCE_DATE_EPOCH": str(TIME), "TZ": zone}, stdin=subprocess.DEVNULL,
                       capture_output=True, timeout=LIMIT, check=True)
        found = sorted(path for path in made.iterdir() if path.is_file())
        self.assertEqual(len(found), len(GENERATORS))
        return found

    def test_two_runs_give_the_same_bytes_of_the_time_that_is_asked_for(self):
        found = self.packages("one", "UTC")
        sums = [[(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in packages]
                for packages in (found, self.packages("another-folder", "Asia/Tokyo"))]
        self.assertEqual(*sums)
        for path in found:
            if path.name.endswith(".tar.gz"):
                with tarfile.open(path) as archive:
                    self.assertEqual({member.mtime for member in archive}, {TIME})
                    names = [tuple(member.name.split("/")) for member in archive]
                self.assertEqual(names, sorted(names))  # not as the file system of this machine happens to list them


if __name__ == "__main__":
    unittest.main()
