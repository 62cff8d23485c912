#!/usr/bin/env python3
"""Refuses a table of faults (tests/README.md) that names tests which are not there.

    tests/lint_faults.py [ROOT]

Exit status: 0 all names are those of tests, 1 some are not.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lint import faults  # noqa: E402


def main(arguments):
    root = Path(arguments[0]).resolve() if arguments else Path(__file__).resolve().parent.parent
    *wrong, (rows, missing) = faults.check((root / "tests/README.md").read_text(encoding="utf-8"), faults.all_names(root))
    for line, message in wrong:
        print(f"tests/README.md:{line}: {message}")
    print(f"{rows} faults, {missing} of them without a test, {len(wrong)} refused")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
