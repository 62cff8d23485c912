#!/usr/bin/env python3
"""What is installed where, by `cmake --install` and by the packages. It writes into the build folder (its list of what was
installed), so it runs as the one who built.

    install_test.py BUILD_DIR [unittest arguments]
"""

import email.utils
import gzip
import json
import os
import re
import shutil
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
share/doc/bmc-agent/CHANGELOG.md
share/doc/bmc-agent/README.md
share/doc/bmc-agent/changelog.gz
share/doc/bmc-agent/copyright
share/doc/bmc-agent/packaging/page.png
share/doc/bmc-agent/sbom.spdx.json
share/fish/vendor_completions.d/bmc-agent.fish
share/man/man1/bmc-agent.1.gz
share/man/man5/agent.toml.5.gz
share/zsh/vendor-completions/_bmc-agent
""".split()
EXAMPLES = [str(path.relative_to(ROOT / "packaging")) for path in (ROOT / "packaging/examples").rglob("*") if path.is_file()]
BELOW_PREFIX += ["share/doc/bmc-agent/" + example for example in EXAMPLES]
PAGES = [str(path.relative_to(ROOT)) for path in [*(ROOT / "agent").rglob("*.md"), ROOT / "tests/hub/README.md",
                                                  *(ROOT / "packaging/container").iterdir()]]
BELOW_PREFIX += ["share/doc/bmc-agent/" + page for page in PAGES]
LICENCES = ["Apache-2.0", "libfmt-dev", "libqrcodegencpp-dev", "libsimdjson-dev", "libtomlplusplus-dev"]


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

    def package(self, generator, pattern):
        run("cpack", "-G", generator, "--config", BUILD / "CPackConfig.cmake", "-B", self.folder / "made", cwd=self.folder)
        made, = (self.folder / "made").glob(pattern)
        return made

    @staticmethod
    def needs_the_portable_program():
        if not (BUILD / "agent_portable").exists():
            raise unittest.SkipTest("there is no agent_portable: packaging/static_sources has not been run")

    def test_the_archive(self):
        self.needs_the_portable_program()
        with tarfile.open(self.package("TGZ", "bmc-agent-*.tar.gz")) as opened:
            opened.extractall(self.folder / "tar")
            times = {member.mtime for member in opened}
        log = (ROOT / "packaging/debian/changelog").read_text()
        released = email.utils.parsedate_to_datetime(re.search(r"^ -- .*>  (.+)$", log, re.M)[1])
        self.assertEqual(times, {int(os.environ.get("SOURCE_DATE_EPOCH", released.timestamp()))})
        top, = (self.folder / "tar").iterdir()
        licences = top / "usr/share/doc/bmc-agent/licences"
        self.assertEqual(files(licences), LICENCES)
        self.assertIn("Apache License", (licences / "Apache-2.0").read_text())
        shutil.rmtree(licences)
        self.check_tree(top, "/usr", "/etc")
        self.check_bill(top / "usr", {"simdjson", "fmt", "tomlplusplus", "qrcodegen", "libstdc++", "libgcc"})

    def test_the_deb(self):
        deb = self.package("DEB", "bmc-agent_*.deb")
        run("dpkg-deb", "-R", deb, self.folder / "deb")
        control = self.folder / "deb/DEBIAN"
        self.assertEqual((control / "conffiles").read_text().split(),
                         ["/" + name for name in files(self.folder / "deb") if name.startswith("etc/")])
        fields = dict(line.split(": ", 1) for line in (control / "control").read_text().splitlines() if ": " in line)
        self.assertEqual(fields["Package"], "bmc-agent")
        version = run(self.folder / "deb/usr/bin/bmc-agent", "--version").split()[1]
        self.assertRegex(fields["Version"], rf"^{re.escape(version)}\+(deb|ubuntu)[0-9.]+$")
        for needed in ("ca-certificates", "init-system-helpers", "libc6", "libsystemd0"):
            self.assertIn(needed, fields["Depends"])
        self.check_dependencies(fields["Depends"])
        for script in ("preinst", "postinst", "prerm", "postrm"):
            run("sh", "-n", control / script)
            self.assertTrue((control / script).stat().st_mode & stat.S_IXUSR)
        owners = {line.split()[1] for line in run("dpkg-deb", "-c", deb).splitlines()}
        self.assertEqual(owners, {"root/root"})
        # Debug symbols stay at home.
        self.assertNotIn(".symtab", run("readelf", "-S", self.folder / "deb/usr/bin/bmc-agent"))
        control_files = sorted(path.name for path in control.iterdir())
        self.assertEqual(control_files, ["conffiles", "control", "md5sums", "postinst", "postrm", "preinst", "prerm"])
        self.check_bill(self.folder / "deb/usr", set())

    def check_dependencies(self, depends):
        """Each library that the program loads is of a package that is named, with the version that it needs, and none else is."""
        alternatives = [entry.partition("|")[0].split() for entry in depends.split(",")]
        named = {words[0] for words in alternatives} - {"ca-certificates", "init-system-helpers", "libsystemd0", "systemd"}
        owners = set()
        for path in re.findall(r" => (/\S+)", run("ldd", BUILD / "agent")):
            if Path(path).name in re.findall(r"\(NEEDED\).*\[(.+?)\]", run("readelf", "-dW", BUILD / "agent")):
                found = [done.stdout for name in (path, os.path.realpath(path), "/usr" + path)
                         if (done := subprocess.run(["dpkg-query", "-S", name], capture_output=True, text=True)).returncode == 0]
                owners.add(found[0].split(":")[0])
        self.assertGreater(len(owners), 6)
        self.assertEqual(named, owners)
        for words in alternatives:
            if words[0] in ("libc6", "libstdc++6", "libcurl4"):
                self.assertEqual(words[1:2], ["(>="], words)

    def check_bill(self, usr, linked_in):
        """The bill of materials names what the program beside it loads and contains, each with a version and a licence."""
        bill = json.loads((usr / "share/doc/bmc-agent/sbom.spdx.json").read_text())
        self.assertEqual((bill["spdxVersion"], bill["dataLicense"]), ("SPDX-2.3", "CC0-1.0"))
        names = {entry["SPDXID"]: entry["name"] for entry in bill["packages"]}
        kinds = {}
        for one in bill["relationships"]:
            kinds.setdefault(one["relationshipType"], set()).add(names[one["relatedSpdxElement"]])
        self.assertEqual(kinds["DESCRIBES"], {"bmc-agent"})
        self.assertEqual({name for names in kinds.values() for name in names}, set(names.values()))
        loaded = re.findall(r"\(NEEDED\).*\[lib(.+?)\.so", run("readelf", "-dW", usr / "bin/bmc-agent"))
        parts = {"c": "glibc", "m": "glibc", "ssl": "openssl", "crypto": "openssl", "stdc++": "libstdc++", "gcc_s": "libgcc",
                 "qrcodegencpp": "qrcodegen"}
        self.assertEqual(kinds["DYNAMIC_LINK"], {parts.get(name, name) for name in loaded})
        headers = {"boost", "cli11", "nlohmann-json"}
        self.assertEqual(kinds["STATIC_LINK"], linked_in | headers)
        for entry in bill["packages"]:
            self.assertRegex(entry["versionInfo"], r"^\d", entry["name"])
            self.assertNotEqual(entry["licenseDeclared"], "NOASSERTION", entry["name"])

    def test_the_rpm(self):
        self.needs_the_portable_program()
        if not shutil.which("rpmbuild"):
            self.skipTest("there is no rpmbuild: apt-get install rpm")
        rpm = self.package("RPM", "bmc-agent-*.rpm")
        listed = run("rpm", "-qlp", rpm).split()
        expected = ["/usr/" + name.replace("zsh/vendor-completions", "zsh/site-functions") for name in BELOW_PREFIX]
        expected += ["/etc/bmc-agent/agent.toml"] + ["/usr/share/doc/bmc-agent/licences/" + name for name in LICENCES]
        folders = set(listed) - set(expected)
        self.assertEqual(set(expected) - set(listed), set())
        # Folders of ours alone; those of the system belong to others.
        self.assertEqual({name for name in folders if "bmc-agent" not in name}, set())
        self.assertEqual(run("rpm", "-qcp", rpm).split(), ["/etc/bmc-agent/agent.toml"])
        self.assertEqual(run("rpm", "-qp", "--recommends", rpm).strip(), "(chromium or google-chrome-stable)")
        requires = run("rpm", "-qRp", rpm)
        for needed in ("ca-certificates", "systemd", "libcurl.so.4()(64bit)", "libssl.so.3(OPENSSL_3.0.0)(64bit)"):
            self.assertIn(needed, requires.splitlines())
        self.assertNotRegex(requires, r"libcurl\.so\.4\(CURL|libstdc|libfmt|libsimdjson|libtomlplusplus|libqrcodegen|GLIBC_2\.3[7-9]")
        owners = {tuple(line.split()[2:4]) for line in run("rpm", "-qlvp", rpm).splitlines()}
        self.assertEqual(owners, {("root", "root")})
        version = run(BUILD / "agent", "--version").split()[1]
        self.assertIn(f"- {version}\n- First package", run("rpm", "-qp", "--changelog", rpm))
        scripts = run("rpm", "-qp", "--scripts", rpm)
        for word in ("postinstall", "preuninstall", "postuninstall", "systemd-sysusers bmc-agent.conf"):
            self.assertIn(word, scripts)
        for script in (ROOT / "packaging/rpm").iterdir():
            run("sh", "-n", script)


if __name__ == "__main__":
    unittest.main()
