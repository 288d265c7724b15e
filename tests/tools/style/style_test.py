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
    # as clang-format leaves them
    ("no-specialized-approval", "risk/x.hpp",
     "template <>\nconst Order& Approved<Order>::request() const noexcept {\n    return forged;\n}"),
    ("no-specialized-approval", "tests/risk/x.hpp", "template <>\nclass risk::Approved<Fake> {};"),
    ("no-specialized-approval", "risk/x.hpp",
     "template <NeedsApproval T>\n    requires std::same_as<T, Order>\nclass [[nodiscard]] Approved<T> final {};"),
    ("no-specialized-approval", "gateways/x.hpp", "template class risk::Approved<engine::NewOrderSingle>;"),
    ("no-forged-approval", "gateways/x.hpp",
     "auto* order = ::new (static_cast<void*>(room))\n    risk::Approved<engine::NewOrderSingle>(key, order, stamp);"),
    ("no-forged-approval", "tools/x.hpp",
     "auto& order =\n    reinterpret_cast<\n        risk::Approved<engine::NewOrderSingle>&>(bytes);"),
    ("no-forged-approval", "tools/x.hpp", "auto& order = (risk::Approved<Order>&)(bytes);"),
    ("no-forged-approval", "tools/x.hpp", "auto& all = *reinterpret_cast<gateways::Outbound*>(bytes);"),
    ("no-forged-approval", "gateways/x.hpp", "union Both {\n    char bytes[96];\n    risk::Approved<Order> order;\n};"),
    ("no-forged-approval", "gateways/x.hpp", "std::memcpy(static_cast<void*>(\n                &approved), bytes, 96);"),
    ("no-forged-approval", "gateways/x.hpp", "auto& key = *static_cast<const risk::ApprovalKey*>(room);"),
    ("approval-by-reference", "gateways/x.hpp", "risk::Approved<Order> order(Anything{}, wish, stamp);"),
    ("approval-by-reference", "gateways/x.hpp", "risk::Approved order{Anything{}, wish, stamp};"),
    ("approval-by-reference", "gateways/x.hpp", "risk::Approved<std::remove_cvref_t<Order>> order{key, wish, stamp};"),
    ("approval-by-reference", "tools/x.hpp", "std::optional<risk::Approved<Order>> order(std::in_place, Anything{});"),
    ("approval-by-reference", "tools/x.hpp", "void f(const risk::Approved<Order>* order);"),
    ("approval-by-reference", "bench/x.hpp", "const risk::ApprovalKey& key();"),
    ("no-approval-alias", "gateways/x.hpp", "using Ok = risk::Approved<NewOrderSingle>;"),
    ("no-approval-alias", "gateways/x.hpp", "template <class T>\nusing Ok =\n    std::optional<risk::Approved<T>>;"),
    ("no-approval-alias", "gateways/x.hpp", "typedef const risk::Approved<NewOrderSingle>& Ok;"),
    ("no-approval-alias", "tools/x.hpp", "#define OK \\\n    risk::Approved<NewOrderSingle>"),
    ("no-approval-alias", "tools/x.hpp", "using Ok = std::remove_cvref_t<decltype(*approved)>;"),
    ("no-approval-alias", "tools/x.hpp", "using Ok = decltype(gate.review(order, context).take());"),
    ("no-approval-alias", "tools/x.hpp", "using Ok = gateways::Outbound;"),
    ("no-approval-alias", "tools/x.hpp", "auto order = std::variant_alternative_t<0, gateways::Outbound>(Anything{});"),
    ("no-opened-class", "tests/x.hpp", "#define private public"),
    ("no-opened-class", "gateways/x.hpp", "#  define class struct"),
    ("no-opened-class", "tools/x.hpp", "#define protected public"),
    ("no-opened-class", "gateways/x.hpp", "template struct Thief<&risk::Approved<NewOrderSingle>::request_>;"),
    ("no-opened-class", "tools/x.hpp", "template struct Thief<Tag,\n                      &risk::RiskGate::stamp>;"),
    ("no-conversion-to-any", "gateways/x.hpp",
     "struct Anything {\n    template <class T>\n    operator const T&() const noexcept {\n        return made<T>();\n    }\n};"),
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
    ("memory-order-reason", "engine/x.hpp", "// publishes\nflag.store(true, std::memory_order_release);"),
    ("memory-order-reason", "engine/x.hpp", "flag.store(true, std::memory_order_release);  // relaxed: a flag"),
    ("memory-order-reason", "engine/x.hpp", "flag.store(true, std::memory_order::release);  // release"),
    ("memory-order-reason", "engine/x.hpp",
     "// release: x is written before\nf();\ng();\nh();\nflag.store(true, std::memory_order_release);"),
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
    ("long-function", "engine/x.cpp", header("engine", "void f(int a,\n       int b) noexcept {\n" + "    g();\n" * 70 + "}")),
    ("long-function", "engine/x.cpp", header("engine", "std::optional<std::int64_t>\nX::f(int a) const {\n" + "    g();\n" * 70 + "}")),
    ("long-function", "engine/x.cpp", header("engine", "X::X(int a)\n    : a_(a),\n      b_{a} {\n" + "    g();\n" * 70 + "}")),
    ("long-function", "engine/x.cpp", header("engine", "auto f(int a)\n    -> std::optional<int> {\n" + "    g();\n" * 70 + "}")),
    ("long-function", "engine/x.hpp", header(
        "engine", "class X {\npublic:\n    template <class T, class... Ts>\n    [[nodiscard]] bool f(\n        T first,\n"
        "        Ts... rest) const {\n" + "        g();\n" * 70 + "    }\n};")),
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
# a line of a file, what the file includes, and whether it is a place where bytes could become an approval
GROUNDS = [
    ("auto* order = reinterpret_cast<T*>(bytes);", "risk/approved.hpp", True),
    ("auto* order = static_cast<T*>(room);", "risk/approved.hpp", True),
    ("std::memcpy(static_cast<void*>(\n                &order), bytes, 96);", "risk/approved.hpp", True),
    ("void overwrite(void* order);", "risk/approved.hpp", True),
    ("auto* order = (T*)(room);", "risk/approved.hpp", True),
    ("auto& order = const_cast<T&>(request.request());", "risk/approved.hpp", True),
    ("auto* order = ::new (room)\n    T(key, wish, stamp);", "risk/approved.hpp", True),
    ("auto* order = reinterpret_cast<T*>(bytes);", "gateways/between.hpp", True),
    ("auto* order = reinterpret_cast<T*>(bytes);", "gateways/other.hpp", False),
    ("// style: no-bytes-near-approval because it is an address\nauto* a = reinterpret_cast<T*>(b);", "risk/approved.hpp", False),
    ("const auto size = static_cast<std::size_t>(a) * (b * c);  // not reinterpret_cast", "risk/approved.hpp", False),
]
# a line of a build file, and whether it opens what is private
BUILDS = [
    ("target_compile_options(x PRIVATE -fno-access-control)", True),
    ("add_compile_options(-fpermissive)", True),
    ('set(CMAKE_CXX_FLAGS "-Dprivate=public")', True),
    ("target_compile_definitions(x PRIVATE class=struct)", True),
    ("target_compile_definitions(x PRIVATE PORTCULLIS_X=1)", False),
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
    ("engine/x.hpp", "/* a double,\n   a long */"),
    ("engine/x.hpp", "constexpr std::string_view text = R\"(double\nlong)\";\nconstexpr int million = 1'000'000;"),
    ("engine/x.hpp", "// relaxed: only a look. acquire: what is behind it is whole\nx = a.load(std::memory_order_relaxed) &&\n"
                     "    a.load(std::memory_order_acquire);"),
    ("engine/x.hpp", "void f(int a,\n       int b) {\n" + "    g();\n" * 67 + "}"),
    ("engine/x.hpp", "constexpr std::array rows{\n    Row{1,\n        [](int a) noexcept {\n            return a;\n        },\n"
                     "        2},\n" + "    Row{},\n" * 80 + "};"),
    ("gateways/x.hpp", "void submit(engine::OrderAgentId,\n            risk::Approved<T>&&) noexcept {}"),
    ("gateways/x.hpp", "if (auto* order = std::get_if<risk::Approved<engine::NewOrderSingle>>(&request)) {\n}"),
    ("gateways/x.hpp", "// using Ok = risk::Approved<Order>; is what nobody writes"),
    ("tools/x.hpp", "using Ring = engine::SpscRing<gateways::Outbound, 64>;"),
    ("tools/x.hpp", "template <class T>\nX<T>::operator bool() const {\n    return true;\n}"),
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
    for line, included, forges in GROUNDS:
        files = [("risk/approved.hpp", ""), ("gateways/between.hpp", '#include "risk/approved.hpp"\n'), ("gateways/other.hpp", ""),
                 ("gateways/x.hpp", f'#include "{included}"\n' + header("gateways", line))]
        if bool(list(check.forging_ground(files))) != forges:
            failures.append(f"{line!r} beside {included}: {'' if forges else 'not '}a place to forge")
    for line, opens in BUILDS:
        if bool(list(check.opened_builds([("x/CMakeLists.txt", line)]))) != opens:
            failures.append(f"{line!r}: {'' if opens else 'not '}what opens the private")
    if "CMakeLists.txt" not in dict(check.build_files()) or "tools/cmake/flags.cmake" not in dict(check.build_files()):
        failures.append("the build files of the tree are not read")
    known = {rule.name for rule in RULES}
    known |= set(re.findall(r'complain\([^"]*"([a-z-]+)"', (ROOT / "tools/style/check.py").read_text()))
    for rule in sorted(known - {rule for rule, _, _ in rows}):
        failures.append(f"{rule}: no row here proves that it bites")
    for failure in failures:
        print(failure)
    passed = len(rows) + len(PAIRS) + len(GROUNDS) + len(BUILDS) + len(GOOD_LINES) + len(known) - len(failures)
    print(f"style_test: {passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
