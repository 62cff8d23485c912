"""What is due to be cut or said more plainly: measured and printed, never refused."""

import re
from collections import defaultdict

from . import cpp

MOST_MEMBERS = 15  # data members of a class
SHOWN = 10  # of the longest files and functions

# The languages that the tests are written in; the product is C++ alone.
_LANGUAGES = {"cpp": "C++", "hpp": "C++", "cc": "C++", "h": "C++", "py": "Python", "mjs": "JavaScript", "js": "JavaScript"}
_QUALIFIERS = {"const", "noexcept", "override", "final", "mutable", "&", "&&", "try"}
_ACCESS = {"public", "private", "protected"}
_NO_MEMBER = _ACCESS | {"using", "typedef", "friend", "static", "static_assert", "template", "enum"}
_TURNS = {
    "for so long": re.compile(r"\bfor so long\b", re.I),
    "whoever": re.compile(r"\bwhoever\b", re.I),
    "of its own": re.compile(r"\bof (?:its|his|her|their) own\b", re.I),
    "that it is": re.compile(r"\bthat it is\b", re.I),
    "what is … is …": re.compile(r"\bwhat is [^.;:\n]{1,60}? is\b", re.I),
}


class Function:
    def __init__(self, path, line, name, lines):
        self.path, self.line, self.name, self.lines = path, line, name, lines


class Class:
    def __init__(self, path, line, name, members):
        self.path, self.line, self.name, self.members = path, line, name, members


def _skip_angles(tokens, at):
    """Index behind the template arguments that open at `at`, or `at` where it is no such bracket."""
    depth, end = 0, at
    while end < len(tokens):
        token = tokens.at(end)
        if token == "<":
            depth += 1
        elif token == ">":
            depth -= 1
            if depth == 0:
                return end + 1
        elif token in (";", "{", "}"):
            return at
        elif token in ("(", "[") and tokens.partner[end]:
            end = tokens.partner[end]
        end += 1
    return at


def _statements(tokens, begin, end):
    """The declarations between two braces: (first token, what it is made of, its own braces). Arguments of templates
    and the contents of brackets are left out."""
    at, first, words, braces = begin, begin, [], []
    while at < end:
        token = tokens.at(at)
        if token == ";" or (token == ":" and len(words) == 1 and words[0] in _ACCESS):
            yield first, words, braces
            at, words, braces = at + 1, [], []
            first = at
            continue
        if token == "<" and tokens.at(at - 1).isidentifier() and _skip_angles(tokens, at) > at:
            at = _skip_angles(tokens, at)
            continue
        if token == "{" and tokens.partner[at]:
            braces.append(at)
            initialises = ":" in words and tokens.at(at - 1) not in _QUALIFIERS and tokens.at(at - 1) not in (")", "}")
            at = tokens.partner[at]
            if _is_body(words) and not ("(" in words and initialises):
                yield first, words, braces
                first, words, braces = at + 1, [], []
        elif token in ("(", "[") and tokens.partner[at]:
            words.append(token)
            at = tokens.partner[at]
        else:
            words.append(token)
        at += 1
    if words:
        yield first, words, braces


def _is_body(words):
    """Whether the brace behind these words ends the declaration: a function's or a namespace's."""
    if words[:1] in (["namespace"], ["extern"]) or words[:2] == ["inline", "namespace"]:
        return True
    return "(" in words and "=" not in words[: words.index("(")]


def _class_name(words):
    """The name in `class A : B`, `struct A final`; empty for anything else."""
    words = [word for word in words if word not in ("inline", "constexpr", "const", "static")]
    if words[:1] not in (["class"], ["struct"], ["union"]):
        return ""
    name = ""
    for word in words[1:]:
        if word in (":", "final", "("):
            break
        name += word
    return name if re.fullmatch(r"[\w:]*", name) else ""


def _count_members(words):
    """How many data members a declaration in a class makes."""
    if not words or words[0] in _NO_MEMBER or "(" in words or "operator" in words:
        return 0
    if words[0] in ("class", "struct", "union") and len(words) == 2:
        return 0  # declared ahead
    return 1 + words.count(",") if len(words) > 1 else 0


