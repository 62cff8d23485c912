#!/usr/bin/env python3
"""Samples that the source lint must refuse, and look-alikes that it must let pass."""

import subprocess
import re
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import lint_sources  # noqa: E402
from lint import faults, house  # noqa: E402


def body(statement):
    return "awaitable<Error> Session::serve(int a, bool fast) {\n" + statement + "\nco_return Error{};\n}\n"


REFUSED_STATEMENTS = {
    "brace-built argument": "auto joined = co_await join(JoinOptions{topic, 5s});",
    "bare brace argument": "co_await join({topic, 5s});",
    "empty brace argument": "co_await write(buffer, {});",
    "capturing lambda": "auto b = co_await run_blocking(worker, [url] { return fetch(url); });",
    "this-capturing lambda in a group": "co_await ([this]() -> awaitable<void> { co_return; }() || pause());",
    "capturing lambda after co_return": "co_return co_await run_blocking(worker, [url] { return fetch(url); });",
    "if condition": "if (co_await healthy()) stop();",
    "if condition with initialiser": "if (auto r = co_await healthy(); r) stop();",
    "while condition": "while (co_await more()) work();",
    "range of a for": "for (auto& x : co_await all()) use(x);",
    "switch": "switch (co_await verdict()) { default: break; }",
    "deep in a condition": "if (!is_ok(name(co_await healthy()))) stop();",
    "await chosen by ?:": "const auto reply = fast ? co_await ask() : cached;",
    "await before ?:": "const auto reply = co_await fast() ? 1 : 2;",
    "await deep in ?:": "const auto reply = fast ? use(co_await ask()) : cached;",
    "await in braces": "Reply reply{co_await ask()};",
    "await in a braced argument": "push(Reply{1, co_await ask()});",
    "await in a returned brace": "co_return Reply{co_await ask()};",
    "await in a test macro": "EXPECT_TRUE(co_await healthy());",
    "await as an argument": "use(co_await ask());",
    "await with a member of it": "auto n = (co_await ask()).size();",
    "group without parentheses": "co_await read_loop() || write_loop();",
    "moved argument in a group": "co_await (f(std::move(x)) || g());",
    "moved argument in the group's last call": "const auto first = co_await (g() && limit.async_wait(no_throw) && f(a, std::move(x)));",
    "temporary in a group": "co_await (f(std::string(text)) || g());",
    "call in a group's argument": "auto done = co_await (tokens.changed(link.generation()) || wait());",
    "paren-built temporary in a group's member call": "co_await (peers[0]->f(Error(code)) || g());",
    "group in a group": "co_await ((f(std::move(x)) || g()) && h());",
    "two lines": "auto joined =\n    co_await join(\n        JoinOptions{topic});",
    "called capturing lambda to co_spawn": "co_spawn(ex, [n]() -> awaitable<void> { co_return; }(), rethrow);",
    "[&] lambda to co_spawn": "co_spawn(ex, [&]() -> awaitable<void> { co_return; }, rethrow);",
    "[&, x] lambda to co_spawn": "net::co_spawn(ex, [&, n]() -> awaitable<void> { co_return; }, rethrow);",
    "detached": "co_spawn(ex, run(), net::detached);",
    "detached by using": "co_spawn(ex, run(), detached);",
    "inside a lambda's body": "auto f = [n]() -> awaitable<void> { if (co_await g()) h(); };",
    "sleep": "std::this_thread::sleep_for(1s);",
    "after a raw string": 'auto s = R"x(" // )x"; if (co_await g()) h();',
    "after a digit separator": "auto n = 1'000'000; if (co_await g()) h();",
    "after an escaped quote": "auto c = '\\''; if (co_await g()) h();",
}

