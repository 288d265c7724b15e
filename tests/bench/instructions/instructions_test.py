#!/usr/bin/env python3
"""The judge of instruction counts, shown what it must refuse; its reader, shown a file of callgrind's."""
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "bench/instructions"))
import check  # noqa: E402

FILE = """\
events: Ir
ob=(1) /a/program
fl=(1) main.cpp
fn=(1) counted_path
9 3
+1 4
cob=(2) /lib/libc.so.6
cfn=(2) memcpy
calls=1 0
+2 50
-3 5
ob=(2)
fn=(2)
7 30
* 20
ob=(1)
fn=(3) deeper
8 100
totals: 162
"""


class Counts(unittest.TestCase):
    def test_self_costs_go_to_their_object_and_calls_are_not_counted_twice(self):
        self.assertEqual(check.costs_by_object(FILE.splitlines()), {"/a/program": 112, "/lib/libc.so.6": 50})

    def test_a_count_holds_up_to_the_slack_and_fails_beyond_either_way(self):
        table = check.read_table("# build, path, instructions\nGNU 12 whole\tbook.apply\t1000\n")
        for count, holds in ((1000, True), (1020, True), (1021, False), (980, True), (979, False)):
            verdict = check.judge("GNU 12 whole", "book.apply", count, table)
            self.assertEqual(verdict is None, holds, count)
        self.assertIsNotNone(check.judge("GNU 12 separate", "book.apply", 1000, table))
        self.assertIsNotNone(check.judge("GNU 12 whole", "gate.review", 1000, table))

    def test_the_table_has_every_path_of_every_build_that_it_has(self):
        table = check.read_table(check.TABLE.read_text())
        builds = {build for build, _ in table}
        self.assertEqual({build.split()[-1] for build in builds}, {"whole", "separate"})
        self.assertEqual(set(table), {(build, path) for build in builds for path in check.PATHS})


if __name__ == "__main__":
    unittest.main()
