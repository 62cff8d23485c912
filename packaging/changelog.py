#!/usr/bin/env python3
"""Prints packaging/debian/changelog in another form, on standard output.

    changelog.py md|rpm
"""

import email.utils
import re
import sys
from pathlib import Path

ENTRY = re.compile(r"^bmc-agent \((?P<version>.+?)\).*\n\n(?P<text>(?:  .*\n|\n)+?)\n? -- (?P<who>.+>)  (?P<when>.+)\n", re.M)


def entries():
    for found in ENTRY.finditer((Path(__file__).parent / "debian/changelog").read_text()):
        points = [" ".join(point.split()) for point in re.split(r"(?m)^  \* ", found["text"]) if point.strip()]
        yield found["version"], points, found["who"], email.utils.parsedate_to_datetime(found["when"])


def markdown():
    yield "# Changes\n"
    for version, points, _, when in entries():
        yield f"\n## {version} ({when:%Y-%m-%d})\n\n"
        yield from (f"* {point}\n" for point in points)


def rpm():
    for version, points, who, when in entries():
        yield f"* {when:%a %b %d %Y} {who} - {version}\n"
        yield from (f"- {point}\n" for point in points)


sys.stdout.writelines({"md": markdown, "rpm": rpm}[sys.argv[1]]())
