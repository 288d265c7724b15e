"""Books: what the core held, against what the recording says the venue's book was at the same update id.

The truth is made here, from the recording alone, with a book of a dozen lines that shares nothing with
the engine's. Every claim of a valid book must be in it: the best levels of both sides with their sizes.
"""
import bisect
import gzip
import json

ATOMS = 100_000_000
LEVELS = 10  # BookClaims::levels_shown
RESETS = dict(zip(map(str, range(1, 13)), (  # engine::ResetReason
    "start", "gap", "disconnected", "stalled", "ring_full", "crossed", "top_disagrees", "bad_message", "instrument_changed",
    "stale_snapshot", "too_many_levels", "too_shallow")))


def atoms(text):
    whole, _, part = text.partition(".")
    return int(whole) * ATOMS + int((part + "00000000")[:8])


class Side:
    """Levels by price; `sign` -1 sorts bids best first."""

    def __init__(self, sign):
        self.sign, self.keys, self.quantity = sign, [], {}

    def set(self, levels):
        for price, quantity, *_ in levels:
            key, amount = self.sign * atoms(price), atoms(quantity)
            if amount and key not in self.quantity:
                bisect.insort(self.keys, key)
            if amount:
                self.quantity[key] = amount
            elif self.quantity.pop(key, None) is not None:
                del self.keys[bisect.bisect_left(self.keys, key)]

    def text(self, count=LEVELS):
        best = self.keys[:count]
        return ",".join(f"{self.sign * key}:{self.quantity[key]}" for key in best) or "-"


def told(recording):
    """Each message of a recording that tells of the book, in order: its kind and what it says."""
    with gzip.open(recording, "rt", encoding="utf-8") as lines:
        for line in lines:
            message = json.loads(line.split(" ", 1)[1])
            stream, data = message.get("stream", ""), message.get("data", message)
            if "@depth" in stream and "u" in data:
                yield "depth", data
            elif "@bookTicker" in stream:
                yield "ticker", data
            elif "lastUpdateId" in data:
                yield "snapshot", data


def books_of(recording):
    """The book before each message of the depth stream that changes it, and that message; at last the book and nothing."""
    bids, asks, last, early = Side(-1), Side(1), None, []
    for kind, data in told(recording):
        if kind == "depth" and last is None:
            early.append(data)
        if kind == "snapshot" and last is None:
            bids.set(data["bids"])
            asks.set(data["asks"])
            last = data["lastUpdateId"]
        elif kind != "depth" or last is None:
            continue
        for event in early or ([data] if kind == "depth" else []):
            if event["u"] <= last:
                continue
            if event["U"] > last + 1:
                raise SystemExit(f"{recording}: gap before update {event['U']}")
            yield last, bids, asks, event
            bids.set(event["b"])
            asks.set(event["a"])
            last = event["u"]
        early = []
    if last is None:
        raise SystemExit(f"{recording}: no depth snapshot")
    yield last, bids, asks, None


class Truth:
    """Update id -> (bids, asks) of the depth stream, update id -> (bid, ask) of the ticker."""

    def __init__(self, recording):
        self.recording = recording
        self.books = {last: (bids.text(), asks.text()) for last, bids, asks, _ in books_of(recording)}
        self.tops = {data["u"]: tuple(f"{atoms(data[p])}:{atoms(data[q])}" for p, q in (("b", "B"), ("a", "A")))
                     for kind, data in told(recording) if kind == "ticker"}

    def between(self, claims):
        """Which of some (update, bids, asks) cannot have been between two messages of the depth stream, and why not.

        The best of both sides are those of the last ticker. What the next message does not change is as it was before.
        """
        ids, lies, waiting = sorted(self.tops), [], sorted(claims)
        for last, bids, asks, event in books_of(self.recording) if waiting else ():
            while waiting and event is not None and waiting[0][0] < event["u"]:
                update, *held = waiting.pop(0)
                at = bisect.bisect_right(ids, update)
                top = self.tops[ids[at - 1]] if at else ()
                if update <= last or top != tuple(side.split(",")[0] for side in held):
                    lies.append(f"book at update {update} held {held}, the ticker before it {top}")
                elif not (as_before(bids, event["b"], held[0]) and as_before(asks, event["a"], held[1])):
                    lies.append(f"book at update {update} held {held}, before it {bids.text()} {asks.text()}, then {event}")
        return lies + [f"book at update {update}: behind all that the venue told" for update, *_ in waiting]


def as_before(side, changes, held):
    """Whether the levels `held`, but for those that change, are the best of `side`, with nothing left out in between."""
    levels = [tuple(int(part) for part in level.split(":")) for level in held.split(",")] if held != "-" else []
    changed = {side.sign * atoms(price) for price, *_ in changes}
    worst = side.sign * levels[-1][0] if len(levels) == LEVELS else float("inf")
    known = [(side.sign * key, side.quantity[key]) for key in side.keys if key not in changed and key <= worst]
    return known == [level for level in levels if side.sign * level[0] not in changed]


def check(claims, truth, snapshots_between=False):
    """Holds each line of `portcullis replay --books` against the truth; counts, lies, and outages.

    With `snapshots_between` a snapshot shows the book as it is and not as the stream last told it. The first book
    after an outage may then be of an id that no message ends at (Truth.between).
    """
    result = {"claims": 0, "invalid": 0, "between": 0, "resets": {}, "lies": [], "resync_ns": [], "outages": []}
    between = []
    begun = None  # record and time at which the book became invalid
    for line in claims:
        seq, mono, _, kind, *rest = line.split()
        if kind == "reset":
            why = RESETS.get(rest[0], rest[0])
            result["resets"][why] = result["resets"].get(why, 0) + 1
            begun = begun or (int(seq), int(mono))
            continue
        if rest[0] == "invalid":
            result["invalid"] += 1
            begun = begun or (int(seq), int(mono))
            continue
        first = begun is not None
        if begun is not None:
            result["resync_ns"].append(int(mono) - begun[1])
            result["outages"].append((begun[0], int(seq)))
            begun = None
        result["claims"] += 1
        update, held = int(rest[0]), (rest[1], rest[2])
        known = [table[update] for table in ((truth.books,) if kind == "book" else (truth.tops, truth.books))
                 if update in table]
        if snapshots_between and first and kind == "book" and not known:
            between.append((update, *held))
            continue
        best = [tuple(side.split(",")[0] for side in each) for each in known]
        if held not in (known if kind == "book" else best):
            result["lies"].append(f"record {seq}: {kind} at update {update} held {held}, the venue had {known}")
    result["between"] = len(between)
    result["lies"] += truth.between(between)
    result["invalid_at_end"] = begun is not None
    return result
