#!/usr/bin/env python3
"""Manual pages and completions: made from the program's own tables, read here by those who will read them.

    documents_test.py AGENT [unittest arguments]
"""

import datetime
import email.utils
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
AGENT = sys.argv.pop(1) if len(sys.argv) > 1 else "build/release/agent"
LIMIT = 30  # seconds for any one program
FILES = {"man": "bmc-agent.1", "man-config": "agent.toml.5", "bash": "bmc-agent.bash", "zsh": "_bmc-agent",
         "fish": "bmc-agent.fish", "config": "agent.toml"}


def run(*words, **more):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=LIMIT, **more)


def unroff(text):
    return text.replace("\\-", "-").replace("\\e", "\\")


class DocumentsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="bmc-documents-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.path, cls.text = {}, {}
        for what, name in FILES.items():
            made = run(AGENT, "--generate", what)
            assert made.returncode == 0, made.stderr
            cls.path[what] = Path(cls.folder.name) / name
            cls.path[what].write_text(made.stdout)
            cls.text[what] = made.stdout
        cls.home = {"PATH": os.environ["PATH"], "HOME": cls.folder.name, "TERM": "dumb", "LANG": "C.UTF-8"}

    def flags(self):
        """All flags, as the parser itself lists them."""
        found = re.findall(r"^ +(?:-\w,)?(--[a-z][a-z0-9-]*)", run(AGENT, "--help-all").stdout, re.M)
        self.assertGreater(len(found), 90)
        return set(found)

    def keys(self):
        """All keys of the configuration, as the parser itself lists them."""
        checked = run(AGENT, "--user", "--config-check", env=self.home)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        section, found = "", set()
        for line in checked.stdout.splitlines():
            table = re.match(r"\[(.+)\]", line)
            key = re.match(r"(\w+) *=", line)
            if table:
                section = table[1]
            elif key:
                found.add(f"{section}.{key[1]}")
        self.assertGreater(len(found), 70)
        return found

    def test_every_setting_that_a_message_names_exists(self):
        """A remedy that names no setting is none."""
        keys = self.keys()
        sections = "|".join(sorted({key.split(".")[0] for key in keys}))
        others = {"policy.json", "api.example", "control.sock", "realtime.messages", "browser.service"}  # a host, files, a table
        named = set()
        for folder in ("agent", "cdp", "platform"):
            for path in [*(ROOT / folder).rglob("*.cpp"), *(ROOT / folder).rglob("*.hpp")]:
                for literal in re.finditer(r'R"(\w*)\(.*?\)\1"|"(?:[^"\\\n]|\\.)*"|//[^\n]*', path.read_text(), re.S):
                    sentence = literal[0] if literal[0].startswith('"') and " " in literal[0] else ""
                    named |= {(name, path.name) for name in re.findall(rf"\b(?:{sections})\.[a-z_]+\b", sentence)}
        for path in ROOT.rglob("*.md"):
            if not {"build", "node_modules"} & set(path.relative_to(ROOT).parts):
                words = re.findall(rf"`((?:{sections})\.[a-z_]+)`", path.read_text())
                named |= {(name, path.name) for name in words}
        self.assertGreater(len(named), 20)
        self.assertEqual({(name, place) for name, place in named if name not in keys | others}, set())

    def test_the_pages_are_clean_for_mandoc_and_groff(self):
        for what in ("man", "man-config"):
            with self.subTest(what):
                said = run("mandoc", "-T", "lint", "-W", "warning", self.path[what])
                self.assertEqual(said.stdout + said.stderr, "")
                said = run("groff", "-ww", "-man", "-Tutf8", "-z", self.path[what])
                self.assertEqual(said.stderr, "")

    def test_the_pages_hold_every_flag_and_every_key(self):
        flags = {flag for flag in self.flags()}
        of_keys = {"--" + key.replace(".", "-").replace("_", "-"): key for key in self.keys()}
        self.assertLessEqual(set(of_keys), flags)
        page = unroff(self.text["man"])
        for flag in flags - set(of_keys):
            self.assertIn(f"\\fB{flag}\\fR", page)
        page = unroff(self.text["man-config"])
        for flag, key in of_keys.items():
            self.assertIn(f"\\fB{key}\\fR = ", page)
            self.assertIn(flag, page)

    def test_help_is_one_screen_and_names_every_command(self):
        text = run(AGENT, "--help").stdout
        lines = text.splitlines()
        self.assertLessEqual(len(lines), 24)
        self.assertLessEqual(max(map(len, lines)), 80)
        group = re.search(r"^Commands[^\n]*\n(.*?)\n\n", run(AGENT, "--help-all").stdout, re.M | re.S)[1]
        commands = re.findall(r"^ +(--[a-z-]+)", group, re.M)
        self.assertGreater(len(commands), 12)
        self.assertEqual([command for command in commands if command not in text], [])
        self.assertIn("--help-all", lines[-1])

    def test_the_pages_hold_examples_variables_and_places(self):
        for what in ("man", "man-config"):
            for section in (".SH EXAMPLES", ".SH FILES"):
                self.assertIn(section, self.text[what])
        page = unroff(self.text["man"])
        for word in ("HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "CREDENTIALS_DIRECTORY", "/etc/bmc-agent/agent.toml",
                     "/var/lib/bmc-agent", "~/.local/state/bmc-agent", "/run/bmc-agent/control.sock"):
            self.assertIn(word, page)

    def sources(self):
        for folder in ("agent", "cdp", "platform"):
            for path in [*(ROOT / folder).rglob("*.cpp"), *(ROOT / folder).rglob("*.hpp")]:
                if path.name != "man_sections.hpp":
                    yield path.read_text()

    def test_the_pages_hold_every_variable_that_the_program_reads_or_sets(self):
        named = set()
        for text in self.sources():
            named |= set(re.findall(r'"(BMC_[A-Z_]+[A-Z])(?:=?"|=)', text))
            named |= set(re.findall(r'(?:getenv|environment|variable)\("([A-Z_]+)"\)', text))
        named -= {"BMC_TOKEN", "BMC_AGENT_LOG_LEVEL"}  # what others call theirs, and an example of a setting
        self.assertLess({"BMC_AGENT_SOCKET", "BMC_DEVICE_UUID", "BMC_EVENT", "CREDENTIALS_DIRECTORY", "TMPDIR"}, named)
        page = unroff(self.text["man"])
        environment = page[page.index(".SH ENVIRONMENT"):page.index(".SH FILES")]
        self.assertEqual({name for name in named if not re.search(rf"\b{name}\b", environment)}, set())
        page = unroff(self.text["man-config"])
        for key in self.keys():
            self.assertIn("BMC_AGENT_" + key.upper().replace(".", "_"), page)

    def test_the_pages_hold_the_place_of_every_file(self):
        listed = re.findall(r'inline constexpr std::string_view \w+ = "([\w.-]+)";',
                            next(text for text in self.sources() if "namespace credentials::files {" in text))
        self.assertGreater(len(listed), 8)
        page = unroff(self.text["man"])
        files = page[page.index(".SH FILES"):page.index(".SH EXAMPLES")]
        for name in [*listed, "paused", "control.sock", "spool", "agent.toml.d", "schema.sql", "README.md"]:
            self.assertRegex(files, rf"\b{re.escape(name)}")

    def test_the_examples_are_lines_that_the_program_takes(self):
        """Each word with two dashes in them is a flag."""
        for what in ("man", "man-config"):
            page = unroff(self.text[what])
            examples = page[page.index(".SH EXAMPLES"):page.index(".SH SEE ALSO")]
            self.assertEqual(set(re.findall(r"(?<!\S)(--[a-z-]+)", examples)) - self.flags() - {"--now"}, set())
        checked = run(AGENT, "--user", "--config-check", "--config", self.example_file(), env=self.home)
        self.assertEqual(checked.returncode, 0, checked.stderr)

    def example_file(self):
        page = unroff(self.text["man-config"])
        file = Path(self.folder.name) / "example.toml"
        file.write_text(page[page.index(".nf\n") + 4:page.index(".fi\n")])
        return file

    def test_the_pages_hold_every_exit_code(self):
        for code in re.findall(r"^  (\d+) ", run(AGENT, "--help-all").stdout, re.M):
            self.assertIn(f".TP\n{code}\n", self.text["man"])

    def test_the_readme_lists_the_exit_codes_that_the_program_lists(self):
        listed = re.findall(r"^  (\d+) ", run(AGENT, "--help-all").stdout, re.M)
        self.assertGreater(len(listed), 20)
        table = (ROOT / "README.md").read_text().partition("| Code | Meaning | Commands |\n")[2].partition("\n\n")[0]
        self.assertEqual(re.findall(r"^\| (\d+) \|", table, re.M), listed)

    def test_the_pages_are_of_the_change_logs_day_and_version(self):
        log = (ROOT / "packaging/debian/changelog").read_text()
        version = re.match(r"bmc-agent \((.+)\)", log)[1]
        self.assertEqual(run(AGENT, "--version").stdout.split()[1], version)
        day = email.utils.parsedate_to_datetime(re.search(r"^ -- .*>  (.+)$", log, re.M)[1]).date()
        self.assertIsInstance(day, datetime.date)
        for what in ("man", "man-config"):
            self.assertRegex(self.text[what], rf'^\.TH [A-Z.]+ \d {day} ')

    def test_the_default_file_is_valid_and_holds_every_key(self):
        checked = run(AGENT, "--user", "--config", self.path["config"], "--config-check", env=self.home)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        for key in self.keys():
            self.assertRegex(self.text["config"], rf"(?m)^#? ?{key.split('.')[1]} = ")

    def test_the_shells_can_read_the_completions_and_they_hold_every_flag(self):
        for shell, check in (("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")):
            with self.subTest(shell):
                said = run(shell, check, self.path[shell], env=self.home)
                self.assertEqual((said.returncode, said.stderr), (0, ""))
                for flag in self.flags() - {"--help-all"}:
                    word = f"-l {flag[2:]} " if shell == "fish" else flag
                    self.assertIn(word, self.text[shell])

    def complete_in_bash(self, *words):
        script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _agent; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        said = run("bash", "--norc", "-c", script, "_", self.path["bash"], *words, env=self.home)
        self.assertEqual(said.stderr, "")
        return said.stdout.split()

    def test_bash_completes_flags_choices_and_files(self):
        self.assertEqual(self.complete_in_bash("agent", "--stat"), ["--status"])
        self.assertEqual(self.complete_in_bash("agent", "--policy-profile", "f"), ["full"])
        file = Path(self.folder.name) / "token"
        file.touch()
        self.assertEqual(self.complete_in_bash("agent", "--token-file", str(file)[:-2]), [str(file)])
        registered = run("bash", "--norc", "-c", 'source "$1"; complete -p agent bmc-agent', "_", self.path["bash"])
        self.assertEqual(registered.returncode, 0)

    def test_fish_completes_both_names(self):
        for name in ("agent", "bmc-agent"):
            for typed, wanted in (("--stat", ["--status"]), ("--policy-profile ", ["full", "observe", "test"])):
                said = run("fish", "--no-config", "-c", f"source {self.path['fish']}; complete -C '{name} {typed}'",
                           env=self.home)
                words = [line.split("\t")[0] for line in said.stdout.splitlines()]
                # Fish 4 goes on with words that hold the typed letters somewhere, in that order.
                begin = [word for word in words if word.startswith(typed.split(" ")[-1])]
                self.assertEqual(words[:len(wanted)], wanted, said.stderr)
                self.assertEqual(begin, wanted, said.stderr)

    def test_zsh_completes_both_names(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.execvpe("zsh", ["zsh", "-f", "-i"], self.home)
        self.addCleanup(os.waitpid, pid, 0)
        self.addCleanup(os.close, terminal)
        self.addCleanup(os.kill, pid, 9)
        seen = b""

        def until(text):
            nonlocal seen
            end = time.monotonic() + LIMIT
            while text not in seen:
                ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
                self.assertTrue(ready, f"no {text} in {seen}")
                seen += os.read(terminal, 65536)
            seen = seen[seen.index(text) + len(text):]

        os.write(terminal, f"fpath=({self.folder.name} $fpath); autoload -U compinit; compinit -u -D; "
                           "PS1='re''ady> '\n".encode())
        for name in (b"agent", b"bmc-agent"):
            until(b"ready> ")
            os.write(terminal, name + b" --stat\t")
            until(b"us")  # what the shell adds to --stat
            os.write(terminal, b"\x15PS1='re''ady> '\n")


if __name__ == "__main__":
    missing = [name for name in ("mandoc", "groff", "bash", "zsh", "fish") if shutil.which(name) is None]
    if missing:
        print("not here: " + ", ".join(missing), file=sys.stderr)
        sys.exit(77)
    unittest.main()
