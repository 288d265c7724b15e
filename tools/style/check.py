#!/usr/bin/env python3
"""The house style, executed: fails on every line that breaks a rule of the style, naming file, line and rule.

Run by the test suite (`ctest -R style`) and by hand: `tools/style/check.py`. The rules are those that a reader relies on
without looking: which folder may include which, where floating point may not be, what nobody may do to an approval. What
may not stand in a line is the table in rules.py; what a file must be is here. tests/tools/style proves that each bites.
A rule that must be broken at one place is broken with `// style: <rule> because ...` on the same line or the one above.
"""
import functools
import pathlib
import re
import shutil
import subprocess
import sys

from rules import BYTES, CPP, HEADERS, LEVEL, MAY_INCLUDE, OPENED_BUILD, RULES, SHIPPED, TEXT_RULES

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINES_MAX = 500
HEADER_MAX = 10
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
COMMENT = re.compile(r"//.*$")
STRING = re.compile(r'"(\\.|[^"\\])*"')
TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|\b[0-9](?:'?[\w.])*|R"([^()\\\s]{0,16})\(.*?\)\1"|"(?:\\.|[^"\\\n])*\""""
                   r"""|'(?:\\.|[^'\\\n])+'""", re.S)
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


@functools.lru_cache(maxsize=None)
def code_of_file(text):
    """The file without comments, and with strings and characters emptied; lines stay where they are."""
    def blank(token):
        found = token.group(0)
        if found[0].isdigit():
            return found
        quote = "" if found[0] == "/" else found[-1]
        return quote + "\n" * found.count("\n") + quote
    return TOKEN.sub(blank, text)


def rules_for(name, whole):
    folder = name.split("/")[0]
    for rule in RULES:
        if rule.whole == whole and folder in rule.folders and name.endswith(rule.suffixes) \
                and not name.startswith(tuple(rule.allowed)):
            yield rule


def check_whole(name, lines, complain):
    """The rules whose breach may run over several lines: named where it begins."""
    code = code_of_file("\n".join(lines))
    for rule in rules_for(name, True):
        for match in rule.pattern.finditer(code):
            start = match.end() - len(match.group(0).lstrip(" \n;}"))
            index = code.count("\n", 0, start)
            if not excused(lines, index, rule.name):
                complain(index, rule.name, rule.why)


def check_lines(name, lines, complain):
    folder = name.split("/")[0]
    code_lines = code_of_file("\n".join(lines)).split("\n")
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
        code = code_lines[index]
        for rule in rules_for(name, False):
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


def head_of(code, index):
    """The first line of the statement whose brace ends line `index`, and its text on one line."""
    first = index
    while first > 0 and code[first - 1].strip() and not re.search(r"[;{}:]$|^\s*#", code[first - 1].rstrip()):
        first -= 1
    text = " ".join(line.strip() for line in code[first:index + 1])
    while text.startswith("template"):
        depth = 0
        for at, char in enumerate(text):
            depth += {"<": 1, ">": -1}.get(char, 0)
            if char == ">" and depth == 0:
                break
        text = text[at + 1:].lstrip()
    return first, text


def check_functions(name, lines, complain):
    """A function's head, on however many lines, opens at an indent of its own and closes alike: clang-format sees to that."""
    if name.startswith("tests/"):
        return
    code = code_of_file("\n".join(lines)).split("\n")
    begin = indent = None
    for index, line in enumerate(code):
        if begin is None and line.endswith(" {"):
            first, head = head_of(code, index)
            opened = code[first][:len(code[first]) - len(code[first].lstrip())]
            if "(" in head and len(opened) in (0, 4, 8) and not re.search(r"=\s*\{$|(?<!operator\[)\]\s*\(", head) \
                    and not re.match(r"(namespace|class|struct|enum|union|extern|if|for|while|switch|do|else)\b", head):
                begin, indent = first, opened
        elif begin is not None and line.startswith(indent + "}"):
            length = index - begin + 1
            if length > FUNCTION_LINES_MAX and not excused(lines, begin, "long-function"):
                complain(begin, "long-function", f"{length} lines, {FUNCTION_LINES_MAX} at most")
            begin = None


def check_memory_orders(name, lines, complain):
    """Each memory order has its reason, which names it ("relaxed: a counter"): on its line or at most 3 above."""
    if name.startswith("tests/"):
        return
    for index, line in enumerate(lines):
        near = [m.group(0).lower() for each in lines[max(0, index - 3):index + 1]
                if (m := COMMENT.search(STRING.sub('""', each)))]
        for order in re.findall(r"\bmemory_order(?:_|::)(\w+)", code_of(line)):
            if not any(re.search(rf"\b{order}\b\W+\w", comment) for comment in near):
                complain(index, "memory-order-reason", f'a comment says why it is enough, "{order}: ...", '
                         "on its line or at most 3 above")


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


def forging_ground(files):
    """Whatever makes objects out of bytes, in a file that sees an approval, by whatever name: there it could forge one."""
    texts = dict(files)
    included = {name: {at for at in re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, re.M)} for name, text in files}
    seeing, before = {"risk/approved.hpp"}, 0
    while len(seeing) > before:
        before = len(seeing)
        seeing |= {name for name, targets in included.items() if targets & seeing}
    for name in sorted(seeing & set(texts)):
        if name.split("/")[0] not in SHIPPED or name.startswith("risk/"):
            continue  # risk/ has no-bit-cast; what tests forge does not ship
        lines, code = texts[name].split("\n"), code_of_file(texts[name])
        for match in BYTES.finditer(code):
            index = code.count("\n", 0, match.start())
            if not excused(lines, index, "no-bytes-near-approval"):
                yield name, index + 1, "no-bytes-near-approval", "this file sees approvals: bytes become no objects here"


def opened_builds(files):
    """A compiler told to forget what private means makes the gate's promise void."""
    for name, text in files:
        for index, line in enumerate(text.split("\n")):
            if OPENED_BUILD.search(line):
                yield name, index + 1, "no-opened-build", "private stays private: no flag and no definition opens it"


def build_files():
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if (path.name in ("CMakeLists.txt", "CMakePresets.json") or path.suffix == ".cmake") \
                and parts[0] in (*LEVEL, "CMakeLists.txt", "CMakePresets.json") and "node_modules" not in parts:
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def complaints_of(name, text):
    """All complaints about a file of this name with this text, as (line, rule, why)."""
    found = []
    lines = text.split("\n")
    for check in (check_lines, check_whole, check_file, check_functions, check_memory_orders, check_tests_assert, check_definitions):
        check(name, lines, lambda index, rule, why: found.append((index + 1, rule, why)))
    return found


def main():
    files = [(name, (ROOT / name).read_text(encoding="utf-8")) for name in sources()]
    complaints = [(name, *each) for name, text in files for each in complaints_of(name, text)]
    complaints += [*doubled_types(files), *forging_ground(files), *opened_builds(build_files())]
    for name, line, rule, why in complaints:
        print(f"{name}:{line}: {rule}: {why}")
    print(f"style: {len(files)} files, {len(complaints)} complaints")
    return 1 if complaints or not files else 0


if __name__ == "__main__":
    sys.exit(main())
