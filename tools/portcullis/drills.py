#!/usr/bin/env python3
"""Drills: what must stop an honest engine, or what it must refuse, each on real processes of its own.

Called by tools/drill. A soak asks what an engine survives; a drill makes the venue do what no order of ours explains
(somebody else's order, money that leaves, a fill beyond its order) and holds the engine to one promise: a second later
nothing is approved any more, and two seconds later nothing of ours rests. The moment of the fault is ours, that of
each decision the journal's; what is open and what is owned is the venue's word.
"""
import argparse
import json
import pathlib
import shutil
import signal
import sys
import time
import urllib.error

import kill_proof
import soak_ledger
import watch_drills
from rig import KEY_FILES, ROOT, Engine, Venue, directed
from soak_books import atoms

NOTICED_MS = 1000      # from the fault to the last approval
RESTS_MS = 2000        # ... and until nothing of ours is open: the cancels are on their way for a moment
HALTED, SYMBOL = "3", "4"  # TradingState; Scope
CANCELS, REFUSED_HERE = ("3", "4"), ("2", "3", "6")  # RequestKind; RequestFate: by the kill, a deadline, the line
GRID_MS = 6000         # from another tick to its being read: not sooner than 5 s after the last reading
STOPS, STOPPED_S = 3, 4.0  # longer than the venue's recvWindow, an approval's life and what a book may be silent
SETTLES_MS = 50        # what was on the wire when the signal came
APPROVAL_LIVES_MS = 60  # approval_lifetime_ms_max of the demo's config, and the write
NO_FUNDS = -2010       # the venue's word for an order that the account cannot pay
GRID_REFUSALS_MAX = 40  # of three strategies that back off meanwhile, up to 2 s


class Told:
    """The journal of one drill: what was decided, and how long after the fault."""

    def __init__(self, lines, fault_ns):
        self.lines, self.rows, self.fault_ns = [], [], fault_ns
        for line in lines:
            self.lines.append(line)
            _, mono, kind, *words = line.split()
            fields = dict(word.split("=", 1) for word in words if "=" in word)
            self.rows.append((self.at(mono), kind, fields, words))

    def at(self, mono):
        """A time of the journal's clock, in milliseconds after the fault."""
        return (int(mono) - self.fault_ns) / 1e6

    def after_ms(self, kinds, holds=lambda fields: True):
        """When each such record came; those of before the fault are negative."""
        return [ms for ms, kind, fields, _ in self.rows if kind in kinds and holds(fields)]

    def alarm_ms(self):
        """When the first signal of a credential came that was more than a note."""
        return min((ms for ms, kind, fields, _ in self.rows if kind == "credential_signal" and int(fields["response"]) >= 3),
                   default=None)

    def signals(self):
        """Of each signal that was more than a note: the names of all that held."""
        return [set(fields["all"].split(",")) for _, kind, fields, _ in self.rows
                if kind == "credential_signal" and int(fields["response"]) >= 3]

    def raw(self):
        """The first message that was kept."""
        return "".join(line.split(f"size={fields['size']} ", 1)[1].rstrip("\n") for line, (_, kind, fields, _)
                       in zip(self.lines, self.rows) if kind == "raw_message" and fields["number"] == "1")

    def cancels_blocked(self):
        return len([1 for _, kind, fields, _ in self.rows if kind == "request_outcome" and fields["kind"] in CANCELS
                    and fields["fate"] in REFUSED_HERE])

    def no_cancel_blocked(self):
        return ("no cancel was blocked", self.cancels_blocked() == 0)

    def last_approval_ms(self):
        return max(self.after_ms(("order_approved", "replace_approved")), default=None)


