"""The coroutine shapes that g++ 12 miscompiles, and the ones that outlive what they refer to."""

_SIMPLE = "write `co_await f(named arguments);` or `name = co_await f(named arguments);`, then look at the name"


def check(tokens, is_program):
    """Yields (line, message). `is_program`: not a test, where a lambda may refer to the frame that runs the loop."""
    for i, token in enumerate(tokens.text):
        if token == "co_await":
            yield from _check_await(tokens, i)
        elif token == "co_spawn" and tokens.at(i + 1) == "(":
            yield from _check_spawn(tokens, i + 1, is_program)
        elif token == "detached" and is_program and tokens.at(i - 1) == "::":
            if tokens.at(i - 2) in ("net", "asio"):
                yield tokens.line[i], "nothing is detached here: a child is awaited by its parent"


def _segment(tokens, i):
    """First and last token of the part of the statement around i: between commas, semicolons and brackets."""
    first = i
    while first > 0 and tokens.at(first - 1) not in (",", ";", "(", "[", "{", "}"):
        before = tokens.partner[first - 1] if tokens.at(first - 1) in (")", "]") else first - 1
        if before is None or tokens.at(before - 1) in ("if", "while", "for", "switch"):
            break  # a statement that a condition governs
        first = before
    last = i
    while last + 1 < len(tokens) and tokens.at(last + 1) not in (",", ";", ")", "]", "}"):
        last += 1
        if tokens.at(last) in ("(", "[", "{") and tokens.partner[last]:
            last = tokens.partner[last]
    return first, last


def _has_at_level(tokens, first, last, wanted):
    at = first
    while at <= last:
        if tokens.at(at) in wanted:
            return True
        skip = tokens.at(at) in ("(", "[", "{") and tokens.partner[at]
        at = tokens.partner[at] + 1 if skip else at + 1
    return False


def _starts_statement(tokens, i):
    """Whether the co_await at i stands where our one shape has it: at the start, after `=`, co_return or a void cast."""
    before = tokens.at(i - 1)
    if before in ("=", "co_return", ";", "{", "}", "else", "do", ":", ""):
        return not (before == "{" and not tokens.is_block(i - 1))
    if before == ")" and tokens.partner[i - 1] is not None:
        opening = tokens.partner[i - 1]
        if tokens.at(opening - 1) in ("if", "while", "for", "switch", "constexpr"):
            return True
        return tokens.text[opening + 1 : i - 1] == ["void"] and _starts_statement(tokens, opening)
    if before == "(" and tokens.text[i - 5 : i - 1] == ["static_cast", "<", "void", ">"]:
        return _starts_statement(tokens, i - 5)
    return False


def _check_await(tokens, i):
    line = tokens.line[i]
    found = _place_of_await(tokens, i)
    if found:
        yield line, f"{found} is miscompiled: {_SIMPLE}"
    elif not _starts_statement(tokens, i):
        yield line, f"co_await inside an expression: {_SIMPLE}"
    first, last = _segment(tokens, i)
    if _has_at_level(tokens, i, last, ("||", "&&")):
        yield line, "co_await binds tighter than || and &&: put the group in parentheses"
    yield from _check_operand(tokens, i + 1, last)
    yield from _check_group(tokens, i + 1)


def _place_of_await(tokens, i):
    """What the co_await at i wrongly stands in, or an empty string."""
    at = i
    while at is not None:
        first, last = _segment(tokens, at)
        if _has_at_level(tokens, first, last, ("?",)):
            return "co_await in ?:"
        at = tokens.outer[at]
        if at is None:
            return ""
        if tokens.at(at) == "{":
            return "" if tokens.is_block(at) else "co_await inside {}"
        before = tokens.at(at - 1)
        if before in ("if", "while", "for", "switch") or (before == "constexpr" and tokens.at(at - 2) == "if"):
            return "co_await in a condition"
        if before.isupper() and len(before) > 2:
            return f"co_await inside the macro {before}, which may put it into a condition,"
    return ""


def _check_operand(tokens, at, last):
    """Brace-built temporaries and capturing lambdas in the awaited expression. Bodies of lambdas are not part of it."""
    while at <= last:
        if tokens.opens_lambda(at):
            if tokens.captures(at):
                yield tokens.line[at], f"a capturing lambda inside an awaited call is freed twice: {_SIMPLE}"
            body = tokens.lambda_body(at)
            at = tokens.partner[body] + 1 if body is not None and tokens.partner[body] else at + 1
            continue
        if tokens.at(at) == "{" and not tokens.is_block(at):
            yield tokens.line[at], f"a brace-built temporary inside an awaited call is freed twice: {_SIMPLE}"
            at = tokens.partner[at] or at
        elif tokens.at(at) == "{" and tokens.at(at - 1) == ")":
            yield tokens.line[at], f"a brace-built temporary inside an awaited call is freed twice: {_SIMPLE}"
            at = tokens.partner[at] or at
        at += 1


def _check_group(tokens, opening):
    """A call of `co_await (f(x) || g())` that is given something moved or made on the spot: freed twice."""
    closing = tokens.partner[opening] if tokens.at(opening) == "(" else None
    if closing is None or not _has_at_level(tokens, opening + 1, closing - 1, ("||", "&&")):
        return
    at = opening + 1
    while at < closing:
        if tokens.opens_lambda(at):
            body = tokens.lambda_body(at)
            at = tokens.partner[body] + 1 if body is not None and tokens.partner[body] else at + 1
            continue
        # What counts is a call within a call. A moved name that is itself a branch is what the remedy says.
        if tokens.at(at) == "(" and _is_call(tokens, at):
            if tokens.text[at - 3 : at] != ["std", "::", "move"] and any(tokens.at(inner) == "(" for inner in range(at + 1, tokens.partner[at] or at)):
                yield tokens.line[at], (
                    "a moved or temporary argument inside an awaited group is freed twice: name the awaitable first, "
                    "then `co_await (std::move(name) || g())`"
                )
            at = tokens.partner[at] or at
        at += 1


def _is_call(tokens, at):
    return tokens.at(at - 1).isidentifier() or tokens.at(at - 1) in (")", "]", ">")


def _check_spawn(tokens, opening, is_program):
    closing = tokens.partner[opening] or len(tokens)
    at = opening + 1
    while at < closing:
        if tokens.at(at) == "detached" and is_program and tokens.at(at - 1) != "::":
            yield tokens.line[at], "nothing is detached here: a child is awaited by its parent"
        if tokens.opens_lambda(at):
            body = tokens.lambda_body(at)
            end = tokens.partner[body] if body is not None else None
            if end is None:
                at += 1
                continue
            captures = tokens.captures(at)
            if is_program and captures[:1] == ["&"] and captures[1:2] in ([], [","]):
                yield tokens.line[at], "a coroutine with [&] outlives what it refers to: capture by value what it uses"
            if tokens.at(end + 1) == "(" and captures:
                yield tokens.line[at], "hand co_spawn the lambda, not its call: the captures are freed at once"
            at = end
        at += 1
