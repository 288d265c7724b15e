#!/usr/bin/env python3
"""Mutants of the gate: for each check and each limit, a build with it disabled must fail its test.

A green test suite proves nothing about a check that no test would miss. So the one file that
decides, risk/risk_gate.cpp, is compiled again once per rung of the ladder and once per limit, with
that one disabled (risk/mutant.hpp), linked with the rows of the specification, and the rows of that
name are run: at least one must fail. The list comes from the gate's own tables (the test
GateSpec.ListsItsMutants prints it), so a new check or limit without a row fails here. The whole gate,
built the same way, must pass every row first: else a broken build would look like a killed mutant.

All of them are built each time, some seventy compilations of one file (ccache, where CMake uses it, makes a second run quick);
`--only NAME` runs one. Sums are mutated by their text, one line of exposure.cpp each, and must differ from those of the naive twin.

usage: mutants.py --compiler g++ --flags "..." --source DIR --work DIR --archive LIB... --object O...
"""
import argparse
import concurrent.futures
import os
import re
import shlex
import subprocess
import sys
import time

# Parts of the gate that are no check: what a review does when everything holds.
MECHANISMS = {
    "mechanism.reserve": "GateReview.*",
    "mechanism.count_message": "GateReview.*",
    "mechanism.number": "GateReview.*",
    "mechanism.kill_stamp": "GateReview.*",
    "mechanism.escalate": "GateReview.*",
    "mechanism.count_denial": "Spec/EachCheck.*/denials__*",
    "mechanism.note_order": "Spec/EachCheck.*/price_drift__*",
    "mechanism.note_key": "Spec/EachCheck.*/duplicate_order__*",
}
# The bookkeeping: name, a text of risk/exposure.cpp, and what stands there instead.
SUMS = {
    "sum.fee": ("    shift(fill.fee_asset, -int128{fill.fee_atoms});\n", ""),
    "sum.base_moves": ("    shift(base, buy ?", "    shift(engine::no_asset, buy ?"),
    "sum.quote_moves": ("    shift(quote, buy ?", "    shift(engine::no_asset, buy ?"),
    "sum.buys_pay_up": ("buy ? engine::Rounding::up : engine::Rounding::down", "engine::Rounding::down"),
    "sum.filled": ("    mine.filled += taken;\n", ""),
    "sum.leaves_fall": ("    set_leaves(mine, mine.leaves - taken);\n", ""),
    "sum.leaves_never_rise": ("if (leaves < mine.leaves) {", "if (leaves != mine.leaves) {"),
    "sum.released": ("    verify(mine.live);\n    add(mine, -1);\n", "    verify(mine.live);\n"),
    "sum.open_instrument": ("    open_.instrument[mine.instrument.value] -= 1;\n", ""),
    "sum.open_strategy": ("    open_.strategy[mine.strategy.value] -= 1;\n", ""),
    "sum.open_venue": ("    open_.venue[mine.venue.value] -= 1;\n", ""),
    "sum.open_firm": ("    open_.firm -= 1;\n", ""),
    "sum.overfills": ("        ++overfills_;\n", ""),
}
TWIN = re.compile(r"/(gate_twin_test|naive_gate|naive_review)\.cpp\.o$")
SCOPES = ("firm_", "venue_", "account_", "strategy_", "instrument_")
LIMIT_SUFFIXES = ("_max", "strategy_instruments")


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def macro_name(row):
    """The name by which the gate knows the mutant of a row: limits are scope.key there."""
    if row.endswith(LIMIT_SUFFIXES):
        for scope in SCOPES:
            if row.startswith(scope):
                return scope[:-1] + "." + row[len(scope):]
    return row


