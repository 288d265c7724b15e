#!/usr/bin/env python3
"""The house style, executed: fails on every line that breaks a rule of the style, naming file, line and rule.

Run by the test suite (`ctest -R style`) and by hand: `tools/style/check.py`. The rules are those that a reader relies on
without looking: which folder may include which, where floating point may not be, what nobody may do to an approval. What
may not stand in a line is the table in rules.py; what a file must be is here. tests/tools/style proves that each bites.
A rule that must be broken at one place is broken with `// style: <rule> because ...` on the same line or the one above.
"""
import pathlib
import re
import shutil
import subprocess
import sys

from rules import CPP, HEADERS, LEVEL, MAY_INCLUDE, RULES, SHIPPED, TEXT_RULES

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINES_MAX = 500
HEADER_MAX = 10
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
COMMENT = re.compile(r"//.*$")
STRING = re.compile(r'"(\\.|[^"\\])*"')
ONE_DEFINITION = {"RiskGate": "risk/risk_gate.hpp", "ApprovalKey": "risk/approved.hpp", "Approved": "risk/approved.hpp"}


def sources():
    """Every C++ file of the tree, also where there is no git or it does not trust the folder."""
    names = []
    if shutil.which("git"):
        listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                                capture_output=True, text=True, check=False)
        names = listed.stdout.split("\n")
    if len(names) < 2:
        names = [str(p.relative_to(ROOT)) for folder in LEVEL for p in (ROOT / folder).rglob("*")
                 if "node_modules" not in p.parts]
    for name in sorted(names):
        if name.split("/")[0] in LEVEL and name.endswith(CPP) and (ROOT / name).is_file():
            yield name


def excused(lines, index, rule):
    marker = f"// style: {rule} because"
    return marker in lines[index] or (index > 0 and marker in lines[index - 1])


def code_of(line):
    return STRING.sub('""', COMMENT.sub("", line))


def check_lines(name, lines, complain):
    folder = name.split("/")[0]
    for index, line in enumerate(lines):
        if len(line) > COLUMNS_MAX and folder != "tests" and "R\"" not in line and not excused(lines, index, "long-line"):
            complain(index, "long-line", f"{len(line)} columns, {COLUMNS_MAX} at most")
        include = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if include:
            target = include.group(1).split("/")[0]
            if target not in LEVEL:
                complain(index, "include-root", f'"{include.group(1)}" is not rooted at the repository')
            elif target not in MAY_INCLUDE[folder]:
                complain(index, "include-direction", f"{folder}/ may not include {target}/")
        code = code_of(line)
        for rule in RULES:
            if folder not in rule.folders or not name.endswith(rule.suffixes) or name.startswith(tuple(rule.allowed)):
                continue
            if rule.pattern.search(line if rule.name in TEXT_RULES else code) and not excused(lines, index, rule.name):
                complain(index, rule.name, rule.why)


def check_file(name, lines, complain):
    """What a file as a whole must be: its name, its first lines, its length, its namespace."""
    folder, suffix = name.split("/")[0], pathlib.Path(name).suffix
    if not re.fullmatch(r"[a-z0-9_/]+\.[hci]pp", name):
        complain(0, "file-name", "files and folders are snake_case")
    if folder != "tests" and len(lines) > LINES_MAX and not any("// style: long-file because" in line for line in lines[:20]):
        complain(len(lines) - 1, "long-file", f"{len(lines)} lines, {LINES_MAX} at most: a file is one idea")
    header = next((i for i, line in enumerate(lines) if not line.startswith("//")), len(lines))
    paired = suffix == ".cpp" and (ROOT / name).with_suffix(".hpp").is_file()  # its header says it
    if header == 0 and not paired:
        complain(0, "file-header", "begins with lines that say what it is and why it is so")
    elif suffix in HEADERS and header < 2 and folder != "tests":
        complain(0, "file-header", "a header says in at least two lines what it is and why it is so")
    elif header > HEADER_MAX:
        complain(header - 1, "file-header", f"{header} lines, {HEADER_MAX} at most: the rest stands next to the code")
    if suffix == ".hpp" and "#pragma once" not in lines:
        complain(0, "pragma-once", "a header has #pragma once")
    opened = [(i, m.group(1)) for i, line in enumerate(lines) if (m := re.match(r"namespace (portcullis\S*) \{", line))]
    home = f"portcullis::{folder}"
    if folder in SHIPPED:
        for index, namespace in opened:
            if namespace != home and not namespace.startswith(home + "::"):
                complain(index, "namespace", f"the namespace of {folder}/ is {home}")
        if not opened and suffix != ".ipp" and not name.endswith("/main.cpp"):
            complain(0, "namespace", f"the namespace of {folder}/ is {home}")


