#!/usr/bin/env python3
"""The soak's director: the real processes at ten times recorded speed, and trouble all the while.

Called by tools/soak. The faults come in an order that the seed gives (soak_faults.py), each kind before one
comes again, then as a swarm, then all at once (soak_finale.py). At the end nothing is believed that the engine says of
itself alone: orders, fills and balances are the venue's own ledger's, books are held against the recording, decisions
against a replay.
"""
import argparse
import json
import pathlib
import shutil
import statistics
import sys
import time

import soak_books
import soak_faults
import soak_ledger
import soak_market
from rig import KEY_FILES, RECORDING, ROOT, Engine, Venue, anonymous_kib, directed
from soak_faults import PATIENT_S
from soak_finale import CALM_S, KINDS

SEGMENT_BYTES = 64 << 20
LEAK_KIB_MAX = 4096  # what an allocator may keep (a stall ends in a burst); a leak grows beyond it in ten minutes
# A snapshot has 500 levels a side; of those behind it nothing is known, and the engine asks anew. The others are a machine
# that is busy elsewhere.
LOST_WITHOUT_FAULT = {"too_shallow", "stalled", "ring_full"}
VENUE_ORDER_KIB = 2  # the venue keeps every order and trade, for allOrders and myTrades


class Trace:
    """Anonymous memory of both processes, and how much was traded, over time."""

    def __init__(self, engine, venue):
        self.pids = {"engine": engine.process.pid, "venue": venue.process.pid}
        self.samples = {name: [] for name in self.pids}
        self.fills, self.approved = [], []

    def sample(self, status, judged=True):
        """`judged`: the engine is asked to trade, which nobody can with every fault on."""
        for name, pid in self.pids.items():
            self.samples[name].append((anonymous_kib(pid), status["orders_approved"]))
        if judged:
            self.fills.append(status["fills_buy"] + status["fills_sell"])
            self.approved.append(status["orders_approved"])

    @staticmethod
    def by_third(counts):
        """An engine that is up and has ceased to quote passes every other check."""
        marks = [0] + [counts[len(counts) * i // 3 - 1] for i in (1, 2, 3)]
        return [later - earlier for earlier, later in zip(marks, marks[1:])]

    def growth_kib(self, name):
        """From the second quarter of the run to its last, and the orders that came in between."""
        rows = self.samples[name]
        quarter = max(1, len(rows) // 4)
        early, late = rows[quarter:2 * quarter], rows[-quarter:]
        return (statistics.median(kib for kib, _ in late) - statistics.median(kib for kib, _ in early),
                late[-1][1] - early[0][1])


def run_faults(engine, faults, trace, seconds):
    """Strikes until `CALM_S` before the end, and to its own end where all come at once."""
    begun = time.monotonic()
    strike_at, shown = begun + faults.first_after_s, begun
    last_strike, finale = begun + seconds - CALM_S, faults.finale()
    while time.monotonic() < max(begun + seconds, faults.busy_until()):
        time.sleep(max(0.05, min(0.5, strike_at - time.monotonic())))
        status = engine.ask("status")
        if status is None:
            raise SystemExit(f"the engine has gone: see {engine.run}/engine.log")
        trace.sample(status, judged=finale is None or finale.begun is None)
        if finale is not None:
            finale.watch(status)
        now = time.monotonic()
        if strike_at <= now and (now < last_strike or finale is not None):
            print(f"  {now - begun:6.1f} s  {faults.strike()}", flush=True)
            strike_at = time.monotonic() + faults.next_pause()
        if now - shown > 10:
            shown = now
            print(f"  {now - begun:6.1f} s  events {status['market_events']}  approved {status['orders_approved']}  "
                  f"fills {status['fills_buy']} buy {status['fills_sell']} sell  unknowns {status['unknowns']}  "
                  f"denied {status['orders_denied']}  engine {trace.samples['engine'][-1][0]} KiB  "
                  f"venue {trace.samples['venue'][-1][0]} KiB", flush=True)


def settle(engine):
    """No new orders, nothing open, nothing unanswered: only then do ledgers stand still."""
    ready = engine.wait_for("ready again", 30, lambda s: s["session_ready"] and s["reconciled"])
    engine.ask("halt")
    engine.ask("cancel-all")
    status = engine.wait_for("quiet", 30, lambda s: s["orders_open"] == 0 and s["unanswered"] == 0
                             and s["drained"] and s["reconciled"])
    return ready, status


def times_ms(nanoseconds):
    if not nanoseconds:
        return {"n": 0, "p50_ms": None, "p99_ms": None, "max_ms": None}
    rows = sorted(nanoseconds)
    return {"n": len(rows), "p50_ms": round(statistics.median(rows) / 1e6, 1),
            "p99_ms": round(rows[-(-99 * len(rows) // 100) - 1] / 1e6, 1), "max_ms": round(max(nanoseconds) / 1e6, 1)}


def disk(engine, records):
    """Segments on disk, against what the records need: one more is open, one prepared."""
    segments = [path for path in (engine.run / "engine/journal").iterdir() if path.stat().st_size >= SEGMENT_BYTES]
    needed = -(-records * 128 // SEGMENT_BYTES)
    return {"segments": len(segments), "segments_max": needed + 2, "bytes": sum(p.stat().st_size for p in segments)}


def summarize(engine, facts, seconds, seed):
    """Reads journal and books; everything that is judged, as figures."""
    books_path = engine.run / "books.txt"
    replay = engine.replay("--books", books_path)
    with open(books_path, encoding="utf-8") as claims:
        books = soak_books.check(claims, soak_books.Truth(facts["truth"]), bool(facts["market"]))
    journal = soak_ledger.Journal(engine.journal_lines())
    books["resets"] = without_laps(books["resets"], facts["laps"])
    status, trace = facts["status"], facts["trace"]
    tape = soak_market.Tape(facts["truth"]) if facts["market"] else None
    return {
        "market": facts["market"] and {
            "preset": facts["market"], **tape.summary(),
            "beyond_limits": soak_market.beyond_limits(facts["orders"], facts["trades"], tape)},
        "seconds": seconds, "seed": seed, "placement": facts["placement"],
        "snapshots": facts["snapshots"], "mode": facts["mode"], "laps": facts["laps"],
        "faults": facts["faults"], "injected": facts["injected"], "never_struck": facts["never_struck"],
        "asked": len(facts["asked"]), "asked_in_vain": facts["asked_in_vain"],
        "never_at_all": sorted(KINDS - facts["injected"].keys()) if facts["mode"] == "all" else [],
        "alone": {name: after if after is None else round(after, 1) for name, after in facts["alone"].items()}, "kinds_alone": facts["kinds_alone"], "all_at_once": facts["all_at_once"],
        "market_events": status["market_events"], "orders_approved": status["orders_approved"],
        "orders_denied": status["orders_denied"], "fills": status["fills_buy"] + status["fills_sell"],
        "fills_by_third": trace.by_third(trace.fills), "approved_by_third": trace.by_third(trace.approved), "unknowns": status["unknowns"], "breaches": status["breaches"],
        "open_at_end": facts["open_orders"], "unanswered": status["unanswered"],
        "approved_blind": len(soak_ledger.approved_within(journal.approvals, books["outages"] + journal.blind)),
        "orders": {"venue": len(facts["orders"]), "journal": len(journal.orders),
                   "unaccounted": soak_ledger.compare_orders(journal, facts["orders"])},
        "trades": {"venue": len(facts["trades"]), "journal": len(journal.fills),
                   "unaccounted": soak_ledger.compare_fills(journal, facts["trades"])},
        "balances_differ": soak_ledger.compare_balances(facts["positions"], facts["balances"]),
        "books": {"claims": books["claims"], "invalid": books["invalid"], "between": books["between"],
                  "resets": books["resets"],
                  "lies": len(books["lies"]), "first_lies": books["lies"][:5], "resync": times_ms(books["resync_ns"])},
        "reconnect": {name: times_ms(journal.outages.get(session, []))
                      for session, name in soak_ledger.SESSION_NAMES.items()},
        "unnoticed": unnoticed(facts["faults"], books["resets"], journal),
        "still_down": sorted(soak_ledger.SESSION_NAMES[session] for session in journal.down_since),
        "reconcile": times_ms(journal.reconciliations),
        "memory": {name: {"last_kib": rows[-1][0], "growth_kib": trace.growth_kib(name)[0],
                          "orders_meanwhile": trace.growth_kib(name)[1]}
                   for name, rows in trace.samples.items()},
        "leak_kib_max": facts["leak_kib_max"],
        "disk": disk(engine, replay.get("records", 0)),
        "exit_codes": facts["exit_codes"],
        "replay": {"hash_equal": bool(replay.get("equal")) and replay.get("hashes", 0) > 0 and
                   replay.get("hash_recorded") == replay.get("hash_replayed"),
                   "inputs": replay.get("inputs"), "error": replay.get("error", "")},
    }


def without_laps(resets, laps):
    """Of the books that were lost those that no lap of the recording cost: it cuts streams too."""
    found = {**resets, "disconnected": max(0, resets.get("disconnected", 0) - laps)}
    return {reason: count for reason, count in found.items() if count > 0}


def unnoticed(faults, resets, journal):
    """Kinds of trouble that were made, and of which the journal says nothing."""
    found = {"gap": resets.get("gap", 0), "stall": resets.get("stalled", 0), "mute": journal.mutes,
             "streams": resets.get("disconnected", 0), "orders": len(journal.outages.get(soak_ledger.ORDER_SESSION, [])),
             "second": len(journal.outages.get(soak_ledger.ACCOUNT_SECOND, []))}
    made = {kind for kind in found for name in faults
            if name.startswith(kind) or (name.endswith(kind) and name.startswith(("disconnect ", "tear ")))}
    return sorted(kind for kind in made if found[kind] == 0)


def judge(summary):
    """Every claim, and whether it held."""
    memory, books = summary["memory"], summary["books"]
    leak_kib_max = summary["leak_kib_max"]
    # A swarm breaks the market data itself, most of the time: half of it is what can be asked then.
    swarm = summary.get("mode", "deck") in ("swarm", "finale", "all")
    valid_to_invalid = 1 if swarm else 4
    venue_may_grow = leak_kib_max + VENUE_ORDER_KIB * memory["venue"]["orders_meanwhile"]
    return [
        ("no crash: engine and venue ended cleanly", all(code == 0 for code in summary["exit_codes"].values())),
        ("it quoted in each third of the time before all came at once, and traded; there were the faults that were asked for",
         min(summary["approved_by_third"]) > 0 and traded(summary)
         and (sum(summary["faults"].values()) > 0) != (summary.get("mode") == "none")),
        ("the engine's memory is flat", memory["engine"]["growth_kib"] <= leak_kib_max),
        ("the venue's memory is flat, but for its ledger", memory["venue"]["growth_kib"] <= venue_may_grow),
        ("the journal takes the disk that its records need", 0 < summary["disk"]["segments"]
         <= summary["disk"]["segments_max"]),
        ("every order is accounted for, to the filled unit", not summary["orders"]["unaccounted"]),
        ("every trade is in both ledgers, fee included", not summary["trades"]["unaccounted"]),
        ("balances agree to the last unit", not summary["balances_differ"]),
        ("nothing open, nothing unanswered, no breach",
         summary["open_at_end"] == summary["unanswered"] == summary["breaches"] == 0),
        ("books were valid most of the time", books["claims"] > valid_to_invalid * books["invalid"]),
        ("every book that claimed to be valid was the venue's", books["lies"] == 0),
        ("no book was lost without a fault, but where the market left what its snapshot told",
         summary.get("mode") != "none" or set(books["resets"]) <= LOST_WITHOUT_FAULT),
        ("each kind of trouble was noticed", not summary["unnoticed"]),
        # In a swarm one fault may leave another nothing to strike: a ban all requests. Alone it is judged.
        ("each fault that was on alone has struck; in less than five minutes, of four three",
         len(summary["never_struck"]) <= (len(summary["alone"]) // 4 if summary["seconds"] < PATIENT_S else 0)),
        ("each kind has struck, alone or with all; in less than five minutes, of ten nine",
         len(summary["never_at_all"]) <= (len(KINDS) // 10 if summary["seconds"] < PATIENT_S else 0)),
        ("most of what was asked for has struck, by name and target", 2 * len(summary["asked_in_vain"]) < summary["asked"]
         or summary["asked"] == 0 == sum(summary["faults"].values())),
        ("as many kinds alone as the time allows: in a minute half of them, in ten all", enough_alone(summary)),
        ("no order approved on an invalid book or before reconciliation", summary["approved_blind"] == 0),
        ("every connection came back", not summary["still_down"]),
        ("the replay made every decision again, same hash", summary["replay"]["hash_equal"]),
    ] + finale_claims(summary.get("all_at_once")) + market_claims(summary.get("market"))


def traded(summary):
    """Fills are the market's gift: ten seconds of a minute may have none."""
    return (sum if summary["seconds"] < PATIENT_S else min)(summary["fills_by_third"]) > 0


def enough_alone(summary):
    """A busy machine has fewer in a minute than the nearly all that an idle one has."""
    if summary.get("kinds_alone") is None:
        return True
    alone, kinds = summary["kinds_alone"]
    return alone >= kinds * min(1.0, summary["seconds"] / (120 if summary["seconds"] < PATIENT_S else 600))


def finale_claims(finale):
    """Of the stretch in which everything is on. What its dice spared is printed, and no failure: the rates are low."""
    if not finale:
        return []
    return [("all kinds that last were on at once", finale["at_once"] == finale["kinds_with_a_length"]),
            ("of all kinds a third and more struck while they were", 3 * len(finale["injected"]) >= finale["kinds"]),
            ("all off, the engine was back: ready, its book valid, and ordering", finale["healed_s"] is not None)]


def market_claims(market):
    """Of a synthetic market, whose tape was recorded beside the engine."""
    if not market:
        return []
    claims = [("no order, position or number of orders beyond the gate's limits", not market["beyond_limits"])]
    if "flash-crash" in market["preset"]:
        claims.append(("the market crashed meanwhile: by 4 % or more", market["fell_bps"] >= 400))
    return claims


def print_alone(alone, not_alone):
    """By kind: whether it struck in its turn alone, and after how long."""
    if alone:
        print("== alone, seconds until it struck: " + ", ".join(
            f"{name} {after:.1f}" for name, after in sorted(alone.items()) if after is not None))
        print(f"   on alone and not struck: {', '.join(sorted(name for name in alone if alone[name] is None)) or 'none'}")
        print(f"   had no turn alone: {', '.join(not_alone) or 'none'}")


def gather(engine, venue, facts):
    """What the venue and the console say at the end, while both still run."""
    facts["ready"], facts["status"] = settle(engine)
    facts["laps"] = json.loads(venue.ask("replay status"))["laps"]
    facts["positions"] = engine.ask("positions")
    facts["balances"] = venue.balances()
    facts["open_orders"] = len(venue.open_orders())
    facts["orders"], facts["trades"] = venue.all_orders(), venue.all_trades()


def main():
    parser = argparse.ArgumentParser(prog="tools/soak")
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--minutes", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--market", metavar="PRESET[,script=NAME][,seed=N]",
                        help="a synthetic BTCUSDT at its own speed, as btc-like,script=flash-crash, in place of the "
                             "recording, and without faults: they would strike the recorder beside the engine, whose word is the truth")
    parser.add_argument("--faults", choices=sorted(soak_faults.MODES),
                        help="all: each fault of the venue's catalogue in turn, for half of the time at most, then a swarm of "
                             "them, then all at once; each, swarm, finale: one of the three; deck: connections cut, torn, "
                             "muted, stalled; none")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--placement", choices=("pipeline", "fused"), default="pipeline")
    parser.add_argument("--snapshots", choices=("rest", "websocket_api"), default="rest")
    parser.add_argument("--key", choices=sorted(KEY_FILES), default="ed25519")
    parser.add_argument("--leak-kib-max", type=int, default=LEAK_KIB_MAX,
                        help="growth of either process that is no leak; more where an allocator marks its blocks")
    arguments = parser.parse_args()
    if arguments.market and arguments.faults not in (None, "none"):
        parser.error("--market: a market that is recorded as it comes has no faults, which would strike the recorder too")
    arguments.faults = arguments.faults or ("none" if arguments.market else "all")
    seconds = arguments.minutes * 60 if arguments.minutes else arguments.seconds
    if seconds < 30:
        parser.error("--seconds: at least 30, so that there is time for faults between two calms")
    programs = arguments.programs.resolve()
    run = ROOT / "run/soak"
    shutil.rmtree(run, ignore_errors=True)
    run.mkdir(parents=True)

    print(f"== {seconds} s {'of ' + arguments.market if arguments.market else 'at 10 times recorded speed'}, "
          f"seed {arguments.seed}, {arguments.faults}, {arguments.placement}")
    venue = Venue(programs, run, "1" if arguments.market else "10", arguments.market)
    recorder = soak_market.Recorder(programs, run, venue) if arguments.market else None
    engine, facts = None, {"placement": arguments.placement, "snapshots": arguments.snapshots,
                           "leak_kib_max": arguments.leak_kib_max, "mode": arguments.faults,
                           "market": arguments.market, "truth": recorder.path if recorder else RECORDING}
    try:
        engine = Engine(programs, run, venue, arguments.placement, arguments.snapshots, arguments.key)
        engine.wait_for("ready", 15, lambda s: s["session_ready"] and s["reconciled"])
        faults = soak_faults.chosen(arguments.faults, venue, arguments.seed, seconds, engine,
                                     arguments.snapshots)
        facts["trace"] = Trace(engine, venue)
        run_faults(engine, faults, facts["trace"], seconds)
        facts["faults"] = faults.counts
        facts["injected"], facts["never_struck"] = faults.injected(), faults.never_struck()
        facts["asked"], facts["asked_in_vain"] = faults.asked(), faults.asked_in_vain()
        facts["alone"], facts["kinds_alone"] = faults.struck_alone(), faults.kinds_alone()
        facts["all_at_once"] = faults.finale() and faults.finale().summary()
        gather(engine, venue, facts)
    finally:
        exit_codes = {"engine": engine.stop() if engine is not None else None}
        if recorder is not None:
            exit_codes["recorder"] = recorder.stop()
        exit_codes["venue"] = venue.stop()
    facts["exit_codes"] = exit_codes
    print("== the ledgers, the books and the journal")
    summary = summarize(engine, facts, seconds, arguments.seed)
    claims = judge(summary)
    for key, value in summary.items():
        print(f"   {key:<18} {json.dumps(value) if isinstance(value, (dict, list)) else value}")
    print_alone(summary["alone"], faults.not_alone())
    print(f"== asked for and never struck: {', '.join(summary['asked_in_vain']) or 'none'}")
    for claim, held in claims:
        print(f"   [{'ok' if held else 'FAILED'}] {claim}")
    summary["claims"] = {claim: held for claim, held in claims}
    summary["ok"] = all(held for _, held in claims)
    if arguments.json:
        arguments.json.write_text(json.dumps(summary, indent=1) + "\n")
    return 0 if summary["ok"] else 1


if __name__ == "__main__":
    sys.exit(directed(main))
