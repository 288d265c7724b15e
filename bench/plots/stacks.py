"""Callgrind's output as stacks: which chain of calls has executed how many instructions itself.

callgrind is asked to keep callers apart (--separate-callers), so a function stands in its file once for each chain
that leads to it, and nothing has to be guessed or shared out. What the compiler has put into a function from another
file is a frame of its own above it, by the file's name: an optimized build has few calls left, and says little else.
"""
import pathlib
import re
import subprocess
import tempfile

ROOT = "counted_path"
CALLERS_MAX = 60
FOLDERS = ("engine", "risk", "strategies", "gateways", "tools", "bench")
COST = re.compile(r"^(?:\d+|[+-]\d+|\*) (\d+)$")
NAMED = re.compile(r"^(c?)(fn|fl|fi|fe|ob)=\((\d+)\)(?: (.+))?$")
CALL_OPERATOR = "operator\x01"  # its brackets are no parameters


def source_of(path):
    """A file of ours from its folder on; of a library, its last part."""
    parts = pathlib.PurePath(path).parts
    ours = [i for i, part in enumerate(parts) if part in FOLDERS and "include" not in parts[:i]]
    return "/".join(parts[ours[0]:]) if ours else "library " + (parts[-1] if parts else "")


def without_brackets(text):
    """Template arguments and parameters off."""
    depth, kept = 0, []
    for i, char in enumerate(text):
        if char in "<(":
            depth += 1
        elif char in ">)":
            depth -= char == ")" or text[i - 1] != "-"
        elif depth == 0:
            kept.append(char)
    return "".join(kept)


def short_name(symbol):
    """`portcullis::engine::OrderStore::find(portcullis::engine::ClOrdId) const` -> `OrderStore::find`"""
    text = re.sub(r" \[clone [^]]*\]", "", symbol).replace("(anonymous namespace)::", "")
    text = without_brackets(text.replace("operator()", CALL_OPERATOR)).removesuffix(" const").strip()
    parts = text.split(" ")[-1].split("::")
    if parts[-1] == CALL_OPERATOR:
        named = [part for part in parts[:-1] if not part.startswith("{")]
        return (named or ["a"])[-1] + " lambda"
    return "::".join(part for part in parts if part != "portcullis")[-80:] if len(parts) < 3 else "::".join(parts[-2:])


def read(lines):
    """{(frame, ...): instructions}; a frame is (name, source). The first frame is of what ROOT calls."""
    names = {"fn": {}, "file": {}}
    source_by_symbol, stacks = {}, {}
    chain, own, at, skip = (), "", "", False
    for line in lines:
        line = line.rstrip("\n")
        if match := NAMED.match(line):
            called, kind, number, name = match.groups()
            table = names["fn"] if kind == "fn" else names["file"] if kind != "ob" else None
            if table is None:
                continue
            if name is not None:
                table[number] = name
            if called:
                continue
            if kind == "fn":
                chain = tuple(table[number].split("'"))
                source_by_symbol.setdefault(chain[0], own)
            else:
                at = source_of(table[number])
                own = at if kind == "fl" else own
        elif line.startswith("calls="):
            skip = True
        elif match := COST.match(line):
            if not skip and (cost := int(match.group(1))):
                key = (chain, at if at != own else "")
                stacks[key] = stacks.get(key, 0) + cost
            skip = False
    folded = {}
    for (symbols, inlined), cost in stacks.items():
        if symbols[0] == ROOT or ROOT not in symbols:
            if ROOT not in symbols and len(symbols) >= CALLERS_MAX:
                raise SystemExit(f"{symbols[0]}: more callers than {CALLERS_MAX}")
            continue  # what leads there, and the call itself
        frames = [(short_name(symbol), source_by_symbol.get(symbol, "library"))
                  for symbol in reversed(symbols[:symbols.index(ROOT)])]
        if frames and frames[0][0].startswith("_Function_handler"):
            frames[0] = ("what is counted", "bench")  # std::function, by which ROOT is handed it
        if inlined:
            frames.append((inlined.split("/")[-1].removeprefix("library ") + " (inlined)", inlined))
        folded[tuple(frames)] = folded.get(tuple(frames), 0) + cost
    return folded


def count(program, path):
    """(operations, stacks) of a path of bench/instructions/main.cpp."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "callgrind.out"
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", f"--toggle-collect={ROOT}",
             "--collect-atstart=no", f"--separate-callers={CALLERS_MAX}", str(program), path],
            capture_output=True, text=True, check=False)
        if run.returncode != 0:
            raise SystemExit(f"{path}: {run.stderr}")
        collected = int(re.search(r"Collected : (\d+)", run.stderr).group(1))
        stacks = read(out.read_text().splitlines())
    if not 0.98 * collected < sum(stacks.values()) <= collected:
        raise SystemExit(f"{path}: {sum(stacks.values())} instructions read of {collected} collected")
    return int(run.stdout), stacks
