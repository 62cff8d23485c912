#!/usr/bin/env python3
"""What is installed where, by `cmake --install` and by the packages. It writes into the build folder (its list of what was
installed), so it runs as the one who built.

    install_test.py BUILD_DIR [unittest arguments]
"""

import gzip
import os
import re
import stat
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/release").resolve()
LIMIT = 60  # seconds for any one program

BELOW_PREFIX = """
bin/bmc-agent
lib/systemd/system/bmc-agent.service
lib/systemd/system/bmc-agent@.service
lib/systemd/system/bmc-browser.service
lib/systemd/system/bmc-browser@.service
lib/systemd/system/bmc-hook.socket
lib/systemd/system/bmc-hook@.service
lib/sysusers.d/bmc-agent.conf
lib/tmpfiles.d/bmc-agent.conf
share/bash-completion/completions/bmc-agent
share/bmc-agent/apparmor/bmc-browser
share/bmc-agent/policy.json
share/bmc-agent/supabase/schema.sql
share/doc/bmc-agent/README.md
share/doc/bmc-agent/changelog.gz
share/doc/bmc-agent/copyright
share/fish/vendor_completions.d/bmc-agent.fish
share/man/man1/bmc-agent.1.gz
share/man/man5/agent.toml.5.gz
share/zsh/vendor-completions/_bmc-agent
""".split()
EXAMPLES = [str(path.relative_to(ROOT / "packaging")) for path in (ROOT / "packaging/examples").iterdir()]
BELOW_PREFIX += ["share/doc/bmc-agent/" + example for example in EXAMPLES]
PAGES = [str(path.relative_to(ROOT)) for path in [*(ROOT / "agent").rglob("*.md"), ROOT / "tests/hub/README.md",
                                                  *(ROOT / "packaging/container").iterdir()]]
BELOW_PREFIX += ["share/doc/bmc-agent/" + page for page in PAGES]


def run(*words, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=LIMIT, **more)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*") if not path.is_dir())


class InstallTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="bmc-install-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def install(self, prefix, destdir):
        run("cmake", "--install", BUILD, "--prefix", prefix, env={**os.environ, "DESTDIR": str(destdir)})

    def check_tree(self, root, prefix, etc):
        """`root`: the folder that stands for /."""
        below = Path(prefix).relative_to("/")
        expected = [str(below / name) for name in BELOW_PREFIX] + [str(Path(etc).relative_to("/") / "bmc-agent/agent.toml")]
        self.assertEqual(files(root), sorted(expected))
        self.assertEqual(run(root / below / "bin/bmc-agent", "--version").split()[0], "agent")
        for name in files(root):
            mode = stat.S_IMODE((root / name).stat().st_mode)
            runs = name.endswith("bin/bmc-agent") or "/examples/" in name and \
                os.access(ROOT / "packaging" / name[name.index("examples/"):], os.X_OK)
            self.assertEqual(mode, 0o755 if runs else 0o644, name)
        for unit in (root / below / "lib/systemd/system").glob("bmc-[ab]*.service"):
            text = unit.read_text()
            self.assertIn(f"ExecStart={prefix}/bin/bmc-agent", text)
            if "browser" in unit.name:
                self.assertIn(f"BindReadOnlyPaths={prefix}/share/bmc-agent/policy.json:", text)
        self.assertIn(b".TH AGENT 1", gzip.decompress((root / below / "share/man/man1/bmc-agent.1.gz").read_bytes()))

    def test_the_systems_prefix(self):
        self.install("/usr", self.folder)
        self.check_tree(self.folder, "/usr", "/etc")

    def test_every_link_of_an_installed_page_leads_to_something_installed(self):
        self.install("/usr", self.folder)
        documents = self.folder / "usr/share/doc/bmc-agent"
        links = {(page, link) for page in documents.rglob("*.md")
                 for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()) if "://" not in link}
        self.assertGreater(len(links), 5)
        self.assertLess({"agent/daemon/README.md", "tests/hub/README.md"}, {link for _, link in links})
        broken = [(str(page.relative_to(documents)), link) for page, link in links if not (page.parent / link).exists()]
        self.assertEqual(broken, [])
        self.assertTrue((documents / "examples/hook").exists(), "where hooks that are configured already look")

    def test_the_copyright_holds_the_licence_and_the_notice_of_what_others_wrote(self):
        self.install("/usr", self.folder)
        text = (self.folder / "usr/share/doc/bmc-agent/copyright").read_text()
        flat = " ".join(word for word in text.split() if word != ".")
        licence = " ".join((ROOT / "LICENSE").read_text().partition("Permission is")[2].split())
        self.assertIn(licence, flat)
        for name in ("agent/bridge/protocol.tar.xz", "The Chromium Authors", "Neither the name of Google"):
            self.assertIn(name, flat)
        self.assertTrue((ROOT / "agent/bridge/protocol.tar.xz").exists())

    def test_the_journal_is_told_no_source_file(self):
        self.assertNotIn("CODE_FILE=", run("strings", "-a", BUILD / "agent"))

    def test_the_shipped_program_names_no_folder_of_who_built_it(self):
        if "CMAKE_BUILD_TYPE:STRING=Release" not in (BUILD / "CMakeCache.txt").read_text():
            self.skipTest("built for its developers, whose debugger wants the paths")
        self.install("/usr", self.folder)
        source = run("sed", "-n", "s/^bmc-agent_SOURCE_DIR:STATIC=//p", BUILD / "CMakeCache.txt").strip()
        self.assertTrue(source)
        run("cmake", "--install", BUILD, "--strip", "--prefix", "/usr", env={**os.environ, "DESTDIR": str(self.folder)})
        for program in (BUILD / "agent", self.folder / "usr/bin/bmc-agent"):
            found = [line for line in run("strings", "-a", program).splitlines() if source + "/" in line or str(BUILD) in line]
            self.assertEqual(found, [], program)

    def test_the_administrators_prefix_is_configured_in_etc(self):
        self.install("/usr/local", self.folder)
        self.check_tree(self.folder, "/usr/local", "/etc")

    def test_a_prefix_of_ones_own_holds_everything(self):
        own = self.folder / "own"
        self.install(own, "")
        self.assertEqual(files(own), sorted([*BELOW_PREFIX, "etc/bmc-agent/agent.toml"]))
        self.assertIn(f"ExecStart={own}/bin/bmc-agent", (own / "lib/systemd/system/bmc-agent.service").read_text())

    def test_what_somebody_has_configured_is_kept(self):
        self.install("/usr", self.folder)
        mine = self.folder / "etc/bmc-agent/agent.toml"
        mine.write_text("# mine\n")
        self.install("/usr", self.folder)
        self.assertEqual(mine.read_text(), "# mine\n")

    def test_the_packages(self):
        run("cpack", "-G", "DEB;TGZ", "--config", BUILD / "CPackConfig.cmake", "-B", self.folder / "made", cwd=self.folder)
        archive, = (self.folder / "made").glob("bmc-agent-*.tar.gz")
        with tarfile.open(archive) as opened:
            opened.extractall(self.folder / "tar")
        top, = (self.folder / "tar").iterdir()
        self.check_tree(top, "/usr", "/etc")
        deb, = (self.folder / "made").glob("bmc-agent_*.deb")
        run("dpkg-deb", "-R", deb, self.folder / "deb")
        control = self.folder / "deb/DEBIAN"
        self.assertEqual((control / "conffiles").read_text().split(),
                         ["/" + name for name in files(self.folder / "deb") if name.startswith("etc/")])
        fields = dict(line.split(": ", 1) for line in (control / "control").read_text().splitlines() if ": " in line)
        self.assertEqual(fields["Package"], "bmc-agent")
        for needed in ("ca-certificates", "init-system-helpers", "libc6", "libsystemd0"):
            self.assertIn(needed, fields["Depends"])
        for script in ("preinst", "postinst", "prerm", "postrm"):
            run("sh", "-n", control / script)
            self.assertTrue((control / script).stat().st_mode & stat.S_IXUSR)
        owners = {line.split()[1] for line in run("dpkg-deb", "-c", deb).splitlines()}
        self.assertEqual(owners, {"root/root"})
        # Debug symbols stay at home.
        self.assertNotIn(".symtab", run("readelf", "-S", self.folder / "deb/usr/bin/bmc-agent"))
        control_files = sorted(path.name for path in control.iterdir())
        self.assertEqual(control_files, ["conffiles", "control", "md5sums", "postinst", "postrm", "preinst", "prerm"])


if __name__ == "__main__":
    unittest.main()
