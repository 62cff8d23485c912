"""The table of faults in tests/README.md against the tests that there are."""

import re

MARK = "<!-- faults:"
_GTEST = re.compile(r"(?m)^\s*(?:TEST|TEST_F|TEST_P|TYPED_TEST)\(\s*(\w+)\s*,\s*(\w+)\s*\)")
_PYTHON = re.compile(r"(?m)^\s+def (test_\w+)\(")
_ROW = re.compile(r"(?m)^\|(?!-|\s*(?:Fault|Who and what)\s*\|)(.*)\|$")
_NAME = re.compile(r"`([^`]+)`")


def names_in(path, text):
    """The names of the tests in a source file below tests/."""
    if path.suffix == ".cpp":
        return {f"{suite}.{name}" for suite, name in _GTEST.findall(text)}
    if path.suffix == ".py" and path.stem.endswith("_test"):
        return {f"{path.stem}.{name}" for name in _PYTHON.findall(text)}
    return set()


def all_names(root):
    """The names of all tests of the checkout."""
    names = set()
    for path in (root / "tests").rglob("*"):
        if path.suffix in (".cpp", ".py") and "node_modules" not in path.parts:
            names |= names_in(path, path.read_text(encoding="utf-8"))
    for path in (root / "tests/fuzz").glob("*_fuzz.cpp"):
        names.add("fuzz." + path.stem.removesuffix("_fuzz"))
    return names


def check(text, names):
    """Yields (line, message) for the rows of the table that are wrong, and at last the number of rows, those without a
    test among them."""
    begin = text.index(MARK)
    rows = missing = 0
    for found in _ROW.finditer(text, begin):
        line = text.count("\n", 0, found.start()) + 1
        cells = [cell.strip() for cell in found.group(1).split("|")]
        rows += 1
        if len(cells) != 3 or not all(cells):
            yield line, "a row has three cells: the fault, what must happen, its tests"
            continue
        tests = _NAME.findall(cells[2])
        if cells[2] == "**missing**":
            missing += 1
        elif not tests:
            yield line, "a fault without a test says **missing**"
        for name in tests:
            if name not in names:
                yield line, f"there is no test {name}"
    yield rows, missing
