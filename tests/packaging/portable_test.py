#!/usr/bin/env python3
"""The program of the .tar.gz and the .rpm asks nothing of a system but a C library, libcurl and OpenSSL.

    portable_test.py BUILD_DIR [unittest arguments]
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BUILD = Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/release").resolve()
PROGRAM = BUILD / "agent_portable"
OLDEST_GLIBC = (2, 36)  # Debian 12's, the reference
LIMIT = 30  # seconds for any one program
LOADED = {"libcurl.so.4", "libssl.so.3", "libcrypto.so.3", "libc.so.6", "libm.so.6"}
LINKER = re.compile(r"ld-linux[-\w]*\.so\.\d")


def run(*words, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=LIMIT, check=True,
                          env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}, **more)
    return done.stdout


class PortableTest(unittest.TestCase):
    def setUp(self):
        self.dynamic = run("readelf", "-dW", PROGRAM)
        # Each as GLIBC_2.34: the versions of symbols that other libraries have to have.
        self.versions = set(re.findall(r"Name: (\w+?_[\d.A-Z_]+)\s", run("readelf", "-VW", PROGRAM)))

    def test_it_loads_what_every_distribution_has(self):
        needed = {name for name in re.findall(r"\(NEEDED\).*\[(.+?)\]", self.dynamic) if not LINKER.fullmatch(name)}
        self.assertEqual(needed, LOADED)

    def test_it_looks_for_libraries_nowhere_else(self):
        self.assertNotRegex(self.dynamic, r"\((RPATH|RUNPATH)\)")

    def test_it_runs_with_the_c_library_of_debian_12(self):
        found = {tuple(map(int, number.split("."))) for number in
                 (name.removeprefix("GLIBC_") for name in self.versions if name.startswith("GLIBC_")) if number[0].isdigit()}
        self.assertGreater(len(found), 5)
        here = tuple(map(int, os.confstr("CS_GNU_LIBC_VERSION").split()[1].split(".")))
        if here > OLDEST_GLIBC:
            self.skipTest(f"it was built with a glibc {here[0]}.{here[1]}: what is shipped is built on Debian 12")
        self.assertLessEqual(max(found), OLDEST_GLIBC)

    def test_it_asks_of_others_no_version_that_is_debians_own_or_new(self):
        others = {name for name in self.versions if not name.startswith("GLIBC_")}
        self.assertEqual(others, {"OPENSSL_3.0.0"})  # none of libstdc++, of libgcc, of libcurl

    def test_it_is_hardened_as_the_other_is(self):
        self.assertRegex(self.dynamic, r"\(FLAGS_1\).*\bNOW\b.*\bPIE\b")
        self.assertIn("GNU_RELRO", run("readelf", "-lW", PROGRAM))
        self.assertRegex(run("readelf", "--dyn-syms", "-W", PROGRAM), r"__stack_chk_fail\b")

    def test_it_is_the_same_program(self):
        for words in (["--version"], ["--help-all"], ["--generate", "config"], ["--generate", "man"]):
            self.assertEqual(run(PROGRAM, *words), run(BUILD / "agent", *words), words)

    def test_what_is_linked_in_works(self):
        """toml++ reads the file, fmt writes the error, simdjson is asked for text that is none."""
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write("[log]\nlevel = \"nonsense\"\n")
            file.flush()
            said = [subprocess.run([program, "--user", "--config", file.name, "--config-check"], capture_output=True, text=True,
                                   timeout=LIMIT) for program in (PROGRAM, BUILD / "agent")]
        self.assertEqual(said[0].returncode, 78, said[0].stderr)
        self.assertIn("nonsense", said[0].stderr)
        self.assertEqual((said[0].returncode, said[0].stderr), (said[1].returncode, said[1].stderr))


if __name__ == "__main__":
    if not PROGRAM.exists():
        print("there is no agent_portable: packaging/static_sources has not been run", file=sys.stderr)
        sys.exit(77)
    unittest.main()
