"""Books: what the core held, against what the recording says the venue's book was at the same update id.

The truth is made here, from the recording alone, with a book of a dozen lines that shares nothing with
the engine's. Every claim of a valid book must be in it: the best levels of both sides with their sizes.
"""
import bisect
import gzip
import json

ATOMS = 100_000_000
LEVELS = 10  # BookClaims::levels_shown


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


class Truth:
    """Update id -> (bids, asks) of the depth stream, update id -> (bid, ask) of the ticker."""

    def __init__(self, recording):
        self.books, self.tops = {}, {}
        bids, asks, last, early = Side(-1), Side(1), None, []

        def apply(event):
            nonlocal last
            if event["u"] <= last:
                return
            if event["U"] > last + 1:
                raise SystemExit(f"{recording}: gap before update {event['U']}")
            bids.set(event["b"])
            asks.set(event["a"])
            last = event["u"]
            self.books[last] = (bids.text(), asks.text())

        with gzip.open(recording, "rt", encoding="utf-8") as lines:
            for line in lines:
                message = json.loads(line.split(" ", 1)[1])
                stream, data = message.get("stream", ""), message.get("data", message)
                if "@depth" in stream and "u" in data:
                    if last is None:
                        early.append(data)
                    else:
                        apply(data)
                elif "@bookTicker" in stream:
                    self.tops[data["u"]] = tuple(
                        f"{atoms(data[p])}:{atoms(data[q])}" for p, q in (("b", "B"), ("a", "A")))
                elif "lastUpdateId" in data and last is None:
                    bids.set(data["bids"])
                    asks.set(data["asks"])
                    last = data["lastUpdateId"]
                    self.books[last] = (bids.text(), asks.text())
                    for event in early:
                        apply(event)
        if last is None:
            raise SystemExit(f"{recording}: no depth snapshot")


def check(claims, truth, snapshots_between=False):
    """Holds each line of `portcullis replay --books` against the truth; counts, lies, and outages.

    With `snapshots_between` a snapshot shows the book as it is and not as the stream last told it. The first book
    after an outage may then be of an id that no message ends at: what it held is proven by the next one.
    """
    result = {"claims": 0, "invalid": 0, "between": 0, "resets": {}, "lies": [], "resync_ns": [], "outages": []}
    begun = None  # record and time at which the book became invalid
    for line in claims:
        seq, mono, _, kind, *rest = line.split()
        if kind == "reset":
            result["resets"][rest[0]] = result["resets"].get(rest[0], 0) + 1
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
            result["between"] += 1
            continue
        best = [tuple(side.split(",")[0] for side in each) for each in known]
        if held not in (known if kind == "book" else best):
            result["lies"].append(f"record {seq}: {kind} at update {update} held {held}, the venue had {known}")
    result["invalid_at_end"] = begun is not None
    return result