ACCEPTED_STATEMENTS = {
    "the plain shapes": "co_await f(a);\nauto r = co_await f(a);\nauto [ec, n] = co_await s.async_read_some(b, no_throw);",
    "assignment": "r = co_await f(std::move(options));\nco_return co_await f(a);",
    "void casts": "(void)co_await f(a);\nstatic_cast<void>(co_await f(a));",
    "under a condition": "if (fast) co_await f(a);\nelse co_await g(a);\nfor (;;) co_await h(a);",
    "group": "const auto first = co_await (read_loop() || write_loop() || heartbeat());",
    "named awaitable in a group": "auto f_of_x = f(std::move(x));\nco_await (std::move(f_of_x) || g());",
    "names given to a group's calls": "co_await (f(x, *y) || timer.async_wait(no_throw) || source->watch(a, b));",
    "chosen call in a group": "co_await (peers().front().f(x) || g());",
    "moved argument without a group": "co_await (f(std::move(x)));",
    "named brace": "JoinOptions options{topic, 5s};\nauto joined = co_await join(std::move(options));",
    "named lambda": "auto g = [url] { return fetch(url); };\nauto b = co_await run_blocking(w, std::move(g));",
    "captureless lambda": "auto b = co_await run_blocking(w, [] { return Reply{1}; });",
    "lambda given to co_spawn": "co_spawn(ex, [n]() -> awaitable<void> { co_await f(n); }, rethrow);",
    "captureless called lambda": "co_spawn(ex, []() -> awaitable<void> { co_return; }(), rethrow);",
    "comment": "// if (co_await healthy()) sleep_for(1s)\n/* co_await join({1}); */",
    "comment that goes on": "// one \\\nif (co_await healthy()) stop();",
    "string": 'log("if (co_await healthy()) {}");\nauto s = R"(co_await join({1}))";',
    "ternary elsewhere": "const int n = fast ? 1 : 2;\nauto r = co_await f(n);",
    "ternary inside the operand's arguments' names": "auto r = co_await f(a);\nreturn_to(fast ? r : other);",
    "condition of an enclosing block": "if (fast ? a : b) {\n    co_await f(a);\n}",
    "lambda body in a condition": "if (any(v, [](int x) { return x > 1; })) co_await f(a);",
    "switch case": "switch (a) {\n    case 1: co_await f(a); break;\n    default: co_await g(a);\n}",
    "try block": "try {\n    co_await f(a);\n} catch (...) {\n}",
    "nested lambda with trailing type": "auto g = [this](int x) mutable -> awaitable<Result<int>> {\n    co_return co_await f(x);\n};",
    "subscript in the operand": "co_await peers[0].f(names[a]);",
    "a member called detached": "sessions.detached(a);",
    "paren-built temporary": "co_await f(std::string(text));",
}


class Statements(unittest.TestCase):
    def test_refuses(self):
        for name, statement in REFUSED_STATEMENTS.items():
            with self.subTest(name):
                self.assertTrue(list(lint_sources.lint("agent/realtime/session.cpp", body(statement))))

    def test_accepts(self):
        for name, statement in ACCEPTED_STATEMENTS.items():
            with self.subTest(name):
                self.assertEqual(list(lint_sources.lint("agent/realtime/session.cpp", body(statement))), [])

    def test_says_the_line(self):
        hits = list(lint_sources.lint("cdp/link.cpp", body("\n\nif (co_await g()) h();")))
        self.assertEqual([line for line, _ in hits], [4])

    def test_a_test_may_refer_to_its_own_frame(self):
        text = body("co_spawn(io, [&]() -> awaitable<void> { co_return; }, rethrow);")
        self.assertEqual(list(lint_sources.lint("tests/loop/cdp/link_test.cpp", text)), [])
        self.assertTrue(list(lint_sources.lint("tests/hub/server.cpp", text)))

    def test_coroutines_of_tests_are_compiled_by_the_same_compiler(self):
        self.assertTrue(list(lint_sources.lint("tests/loop/cdp/link_test.cpp", body("if (co_await g()) h();"))))


