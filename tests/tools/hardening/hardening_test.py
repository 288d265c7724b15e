#!/usr/bin/env python3
"""The shipped programs carry their hardening: read from the files by readelf, since a flag in CMake proves nothing.

Usage: hardening_test.py PROGRAM... Run by `ctest -R hardening` in the release preset. Rows: what, where to look, what
must be there (or, with False, must not). The linker drops -z flags that it does not know with a mere warning: hence
this test. Not a row: the mark of -fcf-protection. Debian 12's own start files carry none, so no program there does.
"""
import re
import subprocess
import sys

CHECKS = [
    ("position independent: loaded at a random address", "-hW", r"Type:\s+DYN", True),
    ("marked as PIE", "-dW", r"FLAGS_1.*\bPIE\b", True),
    ("no executable stack", "-lW", r"GNU_STACK\s.*\sRW\s", True),
    ("no segment both writable and executable", "-lW", r"^\s*LOAD\s.*\sRWE\s", False),
    ("relocations read-only after start", "-lW", r"GNU_RELRO", True),
    ("every symbol bound at start: the offset table is read-only", "-dW", r"BIND_NOW|FLAGS_1.*\bNOW\b", True),
    ("code is not relocated", "-dW", r"TEXTREL", False),
    ("no search path of its own for libraries", "-dW", r"R(UN)?PATH", False),
    ("stack protector in use", "-W --dyn-syms", r"\b__stack_chk_fail\b", True),
    ("fortified calls in use", "-W --dyn-syms", r"\b__(?!stack)\w+_chk\b", True),
]


def main():
    programs = sys.argv[1:]
    failures = []
    for program in programs:
        for what, where, pattern, wanted in CHECKS:
            said = subprocess.run(["readelf", *where.split(), program], capture_output=True, text=True, check=True).stdout
            if bool(re.search(pattern, said, re.M)) != wanted:
                failures.append(f"{program}: not so: {what} (readelf {where}, {pattern!r})")
    for failure in failures:
        print(failure)
    print(f"hardening: {len(programs) * len(CHECKS) - len(failures)} passed, {len(failures)} failed")
    return 1 if failures or not programs else 0


if __name__ == "__main__":
    sys.exit(main())
