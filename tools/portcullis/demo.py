#!/usr/bin/env python3
"""The demo's director: starts venue and engine, watches, pulls the switch, checks what is claimed.

Called by tools/demo. What it claims it asks of somebody else than the engine where it can: the orders
after the kill and the open orders at the end are asked of the venue, over its own REST door, and held
against the send times in the journal (kill_proof.py).
"""
import argparse
import json
import pathlib
import shutil
import sys
import time

import kill_proof
from rig import RECORDING, ROOT, Engine, Venue, directed

OVERHEAD_S_MAX = 30  # start, kill, proof and replay: a minute of trading is over in a minute and a half
SECONDS_MIN = 20  # before that there is too little trading to judge its amount


def watch(engine, until):
    """A line a second, and the whole view now and then."""
    shown = time.monotonic()
    while time.monotonic() < until:
        time.sleep(min(1.0, max(0.0, until - time.monotonic())))
        status = engine.ask("status")
        if status is None:
            raise SystemExit(f"the engine has gone: see {engine.run}/engine.log")
        top = status["instruments"][0]
        print(f"  {top['symbol']} {top['bid']} / {top['ask']}   open {status['orders_open']:>2}   "
              f"approved {status['orders_approved']:>5}   denied {status['orders_denied']:>4}   "
              f"fills {status['fills_buy']} buy {status['fills_sell']} sell   P&L {status['pnl']}", flush=True)
        if time.monotonic() - shown > 20:
            shown = time.monotonic()
            engine.show("watch", "--frames", "1")


def pull_the_switch(engine, venue):
    """Kills, and holds the engine to what a kill means."""
    before = engine.ask("status")
    open_before = len(venue.open_orders())
    print("\n== the risk officer pulls the switch: portcullis console kill")
    begun, asked_ms = time.monotonic(), time.time() * 1000
    answer = engine.ask("kill")
    print(f"   {answer} after {(time.monotonic() - begun) * 1000:.0f} ms (program start included)")
    engine.wait_for("proven empty", 20, lambda s: s["killed"] and s["drained"] and s["orders_open"] == 0)
    print(f"   proven empty {time.monotonic() - begun:.1f} s after the kill (recvWindow and margin included)")
    time.sleep(1.0)
    arrived = venue.orders_since(asked_ms)
    left = venue.open_orders()
    print(f"   open before: {open_before}; open now: {len(left)}")
    return {"open_before": max(open_before, before["orders_open"]), "open_after_cancel_all": len(left)}, asked_ms, arrived


def prove_the_kill(engine, asked_ms, arrived):
    """What left after the kill, by the send times in the journal and by the venue's ledger."""
    proof = kill_proof.prove(engine.journal_lines(), arrived, asked_ms)
    print("\n== the kill, by the journal's send times and the venue's ledger")
    print(f"   the core saw it {proof['seen_by_core_ms']} ms after the command was typed; "
          f"the last of {proof['sends']} sends was {proof['last_send_before_ms']} ms before that")
    print(f"   approved after it: {proof['approved_after']}; being written when it fell, sent within "
          f"{proof['allowance_ms']:.0f} ms: {proof['sent_within_allowance']}")
    print(f"   sent after it: {proof['sent_after']}; at the venue after it: {proof['on_the_way']} that were on their way, "
          f"{proof['arrived_unproven']} that were not")
    return {**proof, "orders_after": proof["sent_after"] + proof["arrived_unproven"]}


def judge(summary):
    """Every claim, and whether it held."""
    kill = summary["kill"]  # orders_after: sent or arrived after it, whatever tells of it
    amounts = [
        ("at least 100 orders approved and sent", min(summary["orders_approved"], kill["sends"]) >= 100),
        ("orders denied for at least two reasons", len(summary["denials"]) >= 2),
        ("fills on both sides", summary["fills_buy"] > 0 and summary["fills_sell"] > 0),
        ("an order was open or in flight at the kill", kill["open_before"] >= 1),
    ]
    if summary["traded_s"] < SECONDS_MIN:
        print(f"   (Ctrl-C after {summary['traded_s']} s: too early to judge how much was traded)")
        amounts = []
    return amounts + [
        (f"all of it took at most {OVERHEAD_S_MAX} s more than the trading",
         summary["seconds"] <= summary["traded_s"] + OVERHEAD_S_MAX),
        ("the operator's kill is in the journal", kill["told_before_seen_ms"] is not None),
        (f"nothing approved once the core had seen the kill, nor {kill['allowance_ms']:.0f} ms after it was durable",
         kill["approved_after"] == 0),
        (f"no order left after the kill and the {kill['allowance_ms']:.0f} ms of one being written, by the journal's send times",
         kill["sent_after"] == 0),
        ("no order came to the venue after the kill that had not left before", kill["arrived_unproven"] == 0),
        ("nothing open after the mass cancel", kill["open_after_cancel_all"] == 0),
        ("no breach, no order unaccounted for", summary["breaches"] == 0 and summary["unanswered"] == 0),
        ("the engine ended cleanly", summary["exit_code"] == 0),
        ("the replay made every decision again, same hash", summary["replay"]["hash_equal"]),
    ]


