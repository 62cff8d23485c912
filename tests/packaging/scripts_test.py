#!/usr/bin/env python3
"""Scripts that root runs beside a test user: no link of that user's is followed, and no package's own script is run."""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("packaging", "tests", "systemd")


def scripts():
    """Every shell script and program below FOLDERS, by its first line."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if "node_modules" in path.parts or not path.is_file() or path == Path(__file__).resolve():
                continue
            text = path.read_bytes()
            if text.startswith((b"#!", b"# shellcheck")):
                yield path, text.decode(errors="replace")


class ScriptsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="bmc-scripts-")
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name)
        self.victim = self.home / "victim"
        self.victim.write_text("untouched")

    def shell(self, text, *words):
        """Runs a function of packaging/setup.sh as somebody who is not root, in place of whom the test user's part is ours."""
        setup = f'set -euo pipefail; umask 022; root={ROOT}; program=test; . "$root/packaging/setup.sh"\n'
        done = subprocess.run(["bash", "-c", setup + text, "bash", *map(str, words)], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_there_are_scripts_to_look_at(self):
        self.assertGreater(len(list(scripts())), 15)

    def test_npm_runs_no_package_s_scripts(self):
        for path, text in scripts():
            for line in re.findall(r"npm (?:ci|install|i)\b.*", text):
                self.assertIn("--ignore-scripts", line, path)

    def test_nothing_is_given_away_with_all_that_is_below(self):
        for path, text in scripts():
            for line in re.findall(r"^.*\bchown -R.*$", text, re.M):
                # The folder that the line before has made, which nobody else has seen yet.
                self.assertIn('"$scratch"', line, f"{path}: {line}")

    def test_what_was_left_in_a_folder_is_removed_and_not_followed(self):
        testing = self.home / "Testing"
        (testing / "Temporary").mkdir(parents=True)
        (testing / "Temporary/LastTest.log").symlink_to(self.victim)
        (testing / "folder").symlink_to(self.home)
        self.shell('fresh_folder "$1" as_root', testing)
        self.assertEqual(list(testing.iterdir()), [])
        self.assertEqual(self.victim.read_text(), "untouched")
        testing.rmdir()
        testing.symlink_to(self.home)
        self.shell('fresh_folder "$1" as_root', testing)
        self.assertFalse(testing.is_symlink())
        self.assertEqual(self.victim.read_text(), "untouched")

    def test_a_file_of_the_test_user_replaces_what_is_there(self):
        made, wanted = self.home / "made", self.home / "wanted.png"
        made.write_text("picture")
        wanted.symlink_to(self.victim)
        # Who may read what is the system's to say: as_user is what asks it.
        self.shell('as_user() { shift; "$@"; }; fetch_file "$1" "$2"', made, wanted)
        self.assertFalse(wanted.is_symlink())
        self.assertEqual((wanted.read_text(), self.victim.read_text()), ("picture", "untouched"))
        self.assertEqual(wanted.stat().st_mode & 0o777, 0o644)
        self.assertEqual(sorted(path.name for path in self.home.iterdir()), ["made", "victim", "wanted.png"])

    @unittest.skipUnless(os.geteuid() == 0, "only root can read what another user cannot")
    def test_root_reads_no_link_of_the_test_user_s(self):
        self.victim.chmod(0o600)
        self.home.chmod(0o755)
        link = self.home / "made"
        link.symlink_to(self.victim)
        self.shell('test_user=nobody; scratch=$3; as_user() { shift; setpriv --reuid nobody --clear-groups "$@"; }; '
                   '! fetch_file "$1" "$2"', link, self.home / "wanted", self.home)
        self.assertFalse((self.home / "wanted").exists())


if __name__ == "__main__":
    unittest.main()
