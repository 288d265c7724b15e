#!/usr/bin/env python3
"""Instructions of the fixed paths, held to a table: the guard against slowing down that cannot flake.

check.py PROGRAM BUILD [--renew]     BUILD: compiler and kind of build, as in the table's first column

valgrind --tool=callgrind counts what runs inside counted_path(). Only instructions of our own program are held: which
memcpy glibc takes depends on the processor, so what libraries execute is printed beside it. More or less than SLACK of
what the table says fails: more is a path that grew; less is a gain that the next change could lose unseen (--renew).
Exit code: 0; 1: a count is off; 77: no valgrind, or a compiler without a row in the table.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SLACK = 0.02
TABLE = pathlib.Path(__file__).with_name("expected.tsv")
PATHS = ("decode.depth", "decode.book_ticker", "decode.trade", "decode.execution_report", "decode.balances",
         "decode.replaced", "book.apply", "gate.review", "encode.new_order", "latency.order", "framing.100", "framing.1440", "tick.acting", "tick.no_action",
         "tick.first_order")
COST = re.compile(r"^(?:\d+|[+-]\d+|\*) (\d+)$")
NAMED = re.compile(r"^ob=\((\d+)\)(?: (.+))?$")
CALLED = re.compile(r"^cob=\((\d+)\)(?: (.+))?$")


def costs_by_object(lines):
    """Self costs of a callgrind file by the path of the object; a line after calls= is the callee's, inclusive."""
    names, costs, current, skip = {}, {}, "", False
    for line in lines:
        line = line.rstrip("\n")
        if match := NAMED.match(line) or CALLED.match(line):
            number, name = match.groups()
            if name is not None:
                names[number] = name
            if line.startswith("ob="):
                current = names[number]
        elif line.startswith("calls="):
            skip = True
        elif match := COST.match(line):
            if not skip:
                costs[current] = costs.get(current, 0) + int(match.group(1))
            skip = False
    return costs


def count(program, path):
    """(operations, instructions of the program, instructions of libraries)"""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "callgrind.out"
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--toggle-collect=counted_path",
             "--collect-atstart=no", str(program), path], capture_output=True, text=True, check=False)
        if run.returncode != 0:
            sys.exit(f"{path}: {run.stderr}")
        collected = int(re.search(r"Collected : (\d+)", run.stderr).group(1))
        costs = costs_by_object(out.read_text().splitlines())
    if sum(costs.values()) != collected:
        sys.exit(f"{path}: {sum(costs.values())} instructions read of {collected} collected")
    own = sum(cost for name, cost in costs.items() if pathlib.Path(name).resolve() == program)
    return int(run.stdout), own, collected - own


def read_table(text):
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return {(build, path): int(instructions) for build, path, instructions in rows}


def judge(build, path, instructions, table):
    """None where it holds, else why not."""
    expected = table.get((build, path))
    if expected is None:
        return "not in the table"
    if abs(instructions - expected) <= SLACK * expected:
        return None
    return f"{instructions / expected - 1:+.1%} against {expected}"


def write_table(table):
    head = [line for line in TABLE.read_text().splitlines() if line.startswith("#")] if TABLE.exists() else []
    order = sorted(table, key=lambda key: (key[0], PATHS.index(key[1])))
    TABLE.write_text("\n".join(head + ["\t".join((*key, str(table[key]))) for key in order]) + "\n")


def main():
    program, build, renew = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3:] == ["--renew"]
    if shutil.which("valgrind") is None:
        print("SKIPPED instructions: no valgrind (tools/install-deps --dev)")
        return 77
    table = read_table(TABLE.read_text()) if TABLE.exists() else {}
    if not renew and not any(key[0] == build for key in table):
        print(f"SKIPPED instructions: no row for {build} in {TABLE.name}")
        return 77
    wrong = 0
    print(f"{build:<34}{'an operation':>14}{'of libraries':>14}{'counted':>12}")
    for path in PATHS:
        operations, own, libraries = count(program, path)
        complaint = None if renew else judge(build, path, own, table)
        wrong += complaint is not None
        print(f"{path:<34}{own / operations:>14.1f}{libraries / operations:>14.1f}{own:>12}  {complaint or ''}")
        table[build, path] = own
    if renew:
        write_table(table)
    elif wrong:
        print(f"{wrong} off by more than {SLACK:.0%}: look at it, and where it is meant: tools/instructions --renew")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