class Drill:
    """One fault, and the end that it must have."""

    def __init__(self, what, *faults, needs=lambda status: True):
        self.what, self.faults, self.needs, self.asked = what, faults, needs, None
        self.key, self.beside = None, None  # another kind of key, another market

    def strike(self, venue, engine):  # pylint: disable=unused-argument
        """Makes the trouble. Returns the moment before it, of the clock that stamps the journal."""
        self.asked, begun = time.monotonic(), time.monotonic_ns()
        for fault in self.faults:
            venue.control(fault)
        return begun

    def stopped(self, engine):
        return engine.wait_for(f"stopped by '{self.what}'", 10, lambda s: s["orders_open"] == 0 and s["unanswered"] == 0)

    def run(self, venue, engine):
        engine.wait_for("quoting", 30, lambda s: s["session_ready"] and s["reconciled"] and s["orders_open"] > 2
                        and self.needs(s))
        facts = {"asked_ms": time.time() * 1000, "fault_ns": self.strike(venue, engine)}
        facts["struck_ms"] = time.time() * 1000
        facts.update(self.rest(venue, engine))
        facts["injected"] = json.loads(venue.ask("fault list"))["injected"]
        facts["balances_differ"] = self.balances_differ(venue, engine)
        facts["orders"] = venue.all_orders()
        return facts

    def struck(self, told, facts):  # pylint: disable=unused-argument
        """Whether there was any trouble: the venue counts its faults."""
        return facts["injected"].get(self.faults[0].split()[2], 0) > 0

    @staticmethod
    def balances_differ(venue, engine):
        """Two questions, one after the other: where it trades on, a fill between them is no difference. Five tries."""
        for _ in range(5):
            differ = soak_ledger.compare_balances(engine.ask("positions"), venue.balances())
            if not differ:
                break
            time.sleep(0.3)
        return differ

    def rest(self, venue, engine):
        time.sleep(max(0.0, self.asked + RESTS_MS / 1000 - time.monotonic()))
        resting = len(venue.open_orders())
        self.stopped(engine)
        time.sleep(1.0)  # whoever had not been stopped would quote again
        return {"open": resting + len(venue.open_orders()), "status": engine.ask("status")}

    def claims(self, told, facts):
        last = told.last_approval_ms()
        return [("nothing approved a second after the fault", last is not None and last <= NOTICED_MS),
                ("nothing of ours rests at the venue two seconds after it", facts["open"] == 0 and facts["status"]["orders_open"] == 0)]


class Kills(Drill):
    """A breach: the kill switch of the whole firm, by the engine's own hand."""

    def __init__(self, what, kind, *faults, within_ms=NOTICED_MS, **more):
        super().__init__(what, *faults, **more)
        self.kind, self.within_ms = kind, within_ms

    def rest(self, venue, engine):
        facts = super().rest(venue, engine)
        engine.wait_for(f"killed by '{self.what}'", 10, lambda s: s["killed"])
        return {**facts, "open": facts["open"] + len(venue.open_orders())}

    def claims(self, told, facts):
        breaches = told.after_ms(("breach",), lambda fields: fields["kind"] == self.kind)
        ours = [row for row in facts["orders"] if soak_ledger.id_of(row["clientOrderId"]) is not None]
        sent = kill_proof.prove(told.lines, ours, facts["asked_ms"])
        return super().claims(told, facts) + [
            (f"a breach of kind {self.kind} within {self.within_ms} ms", breaches != [] and
             0 <= breaches[0] <= self.within_ms),
            ("nothing left after the kill", sent["sent_after"] == sent["arrived_unproven"] == 0)]


class Robbery(Kills):
    """Somebody has our trading key and uses it on a connection of his own. What the account tells of it stops us.

    Taking the key back is a master key's matter: from the alarm on what he still moves is not counted here.
    """

    LASTS_S, ORDER_USDT, MONEY_MAX, MESSAGES_MAX = 1.0, 1000, 5000, 5
    INCIDENT = "3Commas, Oct to Dec 2022: 14.8 M USD verified by 44 victims"

    def __init__(self, what):
        super().__init__(what, "1")
        self.key, self.beside, self.orders = "hmac", "thin", []

    def strike(self, venue, engine):
        self.asked, begun = time.monotonic(), time.monotonic_ns()
        while time.monotonic() < self.asked + self.LASTS_S:
            sent = time.monotonic_ns()
            try:
                answer = venue.signed("/api/v3/order", method="POST", symbol="NEXOUSDT", side="BUY", type="MARKET",
                                      quoteOrderQty=self.ORDER_USDT)
            except urllib.error.HTTPError as refused:
                if json.load(refused).get("code") != NO_FUNDS:
                    raise
                break  # all of it is gone
            self.orders.append((sent, float(answer["cummulativeQuoteQty"])))
        return begun

    def rest(self, venue, engine):
        facts = super().rest(venue, engine)
        engine.wait_for("of one mind with the venue", 15, lambda s: s["reconciled"])  # what he took is a fact by now
        return facts

    @staticmethod
    def balances_differ(venue, engine):
        """Of what we trade: the coin that he has bought is in no book of ours."""
        return [differs for differs in Drill.balances_differ(venue, engine) if not differs.startswith("NEXO:")]

    def struck(self, told, facts):
        return sum(spent for _, spent in self.orders) > self.MONEY_MAX

    def before_alarm(self, told):
        """What he had sent when it rang: so many orders, so much money."""
        alarm = told.alarm_ms()
        spent = [] if alarm is None else [money for sent, money in self.orders if told.at(sent) <= alarm]
        return len(spent), sum(spent)

    def claims(self, told, facts):
        messages, money = self.before_alarm(told)
        names = told.signals()
        return super().claims(told, facts) + [
            ("the first foreign report raised it", names != [] and {"foreign_order", "outside_universe"} <= names[0]),
            (f"{self.MESSAGES_MAX} of his orders and {self.MONEY_MAX} USDT at most before it rang",
             0 < messages <= self.MESSAGES_MAX and money <= self.MONEY_MAX),
            ("credential and withdrawals are closed too", facts["status"]["withdrawals_killed"] and
             facts["status"]["credentials"][0]["killed"] and facts["status"]["credentials"][0]["standing"] == "suspended"),
            ("the message itself is in the journal", told.raw() != ""), told.no_cancel_blocked()]

    def row(self, told, facts):
        messages, money = self.before_alarm(told)
        return (f"tried: {len(self.orders)} market orders for NEXOUSDT, {sum(m for _, m in self.orders):.0f} USDT in "
                f"{self.LASTS_S:.0f} s\n   stopped by C1, C13 (foreign_order, outside_universe) after {messages} of his "
                f"orders, {told.alarm_ms():.1f} ms; money gone by then {money:.2f} USDT\n   ({self.INCIDENT}); "
                f"cancels blocked {told.cancels_blocked()}")


