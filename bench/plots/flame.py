#!/usr/bin/env python3
"""Where the instructions of a fixed path go, as a flame graph or as a table.

    flame.py PROGRAM PATH --svg FILE      PROGRAM: portcullis-instructions; PATH: as it has them, tick.first_order for one
    flame.py PROGRAM PATH --table [ROWS]

A frame is as wide as the instructions that were executed in it and in what it called, an operation (a tick, a part, an
order) being the whole width; hover over one for its numbers. From callgrind (stacks.py), so that two runs of one build
are equal. Exit code 77: there is no valgrind.
"""
import argparse
import html
import pathlib
import shutil

import stacks as callgrind

WIDTH, ROW, TOP, BOTTOM = 1200, 17, 52, 24
LETTER = 6.3  # of the font, at its size
COLOURS = {"engine": "#e8a33d", "risk": "#d9534f", "strategies": "#8fbf5f", "gateways": "#5b9bd5", "bench": "#b9b9b9",
           "tools": "#b9b9b9", "library": "#d7c9e8"}


class Frame:
    def __init__(self, name, source):
        self.name, self.source, self.cost, self.below = name, source, 0, {}

    def grow(self, frames, cost):
        self.cost += cost
        if frames:
            self.below.setdefault(frames[0], Frame(*frames[0])).grow(frames[1:], cost)

    def depth(self):
        return 1 + max((frame.depth() for frame in self.below.values()), default=0)


def tree(stacks):
    root = Frame("all", "bench")
    for frames, cost in stacks.items():
        root.grow(frames, cost)
    return root


def colour(source):
    return COLOURS.get(source.split("/")[0].split(" ")[0], COLOURS["library"])


def draw(frame, left, level, root, operations, out):
    width = WIDTH * frame.cost / root.cost
    if width < 0.3:
        return
    bottom = TOP + (root.depth() - level) * ROW
    each = f"{frame.cost / operations:,.1f} instructions an operation, {frame.cost / root.cost:.1%}"
    text = html.escape(frame.name if len(frame.name) * LETTER < width - 4
                       else frame.name[:max(0, int((width - 4) / LETTER) - 2)] + "..") if width > 24 else ""
    out.append(f'<g><title>{html.escape(frame.name)} ({html.escape(frame.source)}): {each}</title>'
               f'<rect x="{left:.1f}" y="{bottom - ROW}" width="{max(width - 0.4, 0.3):.1f}" height="{ROW - 1}" '
               f'fill="{colour(frame.source)}" rx="1"/>'
               + (f'<text x="{left + 3:.1f}" y="{bottom - 5}">{text}</text>' if text else "") + "</g>")
    for below in sorted(frame.below.values(), key=lambda each: (-each.cost, each.name)):
        draw(below, left, level + 1, root, operations, out)
        left += WIDTH * below.cost / root.cost


def svg(path, operations, stacks):
    root = tree(stacks)
    height = TOP + root.depth() * ROW + BOTTOM
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
           'font-family="monospace" font-size="10.5"><rect width="100%" height="100%" fill="white"/>',
           f'<text x="6" y="18" font-size="14">{path}: {root.cost / operations:,.0f} instructions an operation, '
           f'{operations:,} operations</text>']
    for i, (name, fill) in enumerate((name, fill) for name, fill in COLOURS.items() if name != "tools"):
        out.append(f'<rect x="{6 + 100 * i}" y="28" width="10" height="10" fill="{fill}"/>'
                   f'<text x="{20 + 100 * i}" y="37">{name}</text>')
    draw(root, 0, 0, root, operations, out)
    return "\n".join(out) + "\n</svg>\n"


def shares(stacks):
    """[(frame, instructions in it and in what it calls, in itself)], the largest first. A frame within itself counts once."""
    with_calls, own = {}, {}
    for frames, cost in stacks.items():
        own[frames[-1]] = own.get(frames[-1], 0) + cost
        for frame in set(frames):
            with_calls[frame] = with_calls.get(frame, 0) + cost
    return sorted(((frame, cost, own.get(frame, 0)) for frame, cost in with_calls.items()),
                  key=lambda row: (-row[1], row[0]))


def table(path, operations, stacks, rows):
    total = sum(stacks.values())
    lines = [f"| `{path}`: {total / operations:,.1f} instructions an operation | with what it calls | itself |", "|---|--:|--:|"]
    for (name, source), cost, own in shares(stacks)[:rows]:
        lines.append(f"| `{name}` in `{source}` | {cost / operations:,.1f} ({cost / total:.1%}) | {own / operations:,.1f} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("path")
    parser.add_argument("--svg", type=pathlib.Path)
    parser.add_argument("--table", type=int, nargs="?", const=20)
    arguments = parser.parse_args()
    if shutil.which("valgrind") is None:
        print("SKIPPED flame graph: no valgrind (tools/install-deps --dev)")
        return 77
    operations, stacks = callgrind.count(arguments.program.resolve(), arguments.path)
    if arguments.svg:
        arguments.svg.write_text(svg(arguments.path, operations, stacks), encoding="utf-8")
    if arguments.table:
        print(table(arguments.path, operations, stacks, arguments.table))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
