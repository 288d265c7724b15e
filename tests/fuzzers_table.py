#!/usr/bin/env python3
"""Holds the table of fuzzers in tests/README.md against the tree: each fuzzer has one row that says what it is fed and
what must hold, and the count of its corpus; no corpus without a fuzzer. `--fix` writes the counts.

Usage: fuzzers_table.py [--fix]. Run by `ctest -R fuzzers_table`; prints the row that is wrong and what it should say.
"""
import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parent
README = TESTS / "README.md"
BEGIN, END = "<!-- fuzzers:begin -->", "<!-- fuzzers:end -->"
ROW = re.compile(r"^\| `(?P<name>\w+)` \| (?P<fed>[^|]+) \| (?P<holds>[^|]+) \| (?P<count>\d+) \|$")


def corpora():
    """Number of corpus files by name of the fuzzer; -1 where there is no such fuzzer. And those that nobody named."""
    nameless = []
    counts = {path.stem: 0 for path in TESTS.rglob("*_fuzz.cpp")}
    for folder in TESTS.rglob("corpus/*"):
        if folder.is_dir():
            files = [path for path in folder.rglob("*") if path.is_file()]
            nameless += [path for path in files if re.fullmatch(r"((crash|oom|timeout|leak)-)?[0-9a-f]{40}", path.name)]
            counts[folder.name] = len(files) if folder.name in counts else -1
    return counts, nameless


def complaints(lines, counts, nameless):
    seen = set()
    for path in nameless:
        yield f"{path.relative_to(TESTS)}: expected a name that says what the input is"
    for line in lines:
        row = ROW.match(line)
        if not row:
            yield f"not a row of four columns: {line}"
            continue
        name = row["name"]
        if name in seen:
            yield f"{name}: two rows"
        seen.add(name)
        if name not in counts:
            yield f"{name}: a row without a tests/**/{name}.cpp"
        elif int(row["count"]) != counts[name]:
            yield f"{name}: the table says {row['count']} corpus files, there are {counts[name]}"
    for name, count in sorted(counts.items()):
        if count < 0:
            yield f"{name}: a corpus without a fuzzer"
        elif count == 0:
            yield f"{name}: no corpus"
        elif name not in seen:
            yield f"{name}: no row; expected | `{name}` | what it is fed | what must hold | {count} |"


def main():
    text = README.read_text()
    before, _, rest = text.partition(BEGIN)
    table, found, after = rest.partition(END)
    if not found:
        sys.exit(f"tests/README.md: no table between {BEGIN} and {END}")
    counts, nameless = corpora()
    if "--fix" in sys.argv[1:]:
        for name, count in counts.items():
            table = re.sub(rf"^(\| `{name}` \|.*\| )\d+ \|$", rf"\g<1>{count} |", table, flags=re.MULTILINE)
        README.write_text(before + BEGIN + table + END + after)
    wrong = list(complaints(table.strip().split("\n")[2:], counts, nameless))
    for line in wrong:
        print(f"tests/README.md, fuzzers: {line}")
    print(f"{len(counts)} fuzzers, {sum(counts.values())} corpus files, {len(wrong)} complaints")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