class Probe(Kills):
    """Before the money there is a small withdrawal, to see whether anybody looks."""

    AMOUNT, INCIDENT = 72, "Kronos, 18 Nov 2023: 72 USDT, fifteen minutes later 2.4 M, in three hours 22.9 M"

    def __init__(self, what):
        super().__init__(what, "4", f"balance {MAKER.split(':')[1]} USDT -72")

    def struck(self, told, facts):
        return [1 for _, kind, fields, _ in told.rows if kind == "balance_delta" and fields["delta"] == "-72"] != []

    def claims(self, told, facts):
        names = told.signals()
        return super().claims(told, facts) + [
            ("the first message raised it", names != [] and names[0] == {"outflow"}),
            ("withdrawals are closed, and the credential", facts["status"]["withdrawals_killed"] and
             facts["status"]["credentials"][0]["standing"] == "suspended"),
            ("the message itself is in the journal", "balanceUpdate" in told.raw()), told.no_cancel_blocked()]

    def row(self, told, facts):
        return (f"tried: {self.AMOUNT} USDT to an address that we know nothing of\n   stopped by C4 (outflow) after one "
                f"message, {told.alarm_ms():.1f} ms; money gone {self.AMOUNT} USDT\n   ({self.INCIDENT}); "
                f"cancels blocked {told.cancels_blocked()}")


class Suspects(Drill):
    """The key that trades is refused: somebody has changed what it may, or where we come from has changed."""

    def rest(self, venue, engine):
        time.sleep(1.0)
        venue.control(f"fault off key-permissions {MAKER}")  # cancels need the same permission
        status = self.stopped(engine)
        time.sleep(1.0)
        return {"open": len(venue.open_orders()), "status": status}

    def claims(self, told, facts):
        last, row = told.last_approval_ms(), facts["status"]["credentials"][0]
        return [("nothing approved a second after the fault", last is not None and last <= NOTICED_MS),
                ("nothing of ours rests once the permission is back", facts["open"] == 0),
                ("the credential is suspect, and nothing is killed", row["standing"] == "suspect" and
                 row["signal"] == "key_refused" and not row["killed"] and not facts["status"]["killed"]),
                told.no_cancel_blocked()]


class Halts(Drill):
    """The symbol is halted; its position is the venue's, for a person to look at."""

    def claims(self, told, facts):
        halts = told.after_ms(("trading_state_changed",),
                              lambda fields: fields["scope"] == SYMBOL and fields["state"] == HALTED)
        return super().claims(told, facts) + [
            ("the symbol was halted within a second", halts != [] and 0 <= halts[0] <= NOTICED_MS)]


