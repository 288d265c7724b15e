#!/usr/bin/env python3
"""Every header compiles alone: each is the only include of a translation unit, under the flags of the build.

Usage: headers_alone.py COMPILER [FLAG...]. Run by the test suite (`ctest -R headers_alone`).
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("engine", "risk", "strategies", "gateways", "tools", "bench", "tests")


def compile_alone(header, command):
    std = "gnu++17" if "websocketpp/" in header else "gnu++20"
    run = subprocess.run([*command, f"-std={std}", f"-I{ROOT}", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
                          f'-DPORTCULLIS_SOURCE_DIR="{ROOT}"', '-DPORTCULLIS_SHARED_DIR="../shared"', "-x", "c++", "-"],
                         input=f'#include "{header}"\n', capture_output=True, text=True, check=False)
    return header, run.returncode, run.stderr


def main():
    command = sys.argv[1:] or ["g++"]
    headers = sorted(str(p.relative_to(ROOT)) for f in FOLDERS for p in (ROOT / f).rglob("*.hpp")
                     if "node_modules" not in p.parts)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for header, code, stderr in pool.map(lambda h: compile_alone(h, command), headers):
            if code != 0:
                failed += 1
                print(f"{header} does not compile alone:\n{stderr}")
    print(f"headers: {len(headers)} compiled alone, {failed} failed")
    return 1 if failed or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
