#!/usr/bin/env python3
"""Latency to its tail: for each row of tools/bench the curve from p50 to the max, both axes logarithmic.

    latency.py SVG JSON...     JSON: of tools/bench --json; the median run of each row is drawn

One panel for what is of one kind (the first two words of the rows' names), so that alternatives lie over one another.
Right of p50 each tenth part of what is left is a step: 90 %, 99 %, 99.9 %, to the last sample, which is the max.
"""
import html
import json
import math
import pathlib
import sys

COLUMNS, PANEL_WIDTH, PLOT_HEIGHT, LEGEND_ROW = 3, 430, 210, 13
LEFT, RIGHT, HEAD, FOOT, TOP = 56, 14, 24, 30, 34
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22",
           "#003f5c", "#a05195", "#6b8e23", "#cd5c5c", "#4682b4", "#daa520", "#2f4f4f", "#ff1493")


def kind(name):
    return ".".join(name.split(".")[:2]) if name.split(".")[0] not in ("tick_to_order", "wire_to_wire", "loopback") \
        else name.split(".")[0]


def tail(row):
    """[(how many samples come to one that takes longer, ns)] from the median on; the max is one of all of them."""
    points = [(1 / (1 - share), ns) for share, ns in row["median"]["curve"] if 0.5 <= share < 1]
    return [(x, max(ns, 1)) for x, ns in points + [(max(row["n"], points[-1][0]), row["median"]["max_ns"])]]


def time_label(ns):
    unit, size = ("ns", 1) if ns < 999.5 else ("us", 1e3) if ns < 999.5e3 else ("ms", 1e6)
    return f"{ns / size:.3g} {unit}"


def share_label(x):
    left = 100 / x
    return f"{100 - left:.{max(0, -math.floor(math.log10(left)))}f} %"


def panel(title, rows, left, top, out):
    curves = [(row["name"], tail(row)) for row in rows]
    width = PANEL_WIDTH - LEFT - RIGHT
    low = math.floor(math.log10(min(ns for _, curve in curves for _, ns in curve)))
    high = max(low + 1, math.ceil(math.log10(max(ns for _, curve in curves for _, ns in curve))))
    decades = max(1.0, max(math.log10(curve[-1][0]) for _, curve in curves) - math.log10(2))
    def at_x(x):
        return left + LEFT + width * (math.log10(x) - math.log10(2)) / decades
    def at_y(ns):
        return top + HEAD + PLOT_HEIGHT * (1 - (math.log10(ns) - low) / (high - low))
    out.append(f'<text x="{left + LEFT}" y="{top + 14}" font-size="13">{html.escape(title)}</text>')
    for power in range(low, high + 1):
        y = at_y(10 ** power)
        out.append(f'<line x1="{left + LEFT}" y1="{y:.1f}" x2="{left + LEFT + width}" y2="{y:.1f}" stroke="#ddd"/>'
                   f'<text x="{left + LEFT - 4}" y="{y + 3:.1f}" text-anchor="end">{time_label(10 ** power)}</text>')
    for x in [2] + [10 ** power for power in range(1, 9)]:
        if at_x(x) <= left + LEFT + width + 0.1:
            out.append(f'<line x1="{at_x(x):.1f}" y1="{top + HEAD}" x2="{at_x(x):.1f}" y2="{top + HEAD + PLOT_HEIGHT}" '
                       f'stroke="#eee"/><text x="{at_x(x):.1f}" y="{top + HEAD + PLOT_HEIGHT + 13}" '
                       f'text-anchor="middle">{share_label(x)}</text>')
    for i, (name, curve) in enumerate(curves):
        fill = COLOURS[i % len(COLOURS)]
        points = " ".join(f"{at_x(x):.1f},{at_y(ns):.1f}" for x, ns in curve)
        values = f"{name}: p50 {time_label(curve[0][1])}, max {time_label(curve[-1][1])}"
        y = top + HEAD + PLOT_HEIGHT + FOOT + LEGEND_ROW * i
        out.append(f'<polyline points="{points}" fill="none" stroke="{fill}" stroke-width="1.5">'
                   f'<title>{html.escape(values)}</title></polyline>'
                   f'<line x1="{left + LEFT}" y1="{y - 3}" x2="{left + LEFT + 16}" y2="{y - 3}" stroke="{fill}" '
                   f'stroke-width="3"/><text x="{left + LEFT + 21}" y="{y}">{html.escape(values)}</text>')


def svg(machine, rows):
    panels = {}
    for row in rows:
        panels.setdefault(kind(row["name"]), []).append(row)
    height_of = {name: HEAD + PLOT_HEIGHT + FOOT + LEGEND_ROW * len(some) + 16 for name, some in panels.items()}
    columns = [TOP] * COLUMNS
    out = []
    for name, some in panels.items():
        column = columns.index(min(columns))
        panel(name, some, column * PANEL_WIDTH, columns[column], out)
        columns[column] += height_of[name]
    width, height = COLUMNS * PANEL_WIDTH, max(columns)
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
                      f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="10">'
                      '<rect width="100%" height="100%" fill="white"/>',
                      '<text x="10" y="20" font-size="14">Share of the samples that took no longer; the median run of '
                      f'each row. {html.escape(machine)}</text>'] + out) + "\n</svg>\n"


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    told = [json.loads(pathlib.Path(name).read_text(encoding="utf-8")) for name in sys.argv[2:]]
    rows = [row for each in told for row in each["rows"]]
    if not rows:
        raise SystemExit("latency.py: no row was measured")
    pathlib.Path(sys.argv[1]).write_text(svg(told[0]["machine"], rows), encoding="utf-8")


if __name__ == "__main__":
    main()