class Refuses(Drill):
    """Another certificate is no venue of ours: not a byte for it, and back when the old one is back."""

    def rest(self, venue, engine):
        time.sleep(3.0)
        status = engine.ask("status")
        refused = (engine.run / "engine.log").read_text(encoding="utf-8")
        back_ms = time.time() * 1000  # nor can we ask for orders meanwhile: we know the old certificate alone
        venue.control("fault off certificate-change")
        engine.wait_for("connected again", 30, lambda s: s["session_ready"] and s["reconciled"] and s["orders_open"] > 0)
        return {"status": status, "log": refused, "back_ms": back_ms}

    def claims(self, told, facts):
        while_other = [row for row in facts["orders"] if facts["struck_ms"] + 50 < row["time"] < facts["back_ms"]]
        approved = told.after_ms(("order_approved", "replace_approved"))
        return [("no session while the certificate was another's", not facts["status"]["session_ready"]),
                ("no order reached it", not while_other),
                ("nothing was approved for it",
                 not [ms for ms in approved if facts["struck_ms"] - facts["asked_ms"] + 50 < ms < 3000]),
                ("the operator is told why", "no connection to localhost" in facts["log"] and "certificate" in facts["log"]),
                ("it trades again with the old one", max(approved, default=0) > 3000)]


class Adapts(Drill):
    """Another tick: the grid is read again after the first refusals, and every later order is on it."""

    factor = 10

    def rest(self, venue, engine):
        time.sleep(8.0)
        return {"status": engine.ask("status")}

    def claims(self, told, facts):
        grids = [(ms, fields) for ms, kind, fields, _ in told.rows if kind == "instrument_definition"]
        first, last = grids[0][1], grids[-1][1]
        coarse = atoms(first["tick"]) * self.factor
        refused = told.after_ms(("request_outcome",), lambda fields: fields["code"] == "-1013")
        known_ms = grids[-1][0]
        later = [row for row in facts["orders"] if row["time"] > facts["asked_ms"] + known_ms + 1]
        return [(f"the new tick was read within {GRID_MS} ms", atoms(last["tick"]) == coarse and 0 < known_ms < GRID_MS),
                (f"the change cost {GRID_REFUSALS_MAX} refusals at most", len(refused) <= GRID_REFUSALS_MAX),
                ("every later order is on the new grid", later != [] and
                 all(atoms(row["price"]) % coarse == 0 for row in later)),
                ("the venue refused none of those", not [ms for ms in refused if ms > known_ms + 50])]


class Resumes(Drill):
    """The process itself is stopped in the middle of trading, as a debugger or a hypervisor stops it, and goes on."""

    def __init__(self, what):
        super().__init__(what)
        self.stops = []  # (begin, end) on the journal's clock, in ms after the first

    def strike(self, venue, engine):
        begun = time.monotonic_ns()
        for _ in range(STOPS):
            engine.process.send_signal(signal.SIGSTOP)
            begin = time.monotonic_ns()
            time.sleep(STOPPED_S)
            end = time.monotonic_ns()
            engine.process.send_signal(signal.SIGCONT)
            self.stops.append(((begin - begun) / 1e6, (end - begun) / 1e6))
            before = engine.wait_for("answering", 5, lambda s: True)["orders_approved"]
            engine.wait_for("quoting again", 20, lambda s, before=before: s["orders_approved"] > before and s["session_ready"]
                            and s["reconciled"] and s["orders_open"] > 2)
        return begun

    def struck(self, told, facts):
        def gap(begin, end):
            return not [ms for ms, *_ in told.rows if begin + SETTLES_MS < ms < end]
        return len(self.stops) == STOPS and all(gap(*stop) for stop in self.stops)

    def rest(self, venue, engine):
        return {"status": engine.ask("status")}

    def claims(self, told, facts):
        approvals, left, blind, seen = {}, [], [], float("-inf")
        for ms, kind, fields, _ in told.rows:
            if kind in ("top_of_book", "book_delta"):
                seen = ms
            elif kind in ("order_approved", "replace_approved"):
                approvals[fields["id"]] = ms
                blind += [ms for _, end in self.stops if seen < end <= ms]
            elif kind == "request_outcome" and fields["kind"] in kill_proof.NEW_IDS and int(fields["sent"]):
                left.append((approvals.get(fields["id"], float("-inf")), told.at(fields["sent"])))
        old = [sent - approved for approved, sent in left if any(approved < end <= sent and sent - approved > APPROVAL_LIVES_MS
                                                                 for _, end in self.stops)]
        facts["oldest_ms"] = max((sent - approved for approved, sent in left), default=None)
        again = [[ms for ms in approvals.values() if ms > end] for _, end in self.stops]
        created = [row["time"] - facts["asked_ms"] for row in facts["orders"]]
        return [(f"no order that was approved before a stop left after it, older than {APPROVAL_LIVES_MS} ms",
                 left != [] and old == []),
                ("nothing was approved on a book from before a stop", not blind),
                ("no order reached the venue meanwhile",
                 not [ms for ms in created for begin, end in self.stops if begin + SETTLES_MS < ms < end]),
                ("it traded again after each", all(again))]


