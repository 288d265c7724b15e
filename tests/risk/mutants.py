#!/usr/bin/env python3
"""Mutants of the gate: for each check and each limit, a build with it disabled must fail its test.

A green test suite proves nothing about a check that no test would miss. So the one file that
decides, risk/risk_gate.cpp, is compiled again once per rung of the ladder and once per limit, with
that one disabled (risk/mutant.hpp), linked with the rows of the specification, and the rows of that
name are run: at least one must fail. The list comes from the gate's own tables (the test
GateSpec.ListsItsMutants prints it), so a new check or limit without a row fails here. The whole gate,
built the same way, must pass every row first: else a broken build would look like a killed mutant.

All of them are built each time, some seventy compilations of one file (ccache, where CMake uses it, makes a second run quick);
`--only NAME` runs one. Sums are not mutated here: they are recounted after each command of the naive twin.

usage: mutants.py --compiler g++ --flags "..." --source DIR --work DIR --archive LIB... --object O...
"""
import argparse
import concurrent.futures
import os
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
}
SCOPES = ("firm_", "venue_", "strategy_", "instrument_")
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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--flags", default="")
    parser.add_argument("--link", default="")
    parser.add_argument("--source", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--archive", action="append", default=[])
    parser.add_argument("--object", action="append", default=[])
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

    with concurrent.futures.ThreadPoolExecutor(builder.options.jobs) as pool:
        failures = [text for text in pool.map(lambda entry: builder.judge(*entry), wanted) if text]
    for text in failures:
        print("SURVIVED", text)
    print(f"{len(wanted) - len(failures)} of {len(wanted)} mutants killed by a test of their name, "
          f"{time.monotonic() - started:.0f} s")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
