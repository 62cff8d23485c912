"""Just enough of C++ to lint it: text without comments and strings, tokens, and what each pair of braces is for."""

import re

_TOKEN = re.compile(r"[A-Za-z_]\w*|\.?\d(?:'?[\w.]|[eEpP][+-])*|::|->|&&|\|\||\.\.\.|\"\"|''|[^\s\w]")
_CLOSER = {"(": ")", "[": "]", "{": "}"}
_DEFINES_A_SCOPE = {"namespace", "class", "struct", "enum", "union", "extern"}


def _end_of_quoted(text, start):
    """Index after the string or character literal that begins at `start` (a quote)."""
    quote = text[start]
    prefix = re.search(r"(?:u8|u|U|L)?R$", text[max(0, start - 3) : start]) if quote == '"' else None
    if prefix:
        delimiter = text[start + 1 : text.index("(", start)]
        end = text.find(")" + delimiter + '"', start)
        return len(text) if end < 0 else end + len(delimiter) + 2
    at = start + 1
    while at < len(text) and text[at] not in (quote, "\n"):
        at += 2 if text[at] == "\\" else 1
    return at + 1


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def mask(text, keep_strings=False):
    """`text` with comments (and the contents of strings) blanked: same length, same lines."""
    out = []
    at = 0
    while at < len(text):
        two = text[at : at + 2]
        if two == "//":
            end = text.find("\n", at)
            while end > 0 and text[end - 1] == "\\":  # a comment that goes on in the next line
                end = text.find("\n", end + 1)
            end = len(text) if end < 0 else end
            out.append(_blank(text[at:end]))
        elif two == "/*":
            end = text.find("*/", at + 2)
            end = len(text) if end < 0 else end + 2
            out.append(_blank(text[at:end]))
        elif text[at] == "'" and re.search(r"(?<![\w])\d[\w']*$", text[max(0, at - 40) : at]):
            end = at + 1  # the separator in 1'000'000
            out.append("'")
        elif text[at] in "\"'":
            end = min(_end_of_quoted(text, at), len(text))
            literal = text[at:end]
            out.append(literal if keep_strings else literal[0] + _blank(literal[1:-1]) + literal[-1:])
        else:
            end = at + 1
            out.append(text[at])
        at = end
    return "".join(out)


def _without_directives(code):
    return re.sub(r"(?m)^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda found: _blank(found.group()), code)


class Tokens:
    """The tokens of a file with their lines, their partners among the brackets and the purpose of each brace."""

    def __init__(self, text):
        code = _without_directives(mask(text))
        code = re.sub(r"(['\"])[ \n]*\1", lambda found: found.group(1) * 2 + found.group()[2:], code)
        self.text, self.line = [], []
        line, last = 1, 0
        for found in _TOKEN.finditer(code):
            line += code.count("\n", last, found.start())
            last = found.start()
            self.text.append(found.group())
            self.line.append(line)
        self.partner = [None] * len(self.text)
        self.outer = [None] * len(self.text)  # index of the bracket that a token stands in
        stack = []
        for i, token in enumerate(self.text):
            if token in (")", "]", "}") and stack and _CLOSER[self.text[stack[-1]]] == token:
                self.partner[i] = stack.pop()
                self.partner[self.partner[i]] = i
            self.outer[i] = stack[-1] if stack else None
            if token in _CLOSER:
                stack.append(i)
        self._kind = {}

    def __len__(self):
        return len(self.text)

    def at(self, i):
        return self.text[i] if 0 <= i < len(self.text) else ""

    def opens_lambda(self, i):
        """Whether token i is the `[` of a lambda (and not of a subscript, an attribute or a structured binding)."""
        if self.at(i) != "[" or self.partner[i] is None or self.at(i + 1) == "[" or self.at(i - 1) == "[":
            return False
        before = self.at(i - 1)
        if before in (")", "]", '""') or (re.match(r"\w", before) and before not in ("return", "co_return", "co_await")):
            return False
        return self.at(self.partner[i] + 1) in ("(", "{", "<", "mutable", "noexcept", "->")

    def captures(self, i):
        """The capture list of the lambda whose `[` is token i."""
        return self.text[i + 1 : self.partner[i]]

    def lambda_body(self, i):
        """Index of the `{` of the lambda whose `[` is token i, or None."""
        at = self.partner[i] + 1
        while at < len(self):
            if self.at(at) == "{":
                return at
            if self.at(at) in (";", ")", "]", "}"):
                return None
            at = self.partner[at] + 1 if self.at(at) in ("(", "[") and self.partner[at] else at + 1
        return None

    def is_block(self, i):
        """Whether the `{` at i opens statements or declarations (and not an initialiser)."""
        if i not in self._kind:
            self._kind[i] = self._is_block(i)
        return self._kind[i]

    def _is_block(self, i):
        before = self.at(i - 1)
        if before in ("", ")", ";", "{", "}", ":", "else", "do", "try", "const", "noexcept", "override", "final", "mutable"):
            return True
        if before == "]":
            return self.opens_lambda(self.partner[i - 1]) if self.partner[i - 1] is not None else False
        at = i - 1  # back to the start of the statement, for `-> type {`, `namespace a {`, `struct B : C {`
        while at >= 0 and self.at(at) not in (";", "{", "}", "(", "[", ",", "=", "?"):
            if self.at(at) == "->" and self.at(at - 1) in (")", "mutable", "noexcept", "const", "]", ">"):
                return True
            if self.at(at) in _DEFINES_A_SCOPE:
                return True
            at = self.partner[at] - 1 if self.at(at) in (")", "]") and self.partner[at] is not None else at - 1
        return False


def includes(text):
    """(line, path) of each #include that is not in a comment."""
    code = mask(text, keep_strings=True)
    for found in re.finditer(r'(?m)^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]', code):
        yield code.count("\n", 0, found.start()) + 1, found.group(1)
