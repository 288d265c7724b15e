#!/usr/bin/env python3
"""The house style, executed: fails on every line that breaks a rule of the style, naming file, line and rule.

Run by the test suite (`ctest -R style`) and by hand: `tools/style/check.py`. The rules are those that a reader relies on
without looking: which folder may include which, where floating point may not be, what nobody may do to an approval.
A rule that must be broken at one place is broken with `// style: <rule> because ...` on the same line or the one above.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEVEL = {"engine": 1, "risk": 2, "strategies": 2, "gateways": 3, "tools": 4, "bench": 4, "tests": 4}
MAY_INCLUDE = {
    "engine": {"engine"},
    "risk": {"engine", "risk"},
    "strategies": {"engine", "strategies"},
    "gateways": {"engine", "risk", "gateways"},
    "tools": {"engine", "risk", "strategies", "gateways", "tools"},
    "bench": {"engine", "risk", "strategies", "gateways", "tools", "bench"},
    "tests": {"engine", "risk", "strategies", "gateways", "tools", "bench", "tests"},
}
LINES_MAX = {".hpp": 500, ".cpp": 500}
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
CORE = ("engine", "risk", "strategies")


class Rule:
    """A pattern that may not occur in the code of some folders."""

    def __init__(self, name, pattern, folders, why, allowed=()):
        self.name, self.pattern, self.folders, self.why = name, re.compile(pattern), folders, why
        self.allowed = allowed


RULES = [
    Rule("no-double", r"\b(double|float)\b", ("engine", "risk", "gateways"),
         "no floating point for price, size or money below strategies/",
         ("engine/math/", "engine/config/", "engine/types/state_hash.hpp")),
    Rule("no-clock", r"\b(system_clock|steady_clock|high_resolution_clock|clock_gettime|gettimeofday|__rdtsc\w*|rdtsc)\b",
         CORE, "time comes in as an argument", ("engine/time/", "engine/journal/")),
    Rule("no-random", r"\b(random_device|mt19937\w*|rand\(|getrandom|getentropy)\b", CORE,
         "chance comes in as an argument", ("engine/journal/",)),
    Rule("no-thread", r"\bstd::(thread|jthread|mutex|condition_variable|async)\b", CORE,
         "no thread and no lock in the core", ("engine/time/",)),
    Rule("no-environment", r"\b(getenv|setenv|secure_getenv)\b", CORE, "no environment in the core"),
    Rule("no-exceptions", r"\b(throw|try|catch)\b\s*[({;\w]", CORE, "a refusal is a value in the core"),
    Rule("no-static-state", r"^\s*(static|thread_local)\s+(?!constexpr|const\b|_assert|std::size_t\s+\w+\()[\w:<>,\s*&]+\s+\w+(_)?\s*(=|\{|;)",
         CORE, "no static mutable state", ("engine/types/verify.cpp",)),
    Rule("no-forged-approval", r"(memcpy|memmove|bit_cast|reinterpret_cast|start_lifetime_as|new\s*\()[^;]*\bApproved\b",
         ("engine", "risk", "strategies", "gateways", "tools", "bench"), "only the gate makes an approval"),
    Rule("no-specialized-approval", r"template\s*<>\s*(class|struct)\s+(\w+::)*(Approved|ApprovalKey)\b",
         tuple(LEVEL), "Approved is specialized nowhere"),
    Rule("no-bit-cast", r"\b(std::bit_cast|reinterpret_cast)\b", ("risk", "strategies"),
         "bytes are reinterpreted only at the wire and in the journal", ("risk/kill_switch",)),
    Rule("no-todo", r"\b(TODO|FIXME|XXX|HACK)\b", tuple(LEVEL), "what is left is an issue, not a comment"),
    Rule("no-machine-path", r"/(work|home|root)/\w", tuple(LEVEL), "no path of somebody's machine"),
    Rule("no-libm", r"\bstd::(exp|log|pow|sin|cos|tan|exp2|log2|log10|expm1|log1p)\s*\(", CORE,
         "libm differs between machines: engine/math replays bit for bit"),
]

COMMENT = re.compile(r"//.*$")
STRING = re.compile(r'"(\\.|[^"\\])*"')


def sources():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, text=True, check=False)
    names = listed.stdout.split("\n") if listed.returncode == 0 else \
        [str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if "build" not in p.parts]
    for name in sorted(names):
        if name.split("/")[0] in LEVEL and name.endswith((".hpp", ".cpp")) and (ROOT / name).is_file():
            yield name


def excused(lines, index, rule):
    marker = f"// style: {rule} because"
    return marker in lines[index] or (index > 0 and marker in lines[index - 1])


def check_lines(name, lines, complain):
    folder = name.split("/")[0]
    in_fuzz_or_test = folder == "tests"
    for index, line in enumerate(lines):
        number = index + 1
        if len(line) > COLUMNS_MAX and not excused(lines, index, "long-line") and "R\"" not in line \
                and not in_fuzz_or_test:
            complain(name, number, "long-line", f"{len(line)} columns, {COLUMNS_MAX} at most")
        include = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if include:
            target = include.group(1).split("/")[0]
            if target not in LEVEL:
                complain(name, number, "include-root", f'"{include.group(1)}" is not rooted at the repository')
            elif target not in MAY_INCLUDE[folder]:
                complain(name, number, "include-direction", f"{folder}/ may not include {target}/")
        code = STRING.sub('""', COMMENT.sub("", line))
        for rule in RULES:
            if folder not in rule.folders or any(name.startswith(a) for a in rule.allowed):
                continue
            text = line if rule.name in ("no-todo", "no-machine-path") else code
            if rule.pattern.search(text) and not excused(lines, index, rule.name):
                complain(name, number, rule.name, rule.why)


def check_shape(name, lines, complain):
    suffix = pathlib.Path(name).suffix
    folder = name.split("/")[0]
    long_file_excused = any("// style: long-file because" in line for line in lines[:20])
    if folder != "tests" and len(lines) > LINES_MAX[suffix] and not long_file_excused:
        complain(name, len(lines), "long-file", f"{len(lines)} lines, {LINES_MAX[suffix]} at most: a file is one idea")
    header = 0
    while header < len(lines) and lines[header].startswith("//"):
        header += 1
    paired = suffix == ".cpp" and (ROOT / name).with_suffix(".hpp").is_file()  # its header says it
    if header == 0 and not paired:
        complain(name, 1, "file-header", "begins with lines that say what it is and why it is so")
    elif suffix == ".hpp" and header < 2 and folder != "tests":
        complain(name, 1, "file-header", "a header says in at least two lines what it is and why it is so")
    if suffix == ".hpp" and "#pragma once" not in lines:
        complain(name, 1, "pragma-once", "a header has #pragma once")
    if folder in ("tests",):
        return
    begin = None
    for index, line in enumerate(lines):  # a function opens in column 0 or one indent deep and closes alike
        if begin is None and re.match(r"^( {4})?[\w:~<\[].*[){]\s*(const|noexcept|override|\s)*\{$", line) \
                and not re.match(r"^\s*(namespace|class|struct|enum|union|template|extern|if|for|while|switch|do|else)\b", line):
            begin = (index, len(line) - len(line.lstrip()))
        elif begin is not None and line.rstrip() == " " * begin[1] + "}":
            length = index - begin[0] + 1
            if length > FUNCTION_LINES_MAX and not excused(lines, begin[0], "long-function"):
                complain(name, begin[0] + 1, "long-function", f"{length} lines, {FUNCTION_LINES_MAX} at most")
            begin = None


def check_definitions(complain):
    """One definition of what the promise of the gate hangs on."""
    for class_name, home in (("RiskGate", "risk/risk_gate.hpp"), ("ApprovalKey", "risk/approved.hpp"),
                             ("Approved", "risk/approved.hpp")):
        pattern = re.compile(rf"\b(class|struct)\s+(\[\[nodiscard\]\]\s+)?{class_name}\b[^;]*(\{{|$)")
        for name in sources():
            if name == home or name.startswith("tests/compile_fail/"):
                continue
            for index, line in enumerate((ROOT / name).read_text(encoding="utf-8").split("\n")):
                code = STRING.sub('""', COMMENT.sub("", line))
                if pattern.search(code) and not code.rstrip().endswith(";") and "friend" not in code:
                    complain(name, index + 1, "one-definition", f"{class_name} is defined in {home} alone")


def main():
    complaints = []

    def complain(name, line, rule, why):
        complaints.append(f"{name}:{line}: {rule}: {why}")

    count = 0
    for name in sources():
        lines = (ROOT / name).read_text(encoding="utf-8").split("\n")
        check_lines(name, lines, complain)
        check_shape(name, lines, complain)
        count += 1
    check_definitions(complain)
    for each in complaints:
        print(each)
    print(f"style: {count} files, {len(complaints)} complaints")
    return 1 if complaints or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
