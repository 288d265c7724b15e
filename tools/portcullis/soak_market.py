"""A synthetic market in the soak: what it was is recorded beside the engine, and the gate is held to its limits.

A market that answers to orders has no recording to be compared with, so `portcullis record`, a client of its
own, makes one while it lives. From that and the venue's ledger it is counted again whether any order was beyond
the limits of demo.toml.in; nothing here asks the engine.
"""
import bisect
import gzip
import json
import re
import select
import signal
import subprocess
import tomllib

from rig import ROOT, held
from soak_books import ATOMS, atoms


def gate_limits():
    """[instrument.limits] of the one instrument, as the engine is given them."""
    template = (ROOT / "tools/portcullis/demo.toml.in").read_text(encoding="utf-8")
    instrument, = tomllib.loads(re.sub(r"@\w+@", "0", template))["instrument"]
    return instrument["limits"]


LIMITS = gate_limits()
QTY_MAX = atoms(LIMITS["order_qty_base_max"])
NOTIONAL_MAX = atoms(LIMITS["order_notional_risk_currency_max"])
POSITION_MAX = atoms(LIMITS["position_base_max"])
OPEN_MAX = LIMITS["orders_open_max"]
COLLAR_BPS = LIMITS["collar_bps_max"]
QUOTE_AGE_NS = LIMITS["quote_age_ms_max"] * 1_000_000  # of the middle that an order was measured by
ON_ITS_WAY_NS = 1_000_000_000  # from the engine to the venue's clock, and the tape's own delay
CONNECTED_WITHIN_S = 20


class Recorder:
    """`portcullis record` of the venue's streams, from before the engine comes to after it has gone.

    It says in its first line that it is connected and has its snapshots; until then nobody may trade.
    """

    def __init__(self, programs, run, venue):
        self.path = run / "market.tsjsonl.gz"
        self.log = open(run / "record.log", "w", encoding="utf-8")
        port = venue.ready["port"]
        self.process = subprocess.Popen(
            [programs / "portcullis", "record", "--url", f"wss://localhost:{port}", "--rest",
             f"https://localhost:{port}", "--ca", venue.ready["ca_file"], "--symbols", "BTCUSDT",
             "--out", self.path], stdout=self.log, stderr=subprocess.PIPE, text=True, **held())
        told, _, _ = select.select([self.process.stderr], [], [], CONNECTED_WITHIN_S)
        line = self.process.stderr.readline() if told else ""
        self.log.write(line)
        if "connected" not in line:
            self.stop()
            raise SystemExit(f"the recorder did not connect within {CONNECTED_WITHIN_S} s: see {run}/record.log")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        self.log.write(self.process.stderr.read())
        self.log.close()
        self.process.stderr.close()
        return code


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
        if quantity > QTY_MAX or price * quantity > NOTIONAL_MAX * ATOMS:
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