def scan(path, text):
    """The functions and the classes of a source."""
    tokens = cpp.Tokens(text)
    functions, classes = [], []

    def walk(begin, end, scope):
        members = 0
        for first, words, braces in _statements(tokens, begin, end):
            is_template = words[:1] == ["template"]
            own = words[1:] if is_template else words
            name = _class_name(own)
            if braces and own[:1] == ["namespace"] or own[:1] == ["extern"] and braces:
                walk(braces[0] + 1, tokens.partner[braces[0]], scope)
            elif braces and name:
                inner = walk(braces[0] + 1, tokens.partner[braces[0]], scope + [name])
                classes.append(Class(path, tokens.line[first], "::".join(scope + [name]), inner))
                members += 1 if len(own) > 2 and own[-1].isidentifier() and ":" not in own and own[-1] != "final" else 0
            elif braces and "(" in own and _is_body(own):
                opening = braces[-1]
                called = _called(own)
                lines = tokens.line[tokens.partner[opening]] - tokens.line[first] + 1
                functions.append(Function(path, tokens.line[first], "::".join(scope + [called]), lines))
            else:
                members += _count_members(own) if not is_template else 0
        return members

    walk(0, len(tokens), [])
    return functions, classes


def _called(words):
    """The name of a function with its qualifiers: what stands before the first bracket."""
    at = words.index("(")
    name = [words[at - 1]] if at else []
    while at >= 3 and words[at - 2] == "::":
        name.insert(0, words[at - 3])
        at -= 2
    return "::".join(name)


def scattered(functions, folder_of):
    """Class -> its .cpp, for the classes whose members are defined in several. Names count within a folder."""
    found = defaultdict(set)
    for function in functions:
        owner = function.name.rpartition("::")[0]
        if function.path.endswith(".cpp") and owner[:1].isupper():
            found[folder_of(function.path), owner].add(function.path)
    return {key: sorted(paths) for key, paths in found.items() if len(paths) > 1}


def percentile(numbers, share):
    """The smallest of the numbers that `share` of them do not exceed."""
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * share // 100) - 1))] if ordered else 0


def turns(texts):
    """Turn -> (how often, the file that has most of it)."""
    for name, pattern in _TURNS.items():
        counts = {path: len(pattern.findall(text)) for path, text in texts.items()}
        most = max(counts, key=counts.get, default="")
        yield name, sum(counts.values()), most if counts.get(most) else ""


def _is_test(path):
    return path.startswith("tests/") and not path.startswith(("tests/bench/", "tests/lint")) and (
        not path.startswith("tests/hub/") or path.startswith("tests/hub/conformance/"))


def _test_share(sources, product_lines):
    """How many lines of tests there are for a line of the product, by language."""
    counts = dict.fromkeys(_LANGUAGES.values(), 0)
    for path, text in sources.items():
        if _is_test(path):
            counts[_LANGUAGES[path.rpartition(".")[2]]] += text.count("\n")
    shares = [f"{name} {count / max(1, product_lines):.2f}" for name, count in counts.items()]
    share = sum(counts.values()) / max(1, product_lines)
    return f"Test lines a source line: {share:.2f} ({', '.join(shares)}; without the hub, the bench and the lint)"


def lines(sources, words):
    """The report. `sources`: path -> text of every source, tests too; `words`: of the pages that people read."""
    product = {path: text for path, text in sources.items() if path.startswith(("agent/", "cdp/", "platform/"))}
    functions, classes = [], []
    for path, text in product.items():
        some, more = scan(path, text)
        functions += some
        classes += more
    yield "Classes whose members stand in several .cpp:"
    for (folder, name), paths in sorted(scattered(functions, lambda path: path.rpartition("/")[0]).items()):
        count = sum(one.name.rpartition("::")[0] == name and one.path in paths for one in functions)
        names = ", ".join(path.rpartition("/")[2] for path in paths)
        yield f"  {folder} {name}: {count} functions in {len(paths)} files: {names}"
    yield f"Classes with more than {MOST_MEMBERS} data members:"
    for one in sorted(classes, key=lambda one: -one.members):
        if one.members > MOST_MEMBERS:
            yield f"  {one.path}:{one.line}: {one.name} has {one.members}"
    yield "Longest functions:"
    for one in sorted(functions, key=lambda one: -one.lines)[:SHOWN]:
        yield f"  {one.path}:{one.line}: {one.name} has {one.lines} lines"
    sizes = {path: text.count("\n") for path, text in product.items()}
    yield "Longest files:"
    for path in sorted(sizes, key=sizes.get, reverse=True)[:SHOWN]:
        yield f"  {path} has {sizes[path]} lines"
    yield _spread("Lines of a function", [one.lines for one in functions])
    yield _spread("Lines of a file", sizes.values())
    yield _test_share(sources, sum(sizes.values()))
    yield "Turns that plain English does without, in sources and pages:"
    for name, count, most in turns({**product, **words}):
        yield f"  {name}: {count}" + (f", most in {most}" if most else "")


def _spread(what, numbers):
    numbers = list(numbers)
    return f"{what}: p50 {percentile(numbers, 50)}, p90 {percentile(numbers, 90)}, most {max(numbers, default=0)}"