def check_functions(name, lines, complain):
    """A function opens in column 0 or one indent deep and closes alike: clang-format sees to that."""
    if name.startswith("tests/"):
        return
    begin = None
    for index, line in enumerate(lines):
        if begin is None and re.match(r"^( {4})?[\w:~<\[].*[){]\s*(const|noexcept|override|\s)*\{$", line) \
                and not re.match(r"^\s*(namespace|class|struct|enum|union|template|extern|if|for|while|switch|do|else)\b", line):
            begin = (index, len(line) - len(line.lstrip()))
        elif begin is not None and line.rstrip() == " " * begin[1] + "}":
            length = index - begin[0] + 1
            if length > FUNCTION_LINES_MAX and not excused(lines, begin[0], "long-function"):
                complain(begin[0], "long-function", f"{length} lines, {FUNCTION_LINES_MAX} at most")
            begin = None


def check_memory_orders(name, lines, complain):
    """Each memory order has its one-line reason: on its line, or in a comment above it within the same statement group."""
    if name.startswith("tests/"):
        return
    for index, line in enumerate(lines):
        if "memory_order" not in code_of(line):
            continue
        near = [line, *lines[max(0, index - 3):index]]
        if not any("//" in each for each in near):
            complain(index, "memory-order-reason", "a memory order says why it is enough: on its line or at most 3 above")


def check_tests_assert(name, lines, complain):
    """A test asserts something, itself or through a function of its own folder that does."""
    if not name.startswith("tests/") or not name.endswith("_test.cpp"):
        return
    asserting = re.compile(r"\b(EXPECT_|ASSERT_|FAIL\(|ADD_FAILURE|GTEST_FAIL)")
    text = "\n".join(lines)
    helpers = {m.group(1) for m in re.finditer(r"^(?:\w[\w:<>,&* ]* |    \w[\w:<>,&* ]* )?(\w+)\([^;{]*\)[^;{]*\{\n(?:.*\n)*?^ {0,4}\}",
                                               text, re.M) if asserting.search(m.group(0))}
    for test in re.finditer(r"^TEST(?:_[FP])?\([^)]*\) \{\n((?:.*\n)*?)\}$", text, re.M):
        called = set(re.findall(r"\b(\w+)(?:<[^;()]*>)?\(", test.group(1)))
        if not asserting.search(test.group(1)) and not called & helpers:
            complain(text[:test.start()].count("\n"), "test-asserts", "a test that asserts nothing is none")


def check_definitions(name, lines, complain):
    """One definition of what the promise of the gate hangs on."""
    for class_name, home in ONE_DEFINITION.items():
        if name == home or name.startswith("tests/compile_fail/"):
            continue
        pattern = re.compile(rf"\b(class|struct)\s+(\[\[nodiscard\]\]\s+)?{class_name}\b[^;]*(\{{|$)")
        for index, line in enumerate(lines):
            code = code_of(line)
            if pattern.search(code) and not code.rstrip().endswith(";") and "friend" not in code:
                complain(index, "one-definition", f"{class_name} is defined in {home} alone")


def types_of(text):
    """(line, namespace, name) of each type that a file defines at namespace scope, outside anonymous namespaces."""
    spaces = []
    for index, line in enumerate(text.split("\n")):
        opened = re.match(r"(?:inline )?namespace ([\w:]*) ?\{", line)
        if opened:
            spaces.append(opened.group(1))
        elif re.match(r"\}  // namespace", line) and spaces:
            spaces.pop()
        defined = re.match(r"(?:template <.*> )?(?:class|struct|union|enum class|enum) (?:\[\[\w+\]\] )?(?:alignas\([\w:]+\) )?"
                           r"(\w+)(?: final)?(?: :[^:;].*)?(?: \{.*)?$", code_of(line))
        if defined and "" not in spaces:
            yield index + 1, "::".join(spaces), defined.group(1)


def doubled_types(files):
    """Two types of one name in one namespace: each translation unit may see one, and the linker mixes their members."""
    seen = {}
    for name, text in files:
        if name.startswith("tests/compile_fail/"):
            continue  # they redefine on purpose
        for line, space, type_name in types_of(text):
            first = seen.setdefault((space, type_name), name)
            if first != name:
                yield name, line, "doubled-type", f"{space}::{type_name} is defined in {first} too"


def complaints_of(name, text):
    """All complaints about a file of this name with this text, as (line, rule, why)."""
    found = []
    lines = text.split("\n")
    for check in (check_lines, check_file, check_functions, check_memory_orders, check_tests_assert, check_definitions):
        check(name, lines, lambda index, rule, why: found.append((index + 1, rule, why)))
    return found


def main():
    files = [(name, (ROOT / name).read_text(encoding="utf-8")) for name in sources()]
    complaints = [(name, *each) for name, text in files for each in complaints_of(name, text)]
    complaints += doubled_types(files)
    for name, line, rule, why in complaints:
        print(f"{name}:{line}: {rule}: {why}")
    print(f"style: {len(files)} files, {len(complaints)} complaints")
    return 1 if complaints or not files else 0


if __name__ == "__main__":
    sys.exit(main())