class Arrows(unittest.TestCase):
    def refused(self, path, text):
        return bool(list(lint_sources.lint(path, text)))

    def test_refuses(self):
        for path, include in [
            ("platform/http/http.cpp", '"cdp/browser.hpp"'),
            ("platform/http/http.cpp", '"agent/realtime/core/failure.hpp"'),
            ("platform/json/core/slice.cpp", '"platform/log/log.hpp"'),
            ("cdp/link.cpp", '"agent/realtime/session.hpp"'),
            ("cdp/link.cpp", '"agent/credentials/store.hpp"'),
            ("agent/credentials/store.cpp", '"cdp/browser.hpp"'),
            ("agent/realtime/session.cpp", '"cdp/browser.hpp"'),
            ("agent/realtime/session.cpp", '"agent/relay/router.hpp"'),
            ("agent/relay/router.cpp", '"agent/config/config.hpp"'),
            ("agent/relay/router.cpp", '"agent/pairing/pair.hpp"'),
            ("agent/config/config.cpp", '"agent/relay/router.hpp"'),
            ("agent/relay/settings.hpp", '"agent/relay/router.hpp"'),
            ("agent/config/config.cpp", '"agent/daemon/daemon.hpp"'),
            ("platform/core/backoff.cpp", '"platform/net.hpp"'),
            ("platform/core/backoff.cpp", '"platform/clock.hpp"'),
            ("platform/core/backoff.cpp", "<boost/asio/io_context.hpp>"),
            ("cdp/core/message.cpp", '"platform/log/log.hpp"'),
            ("cdp/core/message.cpp", '"agent/realtime/core/failure.hpp"'),
            ("agent/relay/core/policy.cpp", "<fstream>"),
            ("agent/realtime/session.cpp", "<boost/beast/websocket.hpp>"),
            ("agent/daemon/daemon.cpp", "<boost/beast/core.hpp>"),
            ("agent/daemon/daemon.cpp", '"tests/hub/server.hpp"'),
        ]:
            with self.subTest(path=path, include=include):
                self.assertTrue(self.refused(path, f"#include {include}\n"))
                self.assertTrue(self.refused(path, f"  #  include {include} // why\n"))
                self.assertFalse(self.refused(path, f"#pragma once\n// #include {include}\n/*\n#include {include}\n*/\n"))

    def test_accepts(self):
        for path, include in [
            ("platform/websocket/websocket.cpp", "<boost/beast/websocket.hpp>"),
            ("platform/linux/process.cpp", '"platform/process/process.hpp"'),
            ("cdp/link.cpp", '"cdp/core/message.hpp"'),
            ("cdp/link.cpp", '"platform/core/backoff.hpp"'),
            ("cdp/core/message.cpp", '"platform/json/core/slice.hpp"'),
            ("cdp/core/pending.hpp", '"platform/core/time_point.hpp"'),
            ("agent/realtime/core/failure.cpp", '"platform/core/result.hpp"'),
            ("agent/relay/core/command.cpp", '"agent/realtime/core/outbox.hpp"'),
            ("agent/relay/router.cpp", '"cdp/browser.hpp"'),
            ("agent/pairing/pair.cpp", '"agent/realtime/session.hpp"'),
            ("agent/daemon/daemon.cpp", '"agent/relay/router.hpp"'),
            ("agent/config/config.hpp", '"agent/relay/settings.hpp"'),
            ("agent/relay/router.hpp", '"agent/relay/settings.hpp"'),
            ("tests/hub/server.cpp", "<boost/beast/websocket.hpp>"),
        ]:
            with self.subTest(path=path, include=include):
                self.assertFalse(self.refused(path, f"#pragma once\n#include {include}\n"))

    def test_json_trees_stay_out_of_headers(self):
        self.assertTrue(self.refused("platform/json/tree.hpp", "#pragma once\n#include <nlohmann/json.hpp>\n"))
        self.assertFalse(self.refused("platform/json/tree.hpp", "#pragma once\n#include <nlohmann/json_fwd.hpp>\n"))
        self.assertFalse(self.refused("platform/json/tree.cpp", "#include <nlohmann/json.hpp>\n"))

    def test_decisions_are_told_the_time(self):
        self.assertTrue(self.refused("platform/core/backoff.cpp", "auto n = platform::BootClock::now();\n"))
        self.assertFalse(self.refused("platform/core/backoff.cpp", "// BootClock::now()\nTimePoint now;\n"))
        self.assertFalse(self.refused("cdp/link.cpp", "auto n = platform::BootClock::now();\n"))

    def test_headers_are_included_once(self):
        self.assertTrue(self.refused("cdp/link.hpp", "// #pragma once\nint x;\n"))

    def test_open_ends_are_told_from_prose(self):
        self.assertTrue(self.refused("cdp/link.cpp", "// TODO: later\n"))
        self.assertFalse(self.refused("cdp/link.cpp", "// a to-do list's todo\n"))

    def test_the_table_points_down(self):
        low = "bmc_room(low FLOOR 1 FOLDERS a)\nbmc_room(data PLAIN FOLDERS b)\n"
        for row in [
            "bmc_room(high FLOOR 2 FOLDERS c KNOWS low data)",
            "bmc_room(more PLAIN FOLDERS c KNOWS data)",
            "bmc_program(main FLOOR 2 FOLDERS c\n  KNOWS low\n)",
        ]:
            with self.subTest(row):
                self.assertEqual(list(house.check_table(low + row)), [])
        for row in [
            "bmc_room(beside FLOOR 1 FOLDERS c KNOWS low)",
            "bmc_room(more PLAIN FOLDERS c KNOWS low)",
            "bmc_room(high FLOOR 2 FOLDERS c KNOWS nobody)",
            "bmc_room(high FLOOR 2 FOLDERS c KNOWS high)",
            "bmc_program(main FLOOR 0 FOLDERS c KNOWS low)",
        ]:
            with self.subTest(row):
                self.assertEqual([line for line, _ in house.check_table(low + row)], [3])

    def test_a_room_knows_what_its_rooms_know(self):
        rooms = house.read_table(
            "bmc_room(a PLAIN FOLDERS a)\nbmc_room(b FLOOR 1 FOLDERS b KNOWS a)\nbmc_room(c FLOOR 2 FOLDERS c KNOWS b)"
        )
        self.assertEqual(rooms["c"].known, {"a", "b", "c"})


