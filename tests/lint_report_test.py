#!/usr/bin/env python3
"""What the report of the source lint must see in a source, and what it must not take for it."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import lint_sources  # noqa: E402
from lint import report  # noqa: E402

HOUSE = """
namespace realtime {
namespace {
int helper(int a) {
    if (a > 1) { return 2; }
    return 1;
}
}  // namespace

template <class T>
struct Box { T one; T two; };

class Session final : public Base {
  public:
    using Clock = std::chrono::steady_clock;
    enum class State { idle, busy };
    explicit Session(int a) : a_{a}, b_(a) {}
    awaitable<Error> run(std::function<void(int)> done = {});
    static constexpr int most = 3;
    bool operator==(const Session&) const = default;
    int size() const noexcept { return a_; }

  private:
    struct Seat {
        int row = 0, place{};
    };
    struct Impl;
    friend class Other;
    std::function<void(std::string_view, int)> done_;
    std::map<int, std::vector<Seat>> seats_{{1, {}}};
    int a_ = 0;
    const int& b_;
};

awaitable<Error> Session::run(std::function<void(int)> done) {
    // one
    // two
    auto call = [this](int x) { return x < a_; };
    co_return Error{};
}
}  // namespace realtime
"""


class Report(unittest.TestCase):
    def test_finds_functions_with_their_lines(self):
        functions, _ = report.scan("a.cpp", HOUSE)
        self.assertEqual(
            {one.name: one.lines for one in functions},
            {"helper": 4, "Session::Session": 1, "Session::size": 1, "Session::run": 6},
        )

    def test_counts_the_data_members_of_a_class_alone(self):
        _, classes = report.scan("a.cpp", HOUSE)
        self.assertEqual({one.name: one.members for one in classes}, {"Box": 2, "Session": 4, "Session::Seat": 2})

    def test_names_the_classes_that_stand_in_several_files(self):
        functions = []
        for path, text in [
            ("agent/a/one.cpp", "void A::f() {\n}\nvoid B::f() {\n}\nint free() {\n}\n"),
            ("agent/a/two.cpp", "A::A(int x) : x_{x} {\n}\nvoid A::Impl::f() {\n}\nint free() {\n}\n"),
            ("agent/a/a.hpp", "class B {\n    void g() {}\n};\n"),
            ("agent/b/one.cpp", "B::~B() = default;\nvoid B::g() {\n}\n"),
        ]:
            functions += report.scan(path, text)[0]
        self.assertEqual(
            report.scattered(functions, lambda path: path.rpartition("/")[0]),
            {("agent/a", "A"): ["agent/a/one.cpp", "agent/a/two.cpp"]},
        )

    def test_percentiles_are_numbers_that_occur(self):
        self.assertEqual([report.percentile(range(1, 11), share) for share in (50, 90, 100)], [5, 9, 10])
        self.assertEqual(report.percentile([7], 90), 7)
        self.assertEqual(report.percentile([], 50), 0)

    def test_counts_turns(self):
        texts = {"a": "// Whoever asks\n", "b": "for so long, whoever"}
        counted = {name: count for name, count, _ in report.turns(texts)}
        self.assertEqual((counted["whoever"], counted["for so long"], counted["of its own"]), (2, 1, 0))
        self.assertEqual({name: most for name, _, most in report.turns({"a": "x", "b": "whoever"})}["whoever"], "b")

    def test_counts_the_lines_of_tests_by_language(self):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for name, lines in [
                ("CMakeLists.txt", 0), ("agent/a.cpp", 10), ("tests/unit/a_test.cpp", 5), ("tests/cli/a_test.py", 3),
                ("tests/e2e/a.test.mjs", 2), ("tests/controller/a.js", 2), ("tests/e2e/node_modules/a.mjs", 100),
                ("tests/bench/a.py", 100), ("tests/hub/a.cpp", 100), ("tests/hub/conformance/a_test.cpp", 4),
                ("tests/fuzz/a.js", 100),
            ]:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text("// x\n" * lines)
            script = [sys.executable, lint_sources.__file__, "--report", folder]
            done = subprocess.run(script, capture_output=True, text=True)
            self.assertEqual(done.stderr, "")
            self.assertIn("Test lines a source line: 1.60 (C++ 0.90, Python 0.30, JavaScript 0.40; without", done.stdout)

    def test_refuses_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "CMakeLists.txt").write_text("")
            (root / "cdp").mkdir()
            members = "".join(f"    int m{i};\n" for i in range(report.MOST_MEMBERS))
            fits, big = "struct Fits {\n" + members + "};\n", "struct Big {\n    int one;\n" + members + "};\n"
            (root / "cdp/big.hpp").write_text(fits + big)
            (root / "cdp/bad.cpp").write_text('#include "agent/daemon/daemon.hpp"\n')
            script = [sys.executable, lint_sources.__file__, "--report", folder]
            done = subprocess.run(script, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("cdp/big.hpp:18: Big has 16", done.stdout)
            self.assertNotIn("Fits", done.stdout)


if __name__ == "__main__":
    unittest.main()
