#!/usr/bin/env python3
"""Refuses sources that go against the arrows of the house or that g++ 12 is known to miscompile.

    tests/lint_sources.py [ROOT] [FILE...]
    tests/lint_sources.py --report [ROOT]
    tests/lint_sources.py --files [ROOT]

Without files it checks all of agent/, cdp/, platform/ and tests/ below ROOT (by default the checkout it lies in).
With --report it refuses nothing and prints where the next cut is due: classes in several files, classes with many
members, the longest functions and files, and how often the turns occur that plain English does without.
With --files it prints each header of the product with the first sentence that it says of itself: look for a word in it.
Exit status: 0 clean, 1 something was refused, 2 it could not run.
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lint import coroutines, cpp, house, report  # noqa: E402

_FOLDERS = ("agent", "cdp", "platform", "tests")
_PRODUCT = ("agent/", "cdp/", "platform/")
_SLEEP = re.compile(r"\b(?:sleep_for|sleep_until|usleep|nanosleep)\s*\(")
_OPEN_END = re.compile(r"\b(?:TODO|FIXME|XXX)\b")


def lint(path, text):
    """Yields (line, message) for the source `text` that stands at `path`, relative to the root."""
    product = path.startswith(_PRODUCT)
    program = product or path.startswith("tests/hub/")
    code = cpp.mask(text)
    yield from house.check_includes(path, cpp.includes(text))
    yield from house.check_core(path, code)
    yield from coroutines.check(cpp.Tokens(text), program)
    if path.endswith(".hpp") and not re.search(r"(?m)^#pragma once$", code):
        yield 1, "a header without #pragma once"
    for found in _SLEEP.finditer(code):
        yield code.count("\n", 0, found.start()) + 1, "a sleep: wait for the event itself, with a deadline"
    if product:
        for found in _OPEN_END.finditer(text):
            yield text.count("\n", 0, found.start()) + 1, f"{found.group()} in the product: do it now, or say it in README.md"


def _sources(root):
    for folder in _FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".cpp", ".hpp", ".h", ".cc") and "node_modules" not in path.parts:
                yield path


def _test_scripts(root):
    """Tests in Python, and those in JavaScript that drive clients and a controller."""
    found = sorted((root / "tests").rglob("*.py"))
    for folder in ("tests/e2e", "tests/controller"):
        found += sorted(path for path in (root / folder).rglob("*") if path.suffix in (".mjs", ".js"))
    return [path for path in found if "node_modules" not in path.parts]


def first_sentence(text):
    """Of the comment with which a header begins; empty: it begins with none."""
    comment = re.match(r"(?://[^\n]*\n)+", text)
    words = re.sub(r"(?m)^//", "", comment.group()).split() if comment else []
    return re.split(r"(?<=\.)\s", " ".join(words), maxsplit=1)[0]


def _list_files(root):
    for path in _sources(root):
        name = path.relative_to(root).as_posix()
        if path.suffix == ".hpp" and name.startswith(_PRODUCT):
            print(f"{name}: {first_sentence(path.read_text(encoding='utf-8'))}")


def _report(root):
    sources = {path: path.read_text(encoding="utf-8") for path in _sources(root)}
    for path in _test_scripts(root):
        sources[path] = path.read_text(encoding="utf-8")
    named = [root / "README.md", *sorted((root / "agent").rglob("*.md"))]
    pages = {path: path.read_text(encoding="utf-8") for path in named if path.is_file()}
    for line in report.lines(_by_name(root, sources), _by_name(root, pages)):
        print(line)


def _by_name(root, texts):
    return {path.relative_to(root).as_posix(): text for path, text in texts.items()}


def main(arguments):
    if arguments[:1] in (["--help"], ["-h"]):
        print(__doc__.strip())
        return 0
    special = {"--report": _report, "--files": _list_files}.get(arguments[0] if arguments else "")
    if special:
        arguments = arguments[1:]
    root = Path(arguments[0]).resolve() if arguments else Path(__file__).resolve().parent.parent
    if not (root / "CMakeLists.txt").is_file():
        print(f"{root} is not the root of the checkout: it has no CMakeLists.txt", file=sys.stderr)
        return 2
    if special:
        special(root)
        return 0
    files = [Path(name).resolve() for name in arguments[1:]] or list(_sources(root))
    found = [(house.TABLE.name, *hit) for hit in house.check_table(house.TABLE.read_text(encoding="utf-8"))]
    for file in files:
        path = file.relative_to(root).as_posix()
        found += [(path, *hit) for hit in lint(path, file.read_text(encoding="utf-8"))]
    for path, line, message in sorted(found):
        print(f"{path}:{line}: {message}")
    print(f"{len(files)} files, {len(found)} refused")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
