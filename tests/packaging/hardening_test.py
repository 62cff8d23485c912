#!/usr/bin/env python3
"""What the release build does against errors that its sources still have, read off the program and off the compiler's
commands.

    hardening_test.py BUILD_FOLDER PROGRAM
"""

import json
import re
import subprocess
import sys
import unittest
from pathlib import Path

BUILD, PROGRAM = Path(sys.argv[1]), sys.argv[2]
PRODUCT = re.compile(r"/(?:agent|cdp|platform)/[^ ]*\.cpp$")


def read(*command):
    environment = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


class Program(unittest.TestCase):
    def test_stands_anywhere_in_memory(self):
        self.assertRegex(read("readelf", "-hW", PROGRAM), r"Type:\s+DYN")
        self.assertRegex(read("readelf", "-dW", PROGRAM), r"\(FLAGS_1\).*\bPIE\b")

    def test_is_bound_at_its_start_and_read_only_then(self):
        self.assertIn("GNU_RELRO", read("readelf", "-lW", PROGRAM))
        self.assertRegex(read("readelf", "-dW", PROGRAM), r"\(FLAGS_1\).*\bNOW\b")

    def test_executes_nothing_that_can_be_written(self):
        for line in read("readelf", "-lW", PROGRAM).splitlines():
            columns = line.split()
            if columns[:1] in (["LOAD"], ["GNU_STACK"]):
                self.assertFalse({"W", "E"} <= set("".join(columns[6:-1])), line)

    def test_looks_at_its_stack_its_buffers_and_its_indexes(self):
        symbols = read("readelf", "--dyn-syms", "-W", PROGRAM)
        self.assertIn("__stack_chk_fail", symbols)
        self.assertRegex(symbols, r"__(?!stack)\w+_chk@")
        self.assertIn("__glibcxx_assert_fail", symbols)

    def test_is_entered_at_marked_places_alone(self):
        if "X86-64" not in read("readelf", "-hW", PROGRAM):
            self.skipTest("the mark that this looks for is that of x86-64")
        self.assertIn("endbr64", read("objdump", "-d", "--disassemble=main", PROGRAM))


class Commands(unittest.TestCase):
    @staticmethod
    def sources_of(command):
        """Several, where they are compiled together: that file includes them all."""
        path = Path(command["file"])
        if path.parent.name != "Unity":
            return [str(path)]
        return re.findall(r'^#include "(.+\.cpp)"$', path.read_text(), re.MULTILINE) if path.exists() else []

    @staticmethod
    def is_product(path):
        return PRODUCT.search(path) and "/tests/" not in path

    def test_harden_every_file_of_the_product(self):
        commands = json.loads((BUILD / "compile_commands.json").read_text())
        product = [one for one in commands if any(map(self.is_product, self.sources_of(one)))]
        self.assertGreater(sum(len(self.sources_of(one)) for one in product), 100)
        for one in product:
            words = one["command"].split()
            for flag in ("-D_FORTIFY_SOURCE=3", "-D_GLIBCXX_ASSERTIONS", "-fstack-protector-strong",
                         "-fstack-clash-protection", "-fPIE"):
                self.assertIn(flag, words, one["file"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
