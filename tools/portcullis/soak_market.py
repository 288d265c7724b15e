"""A synthetic market in the soak: what it was is recorded beside the engine, and the gate is held to its limits.

A market that answers to orders has no recording to be compared with, so `portcullis record`, a client of its
own, makes one while it lives. From that and the venue's ledger it is counted again whether any order was beyond
the limits of demo.toml.in; nothing here asks the engine.
"""
import bisect
import gzip
import json
import signal
import subprocess

from rig import held
from soak_books import atoms

# demo.toml.in says the same to the engine.
QTY_MAX = atoms("0.05")
NOTIONAL_MAX = 2_000
POSITION_MAX = atoms("0.08")
OPEN_MAX = 30
COLLAR_BPS = 25
QUOTE_AGE_NS = 3_000_000_000   # of the middle that an order was measured by
ON_ITS_WAY_NS = 1_000_000_000  # from the engine to the venue's clock, and the tape's own delay


class Recorder:
    """`portcullis record` of the venue's streams, from before the engine comes to after it has gone."""

    def __init__(self, programs, run, venue):
        self.path = run / "market.tsjsonl.gz"
        self.log = open(run / "record.log", "w", encoding="utf-8")
        port = venue.ready["port"]
        self.process = subprocess.Popen(
            [programs / "portcullis", "record", "--url", f"wss://localhost:{port}", "--rest",
             f"https://localhost:{port}", "--ca", venue.ready["ca_file"], "--symbols", "BTCUSDT",
             "--out", self.path], stdout=self.log, stderr=subprocess.STDOUT, **held())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


class Tape:
    """The middle of the market over time, in atoms, as the recorder was told."""

    def __init__(self, path):
        self.times_ns, self.middles = [], []
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                stamp, text = line.split(" ", 1)
                message = json.loads(text)
                if "@bookTicker" in message.get("stream", ""):
                    self.times_ns.append(int(stamp))
                    self.middles.append((atoms(message["data"]["b"]) + atoms(message["data"]["a"])) // 2)

    def summary(self):
        first, low = self.middles[0], min(self.middles)
        return {"tickers": len(self.middles), "fell_bps": (first - low) * 10_000 // first}

    def around(self, begin_ns, end_ns):
        """The lowest and highest middle that held between two times."""
        begin = max(0, bisect.bisect_right(self.times_ns, begin_ns) - 1)
        held_then = self.middles[begin:bisect.bisect_right(self.times_ns, end_ns)]
        return min(held_then), max(held_then)


def beyond_limits(orders, trades, tape):
    """Orders and positions that no gate may let happen, each in words."""
    broken = []
    for order in orders:
        price, quantity = atoms(order["price"]), atoms(order["origQty"])
        low, high = tape.around(order["time"] * 1_000_000 - QUOTE_AGE_NS - ON_ITS_WAY_NS,
                                order["time"] * 1_000_000 + ON_ITS_WAY_NS)
        if quantity > QTY_MAX or price * quantity > NOTIONAL_MAX * 10 ** 16:
            broken.append(f"order {order['orderId']}: {order['origQty']} at {order['price']}")
        if price * 10_000 < low * (10_000 - COLLAR_BPS) or price * 10_000 > high * (10_000 + COLLAR_BPS):
            broken.append(f"order {order['orderId']}: {order['price']} with the middle {low} to {high} atoms")
    position = 0
    for trade in sorted(trades, key=lambda row: row["id"]):
        position += atoms(trade["qty"]) * (1 if trade["isBuyer"] else -1)
        if abs(position) > POSITION_MAX:
            broken.append(f"trade {trade['id']}: position {position} atoms")
    # Of two at one millisecond the end is first: a replaced order is gone before its successor is there.
    steps = sorted([(order["time"], 1) for order in orders] + [(order["updateTime"], -1) for order in orders])
    number = 0
    for time_ms, step in steps:
        number += step
        if number > OPEN_MAX:
            broken.append(f"{number} orders open at {time_ms}")
    return broken
