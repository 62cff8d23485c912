#!/usr/bin/env python3
"""packaging/releases.txt: what releases have of what the agent is built with, held against what CMake wants, against the
lists of packages, and, on a release that it names, against what is installed."""

import re
import shutil
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
WANTED = re.compile(r"find_package\((\w+) ([\d.]+)|cmake_minimum_required\((VERSION) ([\d.]+)|(?<= )(\w+)>=([\d.]+)\)")


def number(version):
    """To compare by; "1:1.81.0-5+deb12u1" is (1, 81, 0)."""
    return tuple(int(part) for part in re.search(r"(?:\d+:)?(\d+(?:\.\d+)*)", version)[1].split("."))


def table():
    lines = [line.split() for line in (ROOT / "packaging/releases.txt").read_text().splitlines() if line.strip()]
    head = next(line[-3:] for line in lines if line[:2] == ["#", "package"])
    rows = [line for line in lines if line[0] != "#"]
    return head, {package: (name, oldest, dict(zip(head, versions))) for package, name, oldest, *versions in rows}


def this_release():
    said = dict(re.findall(r'(?m)^(ID|VERSION_ID)="?([^"\n]+)', Path("/etc/os-release").read_text()))
    return f"{said.get('ID')}-{said.get('VERSION_ID')}"


def in_setup(text):
    """What a function of packaging/setup.sh prints."""
    setup = f'set -euo pipefail; root={ROOT}; program=test; . "$root/packaging/setup.sh"\n'
    done = subprocess.run(["bash", "-c", setup + text], capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.split()


@unittest.skipUnless(shutil.which("dpkg-query"), "this is no Debian machine")
class ChoiceTest(unittest.TestCase):
    """Which of a package's names is taken. Packages that are installed are here, so nobody is asked what apt knows."""

    def test_the_first_that_is_there_is_taken(self):
        self.assertEqual(in_setup("chosen 'bmc-no-such-package|coreutils|bash'"), ["coreutils"])

    def test_of_none_the_first_is_named_so_that_apt_says_what_is_wrong_with_it(self):
        self.assertEqual(in_setup("chosen 'bmc-no-such-package|bmc-nor-this'"), ["bmc-no-such-package"])
        self.assertEqual(in_setup("missing_of 'bmc-no-such-package|bmc-nor-this' coreutils"), ["bmc-no-such-package"])

    def test_what_may_be_left_out_is(self):
        self.assertEqual(in_setup("chosen 'bmc-no-such-package|'"), [])
        self.assertEqual(in_setup("missing_of 'bmc-no-such-package|' coreutils"), [])

    def test_where_no_browser_is_offered_somebody_is_told_what_to_install(self):
        with self.assertRaises(subprocess.CalledProcessError) as caught:
            in_setup("installed() { return 1; }; offered() { return 1; }; knows_the_release() { return 0; }\n"
                     "need_packages 'chromium|google-chrome-stable'")
        self.assertIn("install Google Chrome", caught.exception.stderr)


class ReleasesTest(unittest.TestCase):
    def setUp(self):
        self.releases, self.rows = table()

    def test_it_says_of_each_what_cmake_wants(self):
        wanted = {}
        for found in WANTED.finditer((ROOT / "CMakeLists.txt").read_text()):
            name, version = [group for group in found.groups() if group]
            wanted["cmake" if name == "VERSION" else name] = version
        self.assertGreater(len(wanted), 8)
        self.assertEqual({name: oldest for name, oldest, _ in self.rows.values() if name != "-"}, wanted)

    def test_every_release_has_what_cmake_wants(self):
        self.assertEqual(self.releases, ["debian-12", "debian-13", "ubuntu-24.04"])
        for package, (_, oldest, versions) in self.rows.items():
            self.assertEqual(list(versions), self.releases, package)
            for release, version in versions.items():
                if oldest != "-":
                    self.assertGreaterEqual(number(version), number(oldest), f"{package} of {release}")

    def test_the_build_installs_them(self):
        listed = re.search(r"^build_packages=\((.+?)\)", (ROOT / "packaging/setup.sh").read_text(), re.M | re.S)[1]
        self.assertEqual(set(self.rows) - set(re.findall(r"[\w.+-]+", listed)), set())

    def test_this_release_has_them_in_these_versions(self):
        release = this_release()
        if release not in self.releases:
            self.skipTest(f"the table does not name {release}")
        for package, (_, _, versions) in self.rows.items():
            # Debian 12 has two Boosts, of which libboost-dev is the older one.
            name = "libboost1.81-dev" if (package, release) == ("libboost-dev", "debian-12") else package
            said = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True, timeout=30)
            self.assertEqual(said.returncode, 0, said.stderr)
            self.assertEqual(number(said.stdout)[:len(number(versions[release]))], number(versions[release]), package)


if __name__ == "__main__":
    unittest.main()
