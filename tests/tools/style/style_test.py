#!/usr/bin/env python3
"""The style check bites: each row is a file that breaks one rule (or none) and what must be said of it.

Usage: style_test.py. Run by `ctest -R style_test`. A rule of rules.py or check.py without a bad row here fails the test.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools/style"))
import check  # noqa: E402
from rules import RULES  # noqa: E402

HEADER = "// What it is.\n// Why it is so.\n#pragma once\n"


def header(folder, body):
    return f"{HEADER}\nnamespace portcullis::{folder} {{\n{body}\n}}  // namespace portcullis::{folder}\n"


# rule, name of the file, its line of code (put into an otherwise faultless header of that folder)
BAD_LINES = [
    ("no-double", "risk/x.hpp", "double price;"),
    ("no-double", "engine/book/x.hpp", "float price;"),
    ("no-double", "gateways/binance/x.hpp", "std::vector<double> prices;"),
    ("sized-integers", "engine/x.hpp", "long count;"),
    ("sized-integers", "risk/x.hpp", "unsigned int count;"),
    ("no-clock", "engine/x.hpp", "auto now = std::chrono::steady_clock::now();"),
    ("no-clock", "strategies/x.hpp", "auto now = __rdtsc();"),
    ("no-random", "strategies/x.hpp", "std::mt19937_64 random;"),
    ("no-thread", "risk/x.hpp", "std::mutex lock_;"),
    ("no-thread", "engine/core/x.hpp", "std::thread worker_;"),
    ("no-sleep", "engine/core/x.hpp", "usleep(1);"),
    ("no-environment", "engine/x.hpp", 'auto* home = getenv("HOME");'),
    ("no-exceptions", "risk/x.hpp", "throw std::runtime_error(why);"),
    ("no-exceptions", "strategies/x.hpp", "try { f(); } catch (...) {}"),
    ("no-assert", "gateways/x.hpp", "assert(ok);"),
    ("no-static-state", "risk/x.hpp", "static int count = 0;"),
    ("no-static-state", "engine/x.hpp", "thread_local std::uint64_t seen;"),
    ("no-forged-approval", "gateways/x.hpp", "auto a = reinterpret_cast<risk::Approved<Order>*>(bytes);"),
    ("no-forged-approval", "tools/x.hpp", "std::memcpy(&copy, &risk::Approved<Order>{}, 8);"),
    ("no-forged-approval", "gateways/x.hpp", "auto* a = new (room) risk::Approved<Order>(key, order, stamp);"),
    ("no-forged-approval", "gateways/x.hpp", "auto* a = std::construct_at<risk::Approved<Order>>(room);"),
    ("no-forged-approval", "gateways/x.hpp", "auto* a = std::start_lifetime_as<risk::Approved<Order>>(room);"),
    ("no-forged-approval", "tools/x.hpp", "auto* a = static_cast<risk::Approved<Order>*>(room);"),
    ("no-forged-approval", "tools/x.hpp", "auto* a = (risk::Approved<Order>*)(room);"),
    ("no-forged-approval", "bench/x.hpp", "auto a = std::bit_cast<risk::Approved<Order>>(bytes);"),
    ("no-forged-approval", "gateways/x.hpp", "union Both { risk::Approved<Order> approved; char bytes[96]; };"),
    ("no-forged-approval", "gateways/x.hpp", "std::memcpy(&approved, bytes, sizeof approved);"),
    ("no-specialized-approval", "tests/risk/x.hpp", "template <> class Approved<Fake> {};"),
    ("no-specialized-approval", "gateways/x.hpp", "template <> const Order& risk::Approved<Order>::request() const {"),
    ("gate-member", "gateways/x.hpp", "template <> auto risk::RiskGate::decide(const Order& order) {"),
    ("gate-member", "tests/risk/x.hpp", "void RiskGate::commit(const Facts& facts) noexcept {"),
    ("no-bit-cast", "risk/x.hpp", "auto bits = std::bit_cast<std::uint64_t>(x);"),
    ("no-bypass", "risk/x.hpp", "bool bypass_;"),
    ("no-bypass", "gateways/x.hpp", "void send(bool skip_risk);"),
    ("no-bypass", "risk/x.hpp", "Approved<Order> approve_for_test();"),
    ("no-todo", "tests/x.hpp", "// TODO later"),
    ("no-machine-path", "tools/x.hpp", 'const char* path = "/ho' + 'me/me";'),
    ("no-libm", "strategies/x.hpp", "auto y = std::exp(x);"),
    ("using-namespace", "tools/x.hpp", "using namespace std;"),
    ("heavy-header", "gateways/x.hpp", "#include <boost/beast/http.hpp>"),
    ("heavy-header", "tools/x.hpp", "#include <toml++/toml.h>"),
    ("type-name", "engine/x.hpp", "struct order_id {"),
    ("type-name", "engine/x.hpp", "enum class side : std::uint8_t {"),
    ("type-name", "engine/x.hpp", "template <class T> concept unit = true;"),
    ("snake-case", "engine/x.hpp", "void onFill(int x);"),
    ("snake-case", "tools/x.hpp", "int orderCount = 0;"),
    ("units-last", "risk/x.hpp", "std::int64_t ms_quote_age;"),
    ("memory-order-reason", "engine/x.hpp", "flag.store(true, std::memory_order_release);"),
    ("long-line", "engine/x.hpp", "int " + "x" * 100 + ";"),
    ("include-root", "engine/x.hpp", '#include "../risk/limits.hpp"'),
    ("include-direction", "engine/x.hpp", '#include "risk/limits.hpp"'),
    ("include-direction", "risk/x.hpp", '#include "strategies/ladder.hpp"'),
    ("include-direction", "strategies/x.hpp", '#include "risk/approved.hpp"'),
    ("include-direction", "gateways/x.hpp", '#include "tools/recording/recording.hpp"'),
    ("one-definition", "gateways/x.hpp", "class RiskGate {"),
    ("one-definition", "tests/risk/x.hpp", "struct ApprovalKey {"),
]
# rule, name of the file, its whole text
BAD_FILES = [
    ("file-name", "engine/OrderBook.hpp", header("engine", "")),
    ("file-header", "engine/x.hpp", "#pragma once\nnamespace portcullis::engine {\n}\n"),
    ("file-header", "engine/x.hpp", "// One line.\n#pragma once\nnamespace portcullis::engine {\n}\n"),
    ("file-header", "engine/x.hpp", "// A line.\n" * 11 + "#pragma once\nnamespace portcullis::engine {\n}\n"),
    ("file-header", "engine/nowhere.cpp", "namespace portcullis::engine {\n}\n"),
    ("pragma-once", "engine/x.hpp", header("engine", "").replace("#pragma once\n", "")),
    ("long-file", "engine/x.hpp", header("engine", "int x;\n" * 500)),
    ("long-function", "engine/x.cpp", header("engine", "void f() {\n" + "    g();\n" * 70 + "}")),
    ("namespace", "risk/x.hpp", header("engine", "")),
    ("namespace", "risk/x.hpp", HEADER + "struct X {};\n"),
    ("test-asserts", "tests/x_test.cpp", "// It.\nTEST(A, b) {\n    f();\n}\n"),
    ("test-asserts", "tests/x_test.cpp", "// It.\nvoid f() {\n    g();\n}\n\nTEST(A, b) {\n    f();\n}\n"),
]
# two files' lines of code in one namespace, and whether they define one type twice
PAIRS = [
    ("class Table {", "class Table {", True),
    ("struct Row {", "struct Row final : Base {", True),
    ("template <class T> class Ring {", "enum class Ring : std::uint8_t { a };", True),
    ("class Table {", "class Table;", False),
    ("class Table {", "struct Table::State {", False),
    ("class Table {", "namespace {\nclass Table {\n}  // namespace", False),
    ("class Table {", "class Tables {", False),
]
# name of the file, its line of code: nothing may be said
GOOD_LINES = [
    ("strategies/x.hpp", "double sigma;"),
    ("engine/x.hpp", "// a double would not do, nor a long, nor std::mutex"),
    ("engine/x.hpp", 'constexpr std::string_view text = "double throw long";'),
    ("engine/x.hpp", "double x;  // style: no-double because it is shown only"),
    ("engine/x.hpp", "// style: no-double because it is shown only\ndouble x;"),
    ("engine/x.hpp", "flag.store(true, std::memory_order_release);  // release: x is written before"),
    ("engine/x.hpp", "static constexpr int limit = 1;"),
    ("engine/x.hpp", "static_assert(sizeof(X) == 64);"),
    ("engine/x.hpp", "std::int64_t quote_age_ns_max;"),
    ("risk/x.hpp", "friend class RiskGate;"),
    ("gateways/x.hpp", '#include "risk/approved.hpp"'),
    ("tests/x.hpp", "throw 1;"),
]


def rules_named(name, text):
    return {rule for _, rule, _ in check.complaints_of(name, text)}


def main():
    failures = []
    rows = [(rule, name, header(name.split("/")[0], line)) for rule, name, line in BAD_LINES] + BAD_FILES
    for rule, name, text in rows:
        said = rules_named(name, text)
        if rule not in said:
            failures.append(f"{name}: {rule} is broken, the check names {sorted(said) or 'nothing'}:\n{text[:300]}")
    for name, line in GOOD_LINES:
        said = rules_named(name, header(name.split("/")[0], line))
        if said:
            failures.append(f"{name}: nothing is wrong with {line!r}, the check names {sorted(said)}")
    for one, other, doubled in PAIRS:
        files = [("engine/x.hpp", header("engine", one)), ("engine/y.hpp", header("engine", other))]
        if bool(list(check.doubled_types(files))) != doubled:
            failures.append(f"{one!r} and {other!r}: {'' if doubled else 'not '}one type twice")
    known = {rule.name for rule in RULES}
    known |= set(re.findall(r'complain\([^"]*"([a-z-]+)"', (ROOT / "tools/style/check.py").read_text()))
    for rule in sorted(known - {rule for rule, _, _ in rows}):
        failures.append(f"{rule}: no row here proves that it bites")
    for failure in failures:
        print(failure)
    passed = len(rows) + len(PAIRS) + len(GOOD_LINES) + len(known) - len(failures)
    print(f"style_test: {passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
