#!/usr/bin/env python3
"""The plots of tools/bench: their readers shown what they must tell apart, and both made anew.

    plots_test.py PORTCULLIS_INSTRUCTIONS PORTCULLIS_BENCH
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as tree

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "bench/plots"))
import flame  # noqa: E402
import latency  # noqa: E402
import stacks  # noqa: E402

INSTRUCTIONS = BENCH = None
SVG = "{http://www.w3.org/2000/svg}"

FILE = """\
events: Ir
ob=(1) /a/program
fl=(1) build/release/../../bench/instructions/main.cpp
fn=(1) main
3 7
fn=(2) counted_path'main
9 3
cfn=(3) portcullis::risk::RiskGate::review(int) const'counted_path'main
calls=1 0
+2 50
fl=(2) risk/risk_gate.cpp
fn=(3)
7 30
fi=(3) engine/types/verify.hpp
+1 5
fe=(2)
+1 1
cob=(2) /lib/libc.so.6
cfi=(4) ./string/memmove.S
cfn=(4) memcpy'portcullis::risk::RiskGate::review(int) const'counted_path'main
calls=1 0
* 20
ob=(2)
fl=(4)
fn=(4)
* 20
"""


class Reader(unittest.TestCase):
    def test_each_chain_of_calls_has_what_it_executed_itself(self):
        review = ("RiskGate::review", "risk/risk_gate.cpp")
        self.assertEqual(stacks.read(FILE.splitlines()),
                         {(review,): 31, (review, ("verify.hpp (inlined)", "engine/types/verify.hpp")): 5,
                          (review, ("memcpy", "library memmove.S")): 20})

    def test_names_are_told_without_their_templates_and_parameters(self):
        for symbol, short in (
                ("portcullis::engine::OrderStore::find(portcullis::engine::ClOrdId) const", "OrderStore::find"),
                ("void portcullis::engine::TradingCore<a::B<1>, c>::output<d::E>(d::E const&)", "TradingCore::output"),
                ("portcullis::bench::(anonymous namespace)::run(std::basic_string_view<char, std::x<char> >)", "bench::run"),
                ("a::B::c(int)::{lambda(auto:1&&)#1}::operator()(int) const", "c lambda"),
                ("a::B::c(int) [clone .isra.0]", "B::c"), ("memcpy", "memcpy")):
            with self.subTest(symbol):
                self.assertEqual(stacks.short_name(symbol), short)

    def test_a_chain_that_was_cut_off_is_refused(self):
        cut = "fl=(1) a.cpp\nfn=(1) " + "'".join(["f"] * stacks.CALLERS_MAX) + "\n1 5\n"
        with self.assertRaises(SystemExit):
            stacks.read(cut.splitlines())

    def test_shares_count_a_frame_within_itself_once(self):
        f, g = ("f", "engine/f.cpp"), ("g", "risk/g.cpp")
        self.assertEqual(flame.shares({(f, g, f): 5, (f,): 1, (g,): 2}), [(g, 7, 2), (f, 6, 6)])

    def test_a_curve_begins_at_the_median_and_ends_with_the_max(self):
        row = {"n": 1000, "median": {"max_ns": 70, "curve": [[0, 1], [0.5, 2], [0.9, 3], [0.999, 9], [1, 70]]}}
        self.assertEqual([(round(x), ns) for x, ns in latency.tail(row)], [(2, 2), (10, 3), (1000, 9), (1000, 70)])
        self.assertEqual([latency.share_label(x) for x in (2, 10, 100, 1e5)], ["50 %", "90 %", "99 %", "99.999 %"])
        self.assertEqual([latency.kind(name) for name in ("tick_to_order.no_action", "decode.trade.simdjson")],
                         ["tick_to_order", "decode.trade"])


class MadeAnew(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)

    def call(self, *arguments):
        done = subprocess.run([*map(str, arguments)], capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_the_flame_graph_has_the_path_and_its_widths_add_up(self):
        if shutil.which("valgrind") is None:
            print("SKIPPED bench_plots (flame graph): no valgrind (tools/install-deps --dev brings it)")
            self.skipTest("no valgrind")
        plot = self.folder / "flame.svg"
        told = self.call(ROOT / "bench/plots/flame.py", INSTRUCTIONS, "tick.first_order", "--svg", plot, "--table")
        frames = tree.parse(plot).findall(f".//{SVG}g")
        titles = [frame.find(f"{SVG}title").text for frame in frames]
        for name in ("MarketDataDecoder::decode", "RiskGate::review", "TradingCore::step", "OrderEncoder::"):
            self.assertTrue(any(title.startswith(name) for title in titles), name)
            self.assertIn(name, told)
        rows = {}
        for frame in frames:
            rect = frame.find(f"{SVG}rect")
            rows.setdefault(float(rect.get("y")), []).append((float(rect.get("x")), float(rect.get("width"))))
        self.assertEqual(rows[max(rows)], [(0.0, flame.WIDTH - 0.4)])
        for row in rows.values():
            for (left, width), (right, _) in zip(sorted(row), sorted(row)[1:]):
                self.assertLessEqual(left + width, right + 0.2)
        shares = [float(share) for share in re.findall(r"\((\d+\.\d)%\) \|", told)]
        self.assertEqual((shares[0], sorted(shares, reverse=True)), (100.0, shares))

    def test_the_latency_plot_has_a_curve_for_each_row(self):
        plot, told = self.folder / "latency.svg", self.folder / "told.json"
        self.call(BENCH, "--quick", "--only", "decode.", "--json", told)
        self.call(ROOT / "bench/plots/latency.py", plot, told)
        rows = json.loads(told.read_text())["rows"]
        curves = tree.parse(plot).findall(f".//{SVG}polyline")
        self.assertEqual(len(rows), 15)
        self.assertEqual([curve.find(f"{SVG}title").text.split(":")[0] for curve in curves], [row["name"] for row in rows])
        for curve in curves:
            points = [tuple(map(float, point.split(","))) for point in curve.get("points").split()]
            self.assertGreaterEqual(len(points), 4)
            self.assertEqual(points, sorted(points, key=lambda point: (point[0], -point[1])))
        for row in rows:
            self.assertLessEqual(row["best"]["p50_ns"], row["median"]["p50_ns"])


if __name__ == "__main__":
    INSTRUCTIONS, BENCH = sys.argv.pop(1), sys.argv.pop(1)
    unittest.main()
