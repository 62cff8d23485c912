#!/usr/bin/env python3
"""The container's recipe and its list of forbidden calls, against what systemd knows of system calls and against the lists
of packages that the build is tested with. What runs it for real is tests/full/container."""

import json
import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "packaging/container"
# Nothing in the container may do these things, whatever rights its user namespaces give.
FORBIDDEN = ("@clock", "@keyring", "@module", "@mount", "@raw-io", "@reboot", "@swap")
ALSO_FORBIDDEN = {"bpf", "perf_event_open", "ptrace", "process_vm_readv", "process_vm_writev", "userfaultfd", "setns",
                  "io_uring_setup", "io_uring_enter", "io_uring_register", "open_by_handle_at", "kexec_load", "syslog"}
# What Chromium's sandbox is made of.
NEEDED = {"clone", "clone3", "unshare", "chroot", "seccomp", "prctl", "capset", "capget", "setuid", "setgid"}


def group(name):
    said = subprocess.run(["systemd-analyze", "syscall-filter", *([name] if name else [])], capture_output=True, text=True,
                          timeout=60, check=True).stdout
    members = set()
    for line in said.splitlines():
        word = re.match(r"^ +(@?[a-z_0-9-]+)$", line)
        if word and word[1].startswith("@"):
            members |= group(word[1]) if name else set()
        elif word:
            members.add(word[1])
    return members


class ContainerTest(unittest.TestCase):
    def setUp(self):
        profile = json.loads((FOLDER / "seccomp.json").read_text())
        self.assertEqual(profile["defaultAction"], "SCMP_ACT_ALLOW")
        rule, = profile["syscalls"]
        self.assertEqual((rule["action"], rule["errnoRet"]), ("SCMP_ACT_ERRNO", 1))
        self.names = rule["names"]
        self.recipe = (FOLDER / "Containerfile").read_text()

    def test_every_name_is_a_system_calls(self):
        self.assertEqual(self.names, sorted(set(self.names)))
        self.assertEqual(set(self.names) - group(""), set())  # a misspelt one would forbid nothing

    def test_what_nobody_needs_is_forbidden_and_what_the_sandbox_needs_is_not(self):
        for name in FORBIDDEN:
            with self.subTest(name):
                self.assertEqual(group(name) - NEEDED - set(self.names), set())
        self.assertEqual(ALSO_FORBIDDEN - set(self.names), set())
        self.assertEqual(NEEDED & set(self.names), set())

    def test_the_recipe_builds_with_the_packages_of_the_tests(self):
        listed = re.search(r"^build_packages=\((.+?)\)", (ROOT / "packaging/setup.sh").read_text(), re.M | re.S)[1]
        listed = re.findall(r"[\w.+-]+", listed)  # 'NAME|NAME': as releases call it
        installs = re.findall(r"apt-get install -y --no-install-recommends \\\n(.+?)(?:\n[^ ]|&&)", self.recipe, re.S)
        build, run = (set(text.replace("\\", " ").split()) for text in installs)
        self.assertEqual(build - set(listed), set())
        self.assertLess({"chromium", "ca-certificates"}, run)

    def test_the_recipe_has_no_rights_and_tells_the_flags(self):
        self.assertRegex(self.recipe, r"(?m)^USER agent$")
        for flag in ("--shm-size", "--cap-drop all", "seccomp=packaging/container/seccomp.json"):
            self.assertIn(flag, self.recipe)
        self.assertNotIn("no-sandbox", self.recipe)


if __name__ == "__main__":
    unittest.main()
