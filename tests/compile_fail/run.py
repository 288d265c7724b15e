#!/usr/bin/env python3
"""Must-not-compile tests: each file compiles as it is, and does not with MUST_NOT_COMPILE, for the reason it names.

The first half keeps the second honest: a file that fails for another reason (a renamed header, say) fails the test instead
of passing it. So does the reason: a line `// g++ says: REGEX` in each file, looked for in what g++ says. Usage: run.py COMPILER [FLAG...]. Run by `ctest -R compile_fail`.
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def compiles(source, command, *more):
    run = subprocess.run([*command, "-std=gnu++20", f"-I{ROOT}", "-fsyntax-only", *more, str(source)],
                         capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    return run.returncode == 0, run.stderr


def check(source, command):
    right, why = compiles(source, command)
    if not right:
        return f"{source.name}: does not compile even without the forbidden line:\n{why}"
    reason = re.search(r"^// g\+\+ says: (.+)$", source.read_text(), re.MULTILINE)
    if not reason:
        return f"{source.name}: has no line '// g++ says: REGEX', so it could fail for any reason"
    wrong, why = compiles(source, command, "-DMUST_NOT_COMPILE")
    if wrong:
        return f"{source.name}: the forbidden line compiles"
    return None if re.search(reason[1], why) else f"{source.name}: fails, but does not say {reason[1]!r}:\n{why}"


def main():
    command = sys.argv[1:] or ["g++"]
    sources = sorted(HERE.glob("*.cpp"))
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        failures = [f for f in pool.map(lambda s: check(s, command), sources) if f]
    for failure in failures:
        print(failure)
    print(f"compile_fail: {len(sources)} files, {len(failures)} failed")
    return 1 if failures or not sources else 0


if __name__ == "__main__":
    sys.exit(main())