def main():
    parser = argparse.ArgumentParser(prog="tools/demo")
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--stay", action="store_true", help="run until Ctrl-C, for a second terminal")
    parser.add_argument("--placement", choices=("pipeline", "fused"), default="pipeline")
    arguments = parser.parse_args()
    if arguments.seconds < SECONDS_MIN:
        parser.error(f"--seconds: at least {SECONDS_MIN}, so that there is something to see")
    programs = arguments.programs.resolve()
    run = ROOT / "run/demo"
    shutil.rmtree(run, ignore_errors=True)
    run.mkdir(parents=True)

    begun = time.monotonic()
    venue = Venue(programs, run)
    engine = None
    try:
        print(f"== venue: {RECORDING.name} on wss://localhost:{venue.ready['port']}, TLS, certificate pinned")
        engine = Engine(programs, run, venue, arguments.placement)
        engine.wait_for("ready", 15, lambda s: s["session_ready"] and s["reconciled"])
        trading = time.monotonic()
        print(f"== engine: logged on, reconciled after {trading - begun:.1f} s; every order passes the gate")
        if arguments.stay:
            print(f"   in another terminal: {programs.relative_to(ROOT)}/portcullis console "
                  f"--config {engine.config.relative_to(ROOT)} watch      (Ctrl-C here ends it)", flush=True)
            try:
                watch(engine, float("inf"))
            except KeyboardInterrupt:
                pass
        else:
            watch(engine, trading + arguments.seconds)
        traded_s = round(time.monotonic() - trading, 1)
        denials = engine.ask("denials")
        engine.show("positions")
        engine.show("denials")
        status_before = engine.ask("status")
        kill, asked_ms, arrived = pull_the_switch(engine, venue)
        status = engine.ask("status")
        exit_code = engine.stop()
        kill |= prove_the_kill(engine, asked_ms, arrived)
        print("\n== the journal, replayed without venue, keys or network")
        replay = engine.replay()
        print(f"   {replay.get('inputs')} inputs, {replay.get('outputs')} decisions in {replay.get('seconds')} s: "
              f"hash recorded {replay.get('hash_recorded')}, replayed {replay.get('hash_replayed')}")
    finally:
        if engine is not None and engine.process.poll() is None:
            engine.stop()
        venue.stop()

    latency = status_before["tick_to_order_ns"]
    summary = {
        "seconds": round(time.monotonic() - begun, 1), "traded_s": traded_s, "placement": arguments.placement,
        "market_events": status["market_events"], "orders_approved": status["orders_approved"],
        "orders_denied": status["orders_denied"],
        "denials": {row["reason"]: row["count"] for row in denials["denials"]},
        "fills": status["fills_buy"] + status["fills_sell"], "fills_buy": status["fills_buy"],
        "fills_sell": status["fills_sell"], "pnl_quote": status["pnl"],
        "tick_to_order_ns": {"p50": latency["p50"], "p99": latency["p99"], "n": latency["n"]},
        "kill": kill, "breaches": status["breaches"], "unanswered": status["unanswered"],
        "exit_code": exit_code,
        "replay": {"hash_equal": bool(replay.get("equal")) and replay.get("hashes", 0) > 0 and
                   replay.get("hash_recorded") == replay.get("hash_replayed"), "inputs": replay.get("inputs")},
    }
    print("\n== summary")
    for key, value in summary.items():
        print(f"   {key:<18} {json.dumps(value) if isinstance(value, dict) else value}")
    claims = judge(summary)
    summary["claims"] = {claim: held for claim, held in claims}
    summary["ok"] = all(held for _, held in claims)
    for claim, held in claims:
        print(f"   [{'ok' if held else 'FAILED'}] {claim}")
    if arguments.json:
        arguments.json.write_text(json.dumps(summary, indent=1) + "\n")
    return 0 if summary["ok"] else 1


if __name__ == "__main__":
    sys.exit(directed(main))
