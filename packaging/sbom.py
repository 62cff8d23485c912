#!/usr/bin/env python3
"""Writes the bill of materials of a program as SPDX 2.3: what it loads, what is linked into it, which headers it contains.

    sbom.py --program FILE --compiler CXX --version V --epoch SECONDS [--static NAME]... --header NAME... > FILE

What the program loads is read off the program. The names of --static and --header are those of the table PARTS. Versions
are those of the packages that own the files, where dpkg or rpm knows them. SOURCE_DATE_EPOCH goes before --epoch.
"""

import argparse
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

# Name: licence, the start of its library's name, a header of its. A library of several names is one part.
PARTS = {
    "boost": ("BSL-1.0", None, "boost/version.hpp"),
    "cli11": ("BSD-3-Clause", None, "CLI/CLI.hpp"),
    "curl": ("curl", "libcurl", None),
    "fmt": ("MIT", "libfmt", "fmt/core.h"),
    "glibc": ("LGPL-2.1-or-later", "libc libm ld-linux-x86-64 ld-linux-aarch64 libdl libpthread", None),
    "libgcc": ("GPL-3.0-or-later WITH GCC-exception-3.1", "libgcc_s libgcc", None),
    "libstdc++": ("GPL-3.0-or-later WITH GCC-exception-3.1", "libstdc++", None),
    "libsystemd": ("LGPL-2.1-or-later", "libsystemd", None),
    "nlohmann-json": ("MIT", None, "nlohmann/json.hpp"),
    "openssl": ("Apache-2.0", "libssl libcrypto", None),
    "qrcodegen": ("MIT", "libqrcodegencpp", "qrcodegen/qrcodegen.hpp"),
    "simdjson": ("Apache-2.0", "libsimdjson", "simdjson.h"),
    "tomlplusplus": ("MIT", "libtomlplusplus", "toml++/toml.h"),
}


def said(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    return done.stdout.strip() if done.returncode == 0 else ""


def part_of(library):
    """The part that a library is of: "libssl.so.3" is of "openssl"."""
    stem = library.split(".so")[0]
    return next((name for name, (_, stems, _) in PARTS.items() if stems and stem in stems.split()), stem)


def loaded(program):
    """{part: name of a library} of what the dynamic linker loads."""
    names = re.findall(r"\(NEEDED\).*\[(.+?)\]", said("readelf", "-dW", program))
    return {part_of(name): name for name in reversed(names)}


class Files:
    """Where a part's file is on this machine."""

    def __init__(self, compiler):
        self.compiler = compiler
        self.folders = [Path("/usr/local/include"), Path("/usr/include")]
        self.folders.append(Path("/usr/include") / (said(compiler, "-print-multiarch") or "."))

    def library(self, name):
        path = Path(said(self.compiler, f"-print-file-name={name}"))
        return path.resolve() if path.is_absolute() else None

    def header(self, name):
        found = [folder / name for folder in self.folders if (folder / name).is_file()]
        return found[-1].resolve() if found else None

    def of(self, part):
        """Of a part that is linked in or included."""
        _, stems, header = PARTS[part]
        return self.header(header) if header else self.library(stems.split()[-1] + ".a")


def package_of(path):
    """(package, version, architecture, kind) of the package that owns the file; None where nobody knows."""
    for name in (path, str(path).removeprefix("/usr")):
        owner = said("dpkg-query", "-S", name).partition("\n")[0].rpartition(": ")[0].split(", ")[0]
        if owner:
            shown = said("dpkg-query", "-W", "-f", "${Package} ${Version} ${Architecture}", owner)
            return (*shown.split(), "deb")
    shown = said("rpm", "-qf", "--qf", "%{NAME} %{VERSION}-%{RELEASE} %{ARCH}", path)
    return (*shown.split(), "rpm") if len(shown.split()) == 3 else None


def described(name, path):
    """The part as a package of SPDX."""
    licence = PARTS[name][0] if name in PARTS else "NOASSERTION"
    entry = {"SPDXID": "SPDXRef-" + re.sub(r"[^\w.-]", "-", name), "name": name, "versionInfo": "NOASSERTION",
             "downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": "NOASSERTION",
             "licenseDeclared": licence, "copyrightText": "NOASSERTION"}
    owner = package_of(path) if path else None
    if owner:
        package, version, architecture, kind = owner
        entry["versionInfo"] = version
        vendor = re.search(r"^ID=\W*(\w+)", Path("/etc/os-release").read_text(), re.M)[1]
        locator = f"pkg:{kind}/{vendor}/{package.replace('+', '%2B')}@{version.replace('+', '%2B')}?arch={architecture}"
        entry["externalRefs"] = [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": locator}]
    return entry


def document(options):
    files = Files(options.compiler)
    parts = {part: ("DYNAMIC_LINK", files.library(name)) for part, name in loaded(options.program).items()}
    for part in options.static:
        parts[part] = ("STATIC_LINK", files.of(part))
    for part in options.header:  # its code is in the program, whatever is loaded besides
        parts.setdefault(part, ("STATIC_LINK", files.of(part)))
    own = {"SPDXID": "SPDXRef-bmc-agent", "name": "bmc-agent", "versionInfo": options.version, "downloadLocation": "NOASSERTION",
           "filesAnalyzed": False, "licenseConcluded": "MIT", "licenseDeclared": "MIT",
           "copyrightText": "2026 The agent authors", "primaryPackagePurpose": "APPLICATION"}
    packages = [own] + [described(name, path) for name, (_, path) in sorted(parts.items())]
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", own["SPDXID"])]
    relations += [(own["SPDXID"], parts[entry["name"]][0], entry["SPDXID"]) for entry in packages[1:]]
    day = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", options.epoch)), datetime.timezone.utc)
    digest = hashlib.sha256(json.dumps([packages, relations]).encode()).hexdigest()[:32]
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
            "name": f"bmc-agent-{options.version}", "documentNamespace": f"https://busymate.net/spdx/bmc-agent-{options.version}-{digest}",
            "creationInfo": {"created": day.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: bmc-agent-sbom"]},
            "packages": packages,
            "relationships": [{"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
                              for one, kind, other in relations]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("program", "compiler", "version", "epoch"):
        parser.add_argument("--" + name, required=True)
    for name in ("static", "header"):
        parser.add_argument("--" + name, action="append", default=[], choices=sorted(PARTS))
    json.dump(document(parser.parse_args()), sys.stdout, indent=1, sort_keys=True)
    print()


if __name__ == "__main__":
    main()