class CommandLine(unittest.TestCase):
    def test_status_and_summary(self):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "CMakeLists.txt").write_text("")
            (root / "cdp").mkdir()
            script = [sys.executable, lint_sources.__file__, folder]
            (root / "cdp/good.cpp").write_text("int x;\n")
            good = subprocess.run(script, capture_output=True, text=True)
            self.assertEqual((good.returncode, good.stdout), (0, "1 files, 0 refused\n"))
            (root / "cdp/bad.cpp").write_text('#include "agent/daemon/daemon.hpp"\n')
            bad = subprocess.run(script, capture_output=True, text=True)
            self.assertEqual(bad.returncode, 1)
            self.assertIn("cdp/bad.cpp:1: the room cdp may not know agent/daemon/daemon.hpp", bad.stdout)
            (root / "CMakeLists.txt").unlink()
            self.assertEqual(subprocess.run(script, capture_output=True).returncode, 2)


class Pages(unittest.TestCase):
    def test_every_source_that_a_page_names_is_there(self):
        """README.md and the pages of the rooms name files from the root, from agent/ or from where the page is."""
        root = Path(lint_sources.__file__).resolve().parent.parent
        named, missing = 0, []
        for page in [root / "README.md", *(root / "agent").rglob("*.md")]:
            for name in re.findall(r"`([\w./-]+\.(?:cpp|hpp|cmake|py))`", page.read_text(encoding="utf-8")):
                named += 1
                if not any((folder / name).is_file() for folder in (root, root / "agent", page.parent)):
                    missing.append((page.relative_to(root).as_posix(), name))
        self.assertGreater(named, 30)
        self.assertEqual(missing, [])

    def test_every_slow_test_has_its_line_in_the_readme(self):
        root = Path(lint_sources.__file__).resolve().parent.parent
        page = (root / "README.md").read_text(encoding="utf-8")
        scripts = [path.relative_to(root).as_posix() for path in (root / "tests/full").iterdir() if path.is_file()]
        self.assertGreater(len(scripts), 5)
        self.assertEqual([name for name in scripts if f"`{name}" not in page], [])


class FilesTest(unittest.TestCase):
    def test_a_header_is_listed_by_its_first_sentence(self):
        self.assertEqual(lint_sources.first_sentence("// What it is: a thing\n// of two lines. And more.\n#pragma once\n"),
                         "What it is: a thing of two lines.")
        self.assertEqual(lint_sources.first_sentence("#pragma once\n// later\n"), "")

    def test_every_header_of_the_product_says_what_it_is(self):
        listed = subprocess.run([Path(lint_sources.__file__), "--files"], check=True, capture_output=True, text=True)
        lines = listed.stdout.splitlines()
        self.assertGreater(len(lines), 300)
        self.assertEqual([line for line in lines if line.endswith(": ")], [])


class FaultsTest(unittest.TestCase):
    """The table of faults: names that no test has, rows without a test, cells that are missing."""

    @staticmethod
    def check(*rows):
        head = "text\n| a `No.Test` |\n" + faults.MARK + " -->\n| Fault | What must happen | Tests |\n|---|---|---|\n"
        return list(faults.check(head + "\n".join(rows) + "\n", {"Suite.Name", "some_test.test_it", "fuzz.x"}))

    def test_names_of_tests_pass(self):
        rows = ("| a | b | `Suite.Name`, `some_test.test_it` |", "| a | b | `fuzz.x` |")
        self.assertEqual(self.check(*rows), [(2, 0)])

    def test_a_name_that_no_test_has_is_refused(self):
        (line, message), counts = self.check("| a | b | `Suite.Name`, `Suite.Other` |")
        self.assertEqual((line, message, counts), (6, "there is no test Suite.Other", (1, 0)))

    def test_a_fault_without_a_test_is_counted_and_must_say_so(self):
        self.assertEqual(self.check("| a | b | **missing** |"), [(1, 1)])
        self.assertEqual(len(self.check("| a | b | later |")), 2)
        self.assertEqual(len(self.check("| a | b |  |")), 2)
        self.assertEqual(len(self.check("| a | `Suite.Name` |")), 2)

    def test_names_are_read_from_the_sources(self):
        cpp = "TEST(Suite, Name) {\nTEST_F(Fixture,\n       Other) {\n// TEST(Not, This)\n"
        self.assertEqual(faults.names_in(Path("tests/a_test.cpp"), cpp), {"Suite.Name", "Fixture.Other"})
        python = "class A(unittest.TestCase):\n    def test_it(self):\n    def helper(self):\n"
        self.assertEqual(faults.names_in(Path("tests/some_test.py"), python), {"some_test.test_it"})


if __name__ == "__main__":
    unittest.main()
