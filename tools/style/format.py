#!/usr/bin/env python3
"""Every C++ file is as clang-format leaves it (`.clang-format`, version 14 as Debian 12 has it).

Usage: format.py [--fix]. Run by the test suite (`ctest -R format`); exit code 77 where there is no clang-format, which
ctest reports as skipped. The .ipp files go through a pipe: clang-format must be told what language they are.
"""
import shutil
import subprocess
import sys

from check import ROOT, sources


def clang_format(*arguments, text=None):
    return subprocess.run(["clang-format", "--style=file", *arguments], cwd=ROOT, input=text, capture_output=True,
                          text=True, check=False)


def check_parts(names, fix):
    wrong = []
    for name in names:
        text = (ROOT / name).read_text(encoding="utf-8")
        wanted = clang_format("--assume-filename=part.hpp", text=text).stdout
        if wanted != text:
            wrong.append(name)
            if fix:
                (ROOT / name).write_text(wanted, encoding="utf-8")
    return wrong


def main():
    if shutil.which("clang-format") is None:
        print("SKIPPED format: no clang-format here (tools/install-deps --dev brings it)")
        return 77
    fix = "--fix" in sys.argv[1:]
    names = list(sources())
    whole = [name for name in names if not name.endswith(".ipp")]
    run = clang_format("-i", *whole) if fix else clang_format("--dry-run", "--Werror", *whole)
    wrong = check_parts([name for name in names if name.endswith(".ipp")], fix)
    print(run.stderr, end="")
    for name in wrong:
        print(f"{name}: {'mended' if fix else 'not as clang-format leaves it'}")
    failed = not fix and (wrong or run.returncode != 0) or not names
    print(f"format: {len(names)} files" + (", some are not formatted: tools/style/format.py --fix" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