class Builder:
    def __init__(self, options):
        self.options = options
        os.makedirs(options.work, exist_ok=True)

    def build(self, mutant):
        """Path of the test program with `mutant` (None: the whole gate), or exits."""
        stem = os.path.join(self.options.work, (mutant or "whole").replace(".", "_"))
        flags = shlex.split(self.options.flags)
        compile_command = shlex.split(self.options.compiler) + flags + ["-O0", "-g0"]
        if mutant:
            compile_command += [f'-DPORTCULLIS_MUTANT="{mutant}"', "-DPORTCULLIS_MUTANT_IS_FOR_TESTS_ONLY"]
        source = os.path.join(self.options.source, "risk/risk_gate.cpp")
        compiled = run(compile_command + ["-c", source, "-o", stem + ".o"])
        if compiled.returncode != 0:
            raise RuntimeError(f"{mutant}: does not compile\n{compiled.stderr}")
        # Our object comes first, so the archive's risk_gate.o is never pulled in.
        linker = shlex.split(self.options.compiler)[-1:]
        linked = run(linker + [stem + ".o"] + self.options.object + self.options.archive
                     + ["-lgtest", "-lgtest_main", "-lpthread", "-o", stem] + shlex.split(self.options.link))
        if linked.returncode != 0:
            raise RuntimeError(f"{mutant}: does not link\n{linked.stderr}")
        os.unlink(stem + ".o")
        return stem

    def judge(self, row, mutant, tests):
        """None if the mutant was killed by a test of that name, else what went wrong."""
        try:
            program = self.build(mutant)
        except RuntimeError as error:
            return str(error)
        result = run([program, f"--gtest_filter={tests}", "--gtest_brief=1"])
        os.unlink(program)
        if "[==========] 0 tests" in result.stdout:
            return f"{row}: no test is named {tests}"
        if result.returncode == 0:
            return f"{row}: the gate with {mutant} disabled passes {tests}"
        # Only the named tests run, so an abort by one of our own verifies is that test's failure: the
        # second assertion of the pair caught the mutant before the first could.
        if result.returncode < 0 and "portcullis: verify failed" in result.stderr:
            return None
        if result.returncode < 0 or "[  FAILED  ]" not in result.stdout:
            return f"{row}: the tests crashed instead of failing\n{result.stdout}{result.stderr}"
        return None


    def judge_sum(self, name):
        """None if the twin noticed that the line is gone, else what went wrong."""
        before, after = SUMS[name]
        with open(os.path.join(self.options.source, "risk/exposure.cpp"), encoding="utf-8") as file:
            text = file.read()
        if text.count(before) != 1:
            return f"{name}: risk/exposure.cpp has no such line any more: {before!r}"
        stem = os.path.join(self.options.work, name.replace(".", "_"))
        with open(stem + ".cpp", "w", encoding="utf-8") as file:
            file.write(text.replace(before, after))
        compiler = shlex.split(self.options.compiler)
        made = run(compiler + shlex.split(self.options.flags) + ["-O1", "-c", stem + ".cpp", "-o", stem + ".o"])
        if made.returncode == 0:
            made = run(compiler[-1:] + [stem + ".o"] + [each for each in self.options.twin if TWIN.search(each)]
                       + self.options.archive + ["-lgtest", "-lgtest_main", "-lpthread", "-o", stem])
        if made.returncode != 0:
            return f"{name}: does not build\n{made.stderr}"
        result = run([stem, "--gtest_filter=Seeds/GateTwin.AgreesWithTheGateAtEveryCommand/0", "--gtest_brief=1"])
        noticed = "Which is:" in result.stdout or "portcullis: verify failed" in result.stderr
        return None if result.returncode != 0 and noticed else f"{name}: the twin does not notice\n{result.stdout}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--flags", default="")
    parser.add_argument("--link", default="")
    parser.add_argument("--source", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--archive", action="append", default=[])
    parser.add_argument("--object", action="append", default=[])
    parser.add_argument("--twin", action="append", default=[])
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", help="one name, to look at")
    builder = Builder(parser.parse_args())
    started = time.monotonic()

    whole = builder.build(None)
    result = run([whole, "--gtest_brief=1"])
    if result.returncode != 0:
        print(result.stdout, result.stderr)
        sys.exit("the whole gate does not pass its own specification")
    listed = run([whole, "--gtest_filter=GateSpec.ListsItsMutants"]).stdout
    rows = [line.split()[1] for line in listed.splitlines() if line.startswith("mutant ")]
    if len(rows) < 60:
        sys.exit(f"only {len(rows)} mutants are listed: the list is broken")
    wanted = [(row, macro_name(row), f"Spec/EachCheck.*/{row}__*") for row in rows]
    wanted += [(name, name, tests) for name, tests in MECHANISMS.items()]
    if builder.options.only:
        wanted = [entry for entry in wanted if builder.options.only in entry[:2]]
    sums = [name for name in SUMS if builder.options.only in (None, "sums", name)]

    with concurrent.futures.ThreadPoolExecutor(builder.options.jobs) as pool:
        failures = [text for text in pool.map(lambda entry: builder.judge(*entry), wanted) if text]
        failures += [text for text in pool.map(builder.judge_sum, sums) if text]
    for text in failures:
        print("SURVIVED", text)
    total = len(wanted) + len(sums)
    print(f"{total - len(failures)} of {total} mutants killed by a test of their name, "
          f"{time.monotonic() - started:.0f} s")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