class Watched(Drill):
    """The engine can do nothing any more: the watch beside it does."""

    def __init__(self, name, what):
        super().__init__(what)
        self.name = name


MAKER = "account:maker"
DRILLS = {
    "foreign-order": Kills("an order that is not ours", "1", f"fault once foreign-order {MAKER}"),
    "foreign-withdrawal": Kills("money that leaves", "4", f"fault once foreign-withdrawal {MAKER}"),
    "3commas": Robbery("a thief with our trading key, on his own connection, buys a thin coin with all we have"),
    "kronos-probe": Probe("a withdrawal of 72 USDT that nobody here asked for"),
    "key-permissions": Suspects("a key that was good and may not trade any more", f"fault on key-permissions {MAKER}"),
    "trade-bust": Kills("a trade that is undone", "4", f"fault once trade-bust {MAKER}", within_ms=6000,
                        needs=lambda s: s["fills_buy"] + s["fills_sell"] > 0),
    "overfill": Halts("more filled than was ordered", f"fault once overfill {MAKER}"),
    "worse-price": Halts("a fill worse than its limit", f"fault once worse-price {MAKER}"),
    "certificate-change": Refuses("another certificate", "fault on certificate-change venue", "disconnect all"),
    "tick-size": Adapts("another tick", f"fault on tick-size symbol:BTCUSDT factor={Adapts.factor}"),
    "engine-stopped": Resumes("the engine itself is stopped, and goes on"),
    **{f"watch-{name}": Watched(name, what) for name, (what, _) in watch_drills.TROUBLES.items()},
}


def perform(name, programs, placement, key):
    """One drill from start to end. Returns its figures and claims."""
    drill, run = DRILLS[name], ROOT / "run/drill" / name
    shutil.rmtree(run, ignore_errors=True)
    run.mkdir(parents=True)
    venue, engine = Venue(programs, run, speed="10", beside=drill.beside), None
    try:
        engine = Engine(programs, run, venue, placement, key=drill.key or key)
        if isinstance(drill, Watched):
            facts, claims = watch_drills.watched(drill.name, programs, run, venue, engine)
            return {"drill": name, "what": drill.what, "oldest_ms": None, **facts, "claims": dict(claims),
                    "ok": all(held for _, held in claims)}
        facts = drill.run(venue, engine)
    finally:
        codes = [engine.stop() if engine is not None else None, venue.stop()]
    told = Told(engine.journal_lines(), facts["fault_ns"])
    replay = engine.replay()
    claims = [("the fault has struck", drill.struck(told, facts)), *drill.claims(told, facts),
              ("what is owned is what the venue says, to the last unit", not facts["balances_differ"]),
              ("both ended cleanly, and the replay decides alike", codes == [0, 0] and bool(replay.get("equal")))]
    last = told.last_approval_ms()
    return {"drill": name, "what": drill.what, "last_approval_ms": None if last is None else round(last, 1),
            "oldest_ms": facts.get("oldest_ms"),
            "row": drill.row(told, facts) if hasattr(drill, "row") and drill.struck(told, facts) and told.alarm_ms() is not None
            else None, "claims": dict(claims), "ok": all(held for _, held in claims)}


def main():
    parser = argparse.ArgumentParser(prog="tools/drill")
    parser.add_argument("names", nargs="*", metavar="DRILL", help=f"all by default: {', '.join(DRILLS)}")
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--placement", choices=("pipeline", "fused"), default="pipeline")
    parser.add_argument("--key", choices=sorted(KEY_FILES), default="ed25519")
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in DRILLS]
    if unknown:
        parser.error(f"no drill '{unknown[0]}': {', '.join(DRILLS)}")
    results = []
    for name in arguments.names or DRILLS:
        result = perform(name, arguments.programs.resolve(), arguments.placement, arguments.key)
        results.append(result)
        print(f"== {name}: {result['what']}", flush=True)
        for claim, held in result["claims"].items():
            print(f"   [{'ok' if held else 'FAILED'}] {claim}", flush=True)
        if result.get("row"):
            print(f"   {result['row']}", flush=True)
        if isinstance(DRILLS[name], Watched):
            print(f"   nothing open {result['empty_ms'] or -1:.0f} ms after the trouble", flush=True)
        elif not isinstance(DRILLS[name], (Refuses, Adapts, Resumes)):
            print(f"   last approval {result['last_approval_ms']} ms after the fault", flush=True)
        if result["oldest_ms"] is not None:
            print(f"   {result['oldest_ms']:.1f} ms from an approval to its bytes at most, of all that left", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")
    return 0 if all(result["ok"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(directed(main))
