#!/usr/bin/env python3
"""The judges of soak and demo, each shown a lie: a check that cannot fail proves nothing. And their director, ended."""
import gzip
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import types
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools/portcullis"))
import drills  # noqa: E402
import kill_proof  # noqa: E402
import soak  # noqa: E402
import soak_books  # noqa: E402
import soak_faults  # noqa: E402
import soak_finale  # noqa: E402
import soak_ledger  # noqa: E402
import soak_market  # noqa: E402

RECORDING = "\n".join([
    '1 {"stream":"x@depth@100ms","data":{"U":9,"u":11,"b":[["99","3"]],"a":[]}}',
    '2 {"lastUpdateId":10,"bids":[["99.0","1"],["98","2"]],"asks":[["101.5","4"]]}',
    '3 {"stream":"x@bookTicker","data":{"u":12,"b":"99","B":"3","a":"101.4","A":"0.5"}}',
    '4 {"stream":"x@depth@100ms","data":{"U":12,"u":13,"b":[["99","0"]],"a":[["101.4","0.5"]]}}'])
A = soak_books.ATOMS
BOOK_11 = f"book 11 {99 * A}:{3 * A},{98 * A}:{2 * A} {1015 * A // 10}:{4 * A}"
TOP_12 = f"top 12 {99 * A}:{3 * A} {1014 * A // 10}:{A // 2}"
BETWEEN_12 = f"book 12 {99 * A}:{3 * A},{98 * A}:{2 * A} {1014 * A // 10}:{A // 2},{1015 * A // 10}:{4 * A}"
ID = "p" + "0" * 4 + "1" + "0" * 7 + "3" + "b" * 20  # epoch 1 << 0, sequence 3, see cl_ord_id.cpp

JOURNAL = """\
0 9 instrument_definition instrument=0 version=1 tick=0.01 lot=0.1 status=1
1 10 order_approved id=1-3 instrument=0 strategy=0 buy 4 lots at 9900 ticks approval=1
2 11 request_outcome id=1-3 kind=1 fate=1 reason=0 code=0 sent=11
3 12 execution_report id=1-3 order=7 type=1 status=2 qty=0.4 last=0.0 x 0.0 cum=0.0 trade=-1 fee=0.0 source=2
4 13 execution_report id=1-3 order=7 type=2 status=7 qty=0.4 last=99.0 x 0.4 cum=0.4 trade=5 fee=0.01 source=2
5 14 execution_report id=1-3 order=7 type=2 status=7 qty=0.4 last=99.0 x 0.4 cum=0.4 trade=5 fee=0.01 source=3
6 15 order_approved id=1-4 instrument=0 strategy=0 buy 4 lots at 9900 ticks approval=2
7 16 request_outcome id=1-4 kind=1 fate=3 reason=0 code=0 sent=0
8 20 session_state session=2 status=1 index=0
9 24 session_state session=2 status=3 index=0
10 30 reconcile_step phase=2 open_orders=0 only=0
"""
ORDER = {"orderId": 7, "clientOrderId": "x", "status": "FILLED", "executedQty": "0.40000000"}
TRADE = {"id": 5, "orderId": 7, "price": "99.00", "qty": "0.4", "commission": "0.01"}


AMENDED = """\
11 40 order_approved id=1-5 instrument=0 strategy=0 buy 4 lots at 9900 ticks approval=3
12 41 execution_report id=1-5 order=8 type=1 status=2 qty=0.4 last=0.0 x 0.0 cum=0.0 trade=-1 fee=0.0 source=2
13 42 replace_approved id=1-5 instrument=0 strategy=0 buy 3 lots at 9900 ticks amends=1-5 approval=4
"""
DONE_AMEND = "14 43 execution_report id=1-5 order=8 type=%s status=2 qty=%s last=0.0 x 0.0 cum=0.0 trade=-1 fee=0.0 source=2\n"
ANSWERED_AMEND = "14 43 request_outcome id=1-5 kind=7 fate=9 reason=0 code=0 sent=42\n"
REFUSED_AMEND = "14 43 request_outcome id=1-5 kind=7 fate=8 reason=3 code=-2038 sent=42\n"
FILL_OF_THREE = "15 44 account_fill id=1-5 order=8 trade=6 buy 99.0 x 0.3 fee=0.01\n"


class Books(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.NamedTemporaryFile(suffix=".gz") as file:
            file.write(gzip.compress(RECORDING.encode()))
            file.flush()
            cls.truth = soak_books.Truth(file.name)

    def check(self, *lines):
        return soak_books.check([f"{i} {i * 10} 0 {line}" for i, line in enumerate(lines)], self.truth)

    def test_true_claims_pass(self):
        found = self.check(BOOK_11, TOP_12, f"book 13 {98 * A}:{2 * A} {1014 * A // 10}:{A // 2},{1015 * A // 10}:{4 * A}")
        self.assertEqual((found["claims"], found["lies"], found["invalid_at_end"]), (3, [], False))

    def test_each_false_claim_is_a_lie(self):
        for line in (BOOK_11.replace(f":{3 * A}", f":{3 * A + 1}"),      # a size by one unit
                     BOOK_11.replace(f",{98 * A}:{2 * A}", ""),          # a level behind the best
                     BOOK_11.replace("book 11", "book 13"),              # an older state under a newer id
                     BOOK_11.replace("book 11", "book 12"),              # an id that the venue never had
                     TOP_12.replace(f"{99 * A}:", f"{98 * A}:"), TOP_12.replace("top 12", "top 14")):
            self.assertEqual(len(self.check(line)["lies"]), 1, line)

    def test_an_outage_lasts_from_the_first_reset_to_the_next_claim(self):
        found = self.check(BOOK_11, "reset 2", "book invalid", "reset 4", TOP_12, "reset 3")
        self.assertEqual(found["outages"], [(1, 4)])
        self.assertEqual((found["resync_ns"], found["resets"], found["invalid"], found["invalid_at_end"]),
                         ([30], {"gap": 1, "stalled": 1, "disconnected": 1}, 1, True))

    def test_a_reset_is_named_as_the_engine_names_it(self):
        header = (ROOT / "engine/events/market.hpp").read_text(encoding="utf-8")
        rows = re.search(r"enum class ResetReason[^{]*{(.*?)};", header, re.DOTALL)[1]
        self.assertEqual(soak_books.RESETS, {number: name for name, number in re.findall(r"(\w+) = (\d+)", rows)})

    def test_a_recording_with_a_gap_is_no_truth(self):
        with tempfile.NamedTemporaryFile(suffix=".gz") as file:
            file.write(gzip.compress(RECORDING.replace('"U":12', '"U":13').encode()))
            file.flush()
            self.assertRaises(SystemExit, soak_books.Truth, file.name)


class Amends(unittest.TestCase):
    """The same order, of less once the venue has said so: its fills alone may then fill it."""

    def test_an_amended_order_is_filled_by_what_is_left_of_it_and_a_refused_one_is_not(self):
        for told, status in ((DONE_AMEND % (soak_ledger.REPLACED, "0.3"), "FILLED"), (ANSWERED_AMEND, "FILLED"), (REFUSED_AMEND, "NEW")):
            text = JOURNAL + AMENDED + told + FILL_OF_THREE
            journal = soak_ledger.Journal(text.splitlines())
            amended = {"orderId": 8, "clientOrderId": "y", "status": status, "executedQty": "0.30000000"}
            self.assertEqual(soak_ledger.compare_orders(journal, [ORDER, amended]), [], told)
            self.assertEqual(len(journal.orders), 3, "no order more")
            self.assertIn(13, journal.approvals, "and an approval all the same")

    def test_a_late_copy_of_one_amend_tells_nothing_of_the_next(self):
        to_three = DONE_AMEND % (soak_ledger.REPLACED, "0.3")
        to_two = AMENDED.splitlines()[-1].replace("buy 3", "buy 2") + "\n"
        fill_of_two = FILL_OF_THREE.replace("x 0.3", "x 0.2")
        before = JOURNAL + AMENDED + to_three + ANSWERED_AMEND + to_two + to_three  # the last: from the other session
        for answer, filled in (("", False), (ANSWERED_AMEND, True)):
            journal = soak_ledger.Journal((before + answer + fill_of_two).splitlines())
            self.assertEqual(journal.orders["1-5"]["status"] == soak_ledger.FILLED, filled, answer)


class Ledger(unittest.TestCase):
    def setUp(self):
        self.journal = soak_ledger.Journal(JOURNAL.splitlines())

    def test_ids_are_read_and_others_are_none_of_ours(self):
        self.assertEqual(soak_ledger.id_of(ID), "1-3")
        for text in ("", "web_1", ID[:-1], "x" + ID[1:], ID[:-1] + "a"):
            self.assertIsNone(soak_ledger.id_of(text), text)

    def test_a_fill_that_the_history_tells_before_any_report_is_in_the_ledger(self):
        early = "2 11 account_fill id=0-0 order=7 trade=5 buy 99.0 x 0.4 fee=0.01"
        lines = JOURNAL.splitlines()
        journal = soak_ledger.Journal(lines[:2] + [early] + lines[3:4])
        self.assertEqual(list(journal.fills), [5])

    def test_equal_ledgers_have_no_complaint(self):
        self.assertEqual(soak_ledger.compare_orders(self.journal, [ORDER]), [])
        self.assertEqual(soak_ledger.compare_fills(self.journal, [TRADE]), [])
        self.assertEqual((self.journal.outages, self.journal.reconciliations), ({"2": [4]}, [10]))
        self.assertEqual((self.journal.approvals, self.journal.blind), ([1, 6], [(8, 10)]))
        self.assertEqual(soak_ledger.approved_within([1, 6, 7, 10], [(6, 7), (8, 11)]), [6, 10])

    def test_each_difference_of_an_order_is_told(self):
        for rows in ([{**ORDER, "status": "CANCELED"}], [{**ORDER, "executedQty": "0.39999999"}], [],
                     [ORDER, {**ORDER, "orderId": 8}]):
            self.assertEqual(len(soak_ledger.compare_orders(self.journal, rows)), 1, rows)

    def test_an_order_that_vanished_needs_a_proof(self):
        for fate, complaints in (("3", 0), ("8", 0), ("7", 1), ("9", 1)):
            text = JOURNAL.replace("kind=1 fate=3", f"kind=1 fate={fate}")
            journal = soak_ledger.Journal(text.splitlines())
            self.assertEqual(len(soak_ledger.compare_orders(journal, [ORDER])), complaints, fate)
            twice = text + "11 40 order_not_found id=1-4\n12 41 order_not_found id=1-4\n"
            self.assertEqual(soak_ledger.compare_orders(soak_ledger.Journal(twice.splitlines()), [ORDER]), [])

    def test_each_difference_of_a_trade_is_told(self):
        for rows in ([], [{**TRADE, "qty": "0.39999999"}], [{**TRADE, "price": "99.01"}],
                     [{**TRADE, "commission": "0.02"}], [{**TRADE, "orderId": 8}], [TRADE, {**TRADE, "id": 6}]):
            self.assertEqual(len(soak_ledger.compare_fills(self.journal, rows)), 1, rows)

    def test_a_trade_of_the_history_belongs_to_the_order_that_the_venue_s_id_names(self):
        fetched = JOURNAL.replace("type=2 status=7 qty=0.4 last=99.0 x 0.4 cum=0.4 trade=5",
                                  "type=7 status=7 qty=0.4 last=0 x 0 cum=0.4 trade=-1")
        self.assertEqual(len(soak_ledger.compare_fills(soak_ledger.Journal(fetched.splitlines()), [TRADE])), 1)
        fetched = fetched.replace("order=7 type=7 status=7 qty=0.4 last=0 x 0 cum=0.4",
                                  "order=7 type=1 status=2 qty=0.4 last=0 x 0 cum=0")
        fetched += "11 40 account_fill id=0-0 order=7 trade=5 buy 99 x 0.4 fee=0.01\n"
        self.assertEqual(soak_ledger.compare_fills(soak_ledger.Journal(fetched.splitlines()), [TRADE]), [])
        self.assertEqual(soak_ledger.compare_orders(soak_ledger.Journal(fetched.splitlines()), [ORDER]), [],
                         "the trade alone fills the order")
        half = fetched.replace("x 0.4 fee=0.01\n", "x 0.3 fee=0.01\n")
        self.assertEqual(len(soak_ledger.compare_orders(soak_ledger.Journal(half.splitlines()), [ORDER])), 1)
        dear = fetched.replace("x 0.4 fee=0.01\n", "x 0.4 fee=0.02\n")
        self.assertEqual(len(soak_ledger.compare_fills(soak_ledger.Journal(dear.splitlines()), [TRADE])), 1)

    def test_a_trade_told_in_two_ways_stops_the_soak(self):
        twisted = JOURNAL.replace("x 0.4 cum=0.4 trade=5 fee=0.01 source=3", "x 0.3 cum=0.4 trade=5 fee=0.01 source=3")
        self.assertRaises(SystemExit, soak_ledger.Journal, twisted.splitlines())

    def test_balances_are_held_to_the_last_unit(self):
        positions = {"positions": [{"asset": "BTC", "balance": "10.5"}]}
        self.assertEqual(soak_ledger.compare_balances(positions, {"BTC": ("10.00000000", "0.50000000")}), [])
        self.assertEqual(len(soak_ledger.compare_balances(positions, {"BTC": ("10.00000001", "0.5")})), 1)
        self.assertEqual(len(soak_ledger.compare_balances({"positions": []}, {})), 1, "nothing told: nothing shown")
        self.assertEqual(soak_ledger.compare_balances(positions, {"BTC": ("10.5", "0"), "ETH": ("0.00", "0")}), [])
        self.assertEqual(len(soak_ledger.compare_balances(positions, {"BTC": ("10.5", "0"), "ETH": ("0", "0.1")})), 1)


class Kill(unittest.TestCase):
    KILL_NS, WALL_MS = 50_000_000, 7_000

    def prove(self, sent_ns, *, fate=1, time_ms=WALL_MS, name=ID, kind=1):
        lines = [f"0 1 kill_changed scope=3 index=0 word=1 (killed) wall={1000 * 1_000_000}",  # a strategy's
                 f"1 2 request_outcome id=1-3 kind={kind} fate={fate} reason=0 code=0 sent={sent_ns}",
                 f"2 {self.KILL_NS} kill_changed scope=1 index=0 word=1 (killed) wall={self.WALL_MS * 1_000_000}",
                 "3 60000000 request_outcome id=1-4 kind=1 fate=2 reason=0 code=0 sent=0"]
        return kill_proof.prove(lines, [{"time": time_ms, "clientOrderId": name}], self.WALL_MS - 6)

    def test_an_order_that_had_left_may_arrive_later(self):
        self.assertEqual(self.prove(self.KILL_NS - 2_000_000), {
            "seen_by_core_ms": 6.0, "last_send_before_ms": 2.0, "sent_after": 0, "sends": 1, "on_the_way": 1,
            "arrived_unproven": 0, "approved_after": 0, "sent_within_allowance": 0, "allowance_ms": 10.0,
            "told_before_seen_ms": None})

    def test_an_approval_behind_the_kill_is_told_without_any_allowance(self):
        approval, kill = Drills.APPROVAL.format(self.KILL_NS), f"2 {self.KILL_NS} kill_changed scope=1 index=0 word=1 wall=1"
        for lines, expected in (([approval, kill], 0), ([kill, approval], 1),
                                ([kill, approval.replace("order_approved", "replace_approved")], 1),
                                ([kill.replace("word=1", "word=2"), approval, kill], 0)):
            self.assertEqual(kill_proof.prove(lines, [], 0)["approved_after"], expected, lines)

    def test_a_core_that_looks_late_is_found_out(self):
        """The operator was told 'killed, durable' at 1 ms; the core saw it 2 s later and went on until then."""
        told = "5 1000000 operator_command command=6 scope=1 index=0 uid=0"
        edge = 1_000_000 + kill_proof.ALLOWANCE_NS
        kill = f"4 2001000000 kill_changed scope=1 index=0 word=1 (killed) wall={self.WALL_MS * 1_000_000}"
        for at, expected in ((edge, (0, 0)), (edge + 1, (1, 1))):
            sent = f"2 {at} request_outcome id=1-3 kind=1 fate=1 reason=0 code=0 sent={at}"
            proof = kill_proof.prove([Drills.APPROVAL.format(at), sent, kill, told], [], 0)
            self.assertEqual((proof["approved_after"], proof["sent_after"]), expected, at)
        arrived = [{"time": self.WALL_MS - 1000, "clientOrderId": "web_1"}]
        self.assertEqual(kill_proof.prove([kill, told], arrived, 0)["arrived_unproven"], 1, "a second before the core saw it")
        for other in (told.replace("command=6", "command=1"), told.replace("scope=1", "scope=3")):
            self.assertEqual(kill_proof.prove([kill, other], arrived, 0)["arrived_unproven"], 0, "no kill of the firm")

    def test_a_send_within_the_allowance_is_counted(self):
        edge = self.KILL_NS + kill_proof.ALLOWANCE_NS
        for sent, expected in ((self.KILL_NS, 0), (self.KILL_NS + 1, 1), (edge, 1), (edge + 1, 0)):
            self.assertEqual(self.prove(sent)["sent_within_allowance"], expected, sent)

    def test_a_send_after_the_kill_and_the_allowance_is_told_whatever_became_of_it(self):
        edge = self.KILL_NS + kill_proof.ALLOWANCE_NS
        for kind in (1, 2):
            for fate in (1, 7, 8, 9):
                self.assertEqual(self.prove(edge, fate=fate, kind=kind)["sent_after"], 0)
                self.assertEqual(self.prove(edge + 1, fate=fate, kind=kind)["sent_after"], 1)
        self.assertEqual(self.prove(edge + 1, kind=3)["sent_after"], 0, "a cancel may leave")

    def test_an_order_at_the_venue_needs_a_send_before_the_kill(self):
        for sent, name, time_ms, expected in (
                (1, ID, self.WALL_MS + 5, (1, 0)), (self.KILL_NS + kill_proof.ALLOWANCE_NS + 1, ID, self.WALL_MS, (0, 1)),
                (1, "web_1", self.WALL_MS, (0, 1)), (1, ID.replace("3", "4"), self.WALL_MS, (0, 1)),
                (1, "web_1", self.WALL_MS - 1, (0, 0))):
            proof = self.prove(sent, name=name, time_ms=time_ms)
            self.assertEqual((proof["on_the_way"], proof["arrived_unproven"]), expected, (sent, name, time_ms))

    def test_a_journal_without_a_kill_proves_none(self):
        self.assertRaises(SystemExit, kill_proof.prove, JOURNAL.splitlines(), [], 0)


class Drills(unittest.TestCase):
    """Each claim of each drill, on a journal of a few lines: it holds, and it falls by its own line alone."""
    BREACH = "1 {} breach kind=1 order=13"
    KILL = "2 {} kill_changed scope=1 index=0 word=1 (killed) wall=7000000000"
    HALT = "1 {} trading_state_changed scope={} index=0 state={} cause=1"
    GRID = "0 {} instrument_definition instrument=0 version=1 tick={} lot=0.1 status=1"
    APPROVAL = "3 {} order_approved id=1-3 instrument=0 strategy=0 buy 4 lots at 9900 ticks approval=1"

    def fallen(self, drill, lines, **facts):
        told = drills.Told(lines, 0)
        given = {"open": 0, "status": {"orders_open": 0, "session_ready": False}, "orders": [], "asked_ms": 7000, "struck_ms": 7000,
                 "back_ms": 10_000, "log": "no connection to localhost: certificate", **facts}
        return [number for number, (_, held) in enumerate(drill.claims(told, given)) if not held]

    def test_a_kill_needs_silence_nothing_at_rest_a_breach_in_time_and_no_send(self):
        drill = drills.DRILLS["foreign-order"]
        approved, breach, kill = self.APPROVAL.format(-5), self.BREACH.format(1_000_000), self.KILL.format(1_000_001)
        self.assertEqual(self.fallen(drill, [approved, breach, kill]), [])
        self.assertEqual(self.fallen(drill, [approved, breach, kill, self.APPROVAL.format(1_000_000_001)]), [0])
        self.assertEqual(self.fallen(drill, [breach, kill]), [0], "it never traded: nothing was shown")
        self.assertEqual(self.fallen(drill, [approved, breach, kill], open=1), [1])
        self.assertEqual(self.fallen(drill, [approved, self.BREACH.format(1_000_000_001), kill]), [2])
        self.assertEqual(self.fallen(drill, [approved, breach.replace("=1 ", "=4 "), kill]), [2])
        late = f"4 9 request_outcome id=1-3 kind=1 fate=9 reason=0 code=0 sent={1_000_002 + kill_proof.ALLOWANCE_NS}"
        self.assertEqual(self.fallen(drill, [approved, breach, kill, late]), [3])

    def test_a_halt_is_the_symbol_s_and_comes_in_time(self):
        drill, approved = drills.DRILLS["overfill"], self.APPROVAL.format(-5)
        for scope, state, ns, expected in (("4", "3", 5, []), ("4", "3", 1_000_000_001, [2]), ("1", "3", 5, [2]),
                                           ("4", "2", 5, [2])):
            self.assertEqual(self.fallen(drill, [approved, self.HALT.format(ns, scope, state)]), expected)

    def test_another_certificate_gets_nothing_and_the_old_one_does_again(self):
        drill, after = drills.DRILLS["certificate-change"], self.APPROVAL.format(4_000_000_000)
        self.assertEqual(self.fallen(drill, [after]), [])
        self.assertEqual(self.fallen(drill, [after], status={"session_ready": True}), [0])
        self.assertEqual(self.fallen(drill, [after], orders=[{"time": 9_000}]), [1])
        self.assertEqual(self.fallen(drill, [after, self.APPROVAL.format(60_000_000)]), [2])
        self.assertEqual(self.fallen(drill, [after], log="no connection to localhost: lost"), [3])
        self.assertEqual(self.fallen(drill, [self.APPROVAL.format(-5)]), [4])

    def test_another_tick_is_read_in_time_and_kept(self):
        drill = drills.DRILLS["tick-size"]
        first, second = self.GRID.format(-5, "0.01"), self.GRID.format(3_000_000_000, "0.1")
        row = {"time": 10_500, "price": "99.90"}
        refused = "4 {} request_outcome id=1-3 kind=1 fate=8 reason=5 code=-1013 sent=1"
        self.assertEqual(self.fallen(drill, [first, second], orders=[row]), [])
        self.assertEqual(self.fallen(drill, [first], orders=[row]), [0])
        self.assertEqual(self.fallen(drill, [first, second] + [refused.format(9)] * 41, orders=[row]), [1])
        self.assertEqual(self.fallen(drill, [first, second], orders=[{**row, "price": "99.91"}]), [2])
        self.assertEqual(self.fallen(drill, [first, second], orders=[]), [2], "nothing was shown")
        self.assertEqual(self.fallen(drill, [first, second, refused.format(3_100_000_000)], orders=[row]), [3])

    def test_an_engine_that_was_stopped_sends_nothing_old_and_sees_before_it_decides(self):
        drill = drills.Resumes("stopped")
        drill.stops = [(0, 4000)]
        book, sent = "0 {} top_of_book instrument=0 u=7 bid=1 x 1", "4 {} request_outcome id=1-3 kind=1 fate=1 reason=0 code=0 sent={}"
        fresh, approval = book.format(4_001_000_000), self.APPROVAL.format(4_002_000_000)
        good = [book.format(-9), fresh, approval, sent.format(4_003_000_000, 4_062_000_000)]
        self.assertEqual(self.fallen(drill, good), [])
        late, before = sent.format(4_003_000_000, 4_062_000_001), self.APPROVAL.format(-1_000_000)
        self.assertEqual(self.fallen(drill, [*good[:3], late]), [], "the machine was slow: no stop lay between")
        self.assertEqual(self.fallen(drill, [good[0], before, fresh, late]), [0, 3])
        self.assertEqual(self.fallen(drill, [*good[:2], late]), [0, 3], "nobody had approved it")
        self.assertEqual(self.fallen(drill, good[:3]), [0], "nothing was sent: nothing was shown")
        self.assertEqual(self.fallen(drill, [good[0], *good[2:]]), [1])
        self.assertEqual(self.fallen(drill, good, orders=[{"time": 7000 + drills.SETTLES_MS + 1}]), [2])
        self.assertEqual(self.fallen(drill, good, orders=[{"time": 11_001}, {"time": 6_999}]), [])
        self.assertEqual(self.fallen(drill, [good[0], fresh, self.APPROVAL.format(-5), sent.format(9, 9)]), [3])
        drill.stops = [(0, 4000)] * drills.STOPS
        for ns, gap in ((drills.SETTLES_MS * 1_000_000, True), (100_000_000, False), (4_000_000_000, True)):
            self.assertEqual(drill.struck(drills.Told([book.format(ns)], 0), {}), gap, ns)


class Director(unittest.TestCase):
    """A director in a process of its own, that holds a program which would sleep for a minute."""
    HOLDS = """
import subprocess, sys, time
from rig import directed, held
def main():
    child = subprocess.Popen(["sleep", "60"], **held())
    print(child.pid, flush=True)
    try:
        time.sleep(60)
    finally:
        child.terminate()
        child.wait()
sys.exit(directed(main))"""

    def end(self, number):
        """Signals the director's whole group, as a terminal does. What it printed, its exit code, its child."""
        director = subprocess.Popen([sys.executable, "-c", self.HOLDS], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                    text=True, start_new_session=True, cwd=ROOT / "tools/portcullis")
        child = int(director.stdout.readline())
        self.assertEqual(os.getsid(child), child, "the terminal's signals are not the child's")
        os.killpg(director.pid, number)
        return director.communicate(timeout=20)[0], director.returncode, child

    def assert_ends(self, child):
        end = time.monotonic() + 20
        stat = pathlib.Path(f"/proc/{child}/stat")
        while time.monotonic() < end and stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z":
            time.sleep(0.01)
        self.assertLess(time.monotonic(), end, "an orphan")

    def test_a_signal_ends_it_in_one_line_and_with_its_child(self):
        for number, name in ((signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM"), (signal.SIGHUP, "SIGHUP")):
            text, code, child = self.end(number)
            self.assertEqual(code, 130)
            self.assertEqual(text, f"\nended by {name} before it was done; engine and venue have been stopped\n")
            self.assert_ends(child)

    def test_killed_it_leaves_no_orphan(self):
        _, code, child = self.end(signal.SIGKILL)
        self.assertEqual(code, -signal.SIGKILL)
        self.assert_ends(child)


GOOD = {
    "exit_codes": {"engine": 0, "venue": 0}, "fills_by_third": [2, 1, 1], "approved_by_third": [2, 1, 1], "faults": {"gap BTCUSDT": 1},
    "memory": {"engine": {"growth_kib": 100}, "venue": {"growth_kib": 4100, "orders_meanwhile": 2}},
    "leak_kib_max": soak.LEAK_KIB_MAX, "disk": {"segments": 2, "segments_max": 3}, "orders": {"unaccounted": []}, "trades": {"unaccounted": []},
    "balances_differ": [], "open_at_end": 0, "unanswered": 0, "breaches": 0,
    "books": {"claims": 9, "invalid": 2, "lies": 0, "resets": {"gap": 1}}, "unnoticed": [], "never_struck": [], "never_at_all": [], "alone": {}, "asked": 3, "asked_in_vain": ["x"], "seconds": 60,
    "approved_blind": 0, "still_down": [], "replay": {"hash_equal": True}}


MARKET = {"preset": "btc-like,script=flash-crash", "fell_bps": 400, "beyond_limits": []}
S = 1_000  # milliseconds


def order(**change):
    return {"orderId": 1, "price": "61000", "origQty": "0.01", "time": 10 * S, "updateTime": 11 * S, **change}


class Market(unittest.TestCase):
    """The middle is 61000 until 20 s, then 60000."""

    def setUp(self):
        self.tape = soak_market.Tape.__new__(soak_market.Tape)
        self.tape.times_ns = [0, 20 * S * 1_000_000]
        self.tape.middles = [61_000 * A, 60_000 * A]

    def beyond(self, *orders, trades=()):
        return soak_market.beyond_limits(list(orders), list(trades), self.tape)

    def test_a_recorded_market_has_no_faults_that_would_strike_its_recorder(self):
        done = subprocess.run([sys.executable, ROOT / "tools/portcullis/soak.py", "--programs", "/nowhere", "--market", "btc-like",
                               "--faults", "deck"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, "would strike the recorder too" in done.stderr), (2, True))

    def test_the_limits_are_those_that_the_engine_is_given(self):
        self.assertEqual((soak_market.QTY_MAX, soak_market.NOTIONAL_MAX, soak_market.POSITION_MAX),
                         (A // 20, 2_000 * A, A * 8 // 100))
        self.assertEqual((soak_market.OPEN_MAX, soak_market.COLLAR_BPS, soak_market.QUOTE_AGE_NS),
                         (30, 25, 3 * S * 1_000_000))

    def test_a_recorder_that_never_connects_is_told_at_once_and_one_that_does_is_waited_for(self):
        venue = types.SimpleNamespace(ready={"port": 1, "ca_file": "ca.pem"})
        with tempfile.TemporaryDirectory() as folder:
            run = pathlib.Path(folder)
            program = run / "portcullis"
            for lines, connects in (("echo 'no such host' >&2; exit 2", False), ("exit 2", False),
                                    ("trap 'echo bye >&2; exit 0' TERM; sleep 0.2; "
                                     "echo 'portcullis record: connected' >&2; while :; do sleep 0.05; done", True)):
                program.write_text(f"#!/bin/bash\n{lines}\n")
                program.chmod(0o755)
                if connects:
                    self.assertEqual(soak_market.Recorder(run, run, venue).stop(), 0)
                    self.assertEqual((run / "record.log").read_text(), "portcullis record: connected\nbye\n")
                else:
                    with self.assertRaisesRegex(SystemExit, "the recorder did not connect"):
                        soak_market.Recorder(run, run, venue)

    def test_what_lies_within_the_limits_passes(self):
        self.assertEqual(self.beyond(order(), order(price="61152.50"), order(price="60847.50"),
                                     order(price="61000", time=23 * S, updateTime=30 * S),
                                     order(price="60150", time=30 * S, updateTime=30 * S),
                                     order(origQty="0.03278688")), [])

    def test_each_order_beyond_them_is_named(self):
        for wrong in (order(price="61152.51"), order(price="60847.49"), order(price="60150", time=10 * S),
                      order(price="61000", time=25 * S, updateTime=30 * S),
                      order(origQty="0.03278689"), order(origQty="0.05000001")):
            self.assertEqual(len(self.beyond(wrong)), 1, wrong)

    def test_positions_and_open_orders_are_counted_again(self):
        buy, sell = {"id": 1, "qty": "0.08", "isBuyer": True}, {"id": 2, "qty": "0.16", "isBuyer": False}
        self.assertEqual(self.beyond(trades=[sell, buy]), [])
        self.assertEqual(len(self.beyond(trades=[buy, {**sell, "qty": "0.16000001"}])), 1)
        self.assertEqual(self.beyond(*[order()] * soak_market.OPEN_MAX, order(time=11 * S, updateTime=12 * S)), [])
        self.assertEqual(len(self.beyond(*[order()] * (soak_market.OPEN_MAX + 1))), 1)

    def test_a_market_that_did_not_crash_or_was_traded_in_beyond_the_limits_fails_one_claim(self):
        good = {**GOOD, "market": MARKET, "mode": "none", "faults": {}, "asked": 0, "asked_in_vain": [],
                "books": {**GOOD["books"], "resets": {"too_shallow": 2}}}
        self.assertTrue(all(held for _, held in soak.judge(good)))
        for change in ({"market": {**MARKET, "fell_bps": 399}}, {"market": {**MARKET, "beyond_limits": ["x"]}},
                       {"faults": {"gap BTCUSDT": 1}, "asked": 1},
                       {"books": {**GOOD["books"], "resets": {"too_shallow": 2, "gap": 1}}}):
            self.assertEqual(len([claim for claim, held in soak.judge({**good, **change}) if not held]), 1, change)

    def test_a_book_between_two_messages_is_no_lie_once_where_snapshots_show_it(self):
        with tempfile.NamedTemporaryFile(suffix=".gz") as file:
            with gzip.open(file.name, "wt", encoding="utf-8") as out:
                out.write(RECORDING)
            truth = soak_books.Truth(file.name)
            lines = ["1 5 0 book invalid", f"2 6 0 {BETWEEN_12}", f"3 7 0 {BETWEEN_12}"]
            between = soak_books.check(lines, truth, snapshots_between=True)
            self.assertEqual((between["between"], len(between["lies"])), (1, 1))
            self.assertEqual(len(soak_books.check(lines, truth)["lies"]), 2)
            for false in (BETWEEN_12.replace(f"{99 * A}:{3 * A}", f"{99 * A}:{A}"),      # not as the ticker has it
                          BETWEEN_12.replace(f",{98 * A}:{2 * A}", ""),                  # what did not change is missing
                          BETWEEN_12.replace(f":{4 * A}", f":{4 * A + 1}"),              # or of another size
                          BETWEEN_12.replace(f",{98 * A}", f",{985 * A // 10}:{A},{98 * A}"),  # a level that never was
                          BETWEEN_12.replace("book 12", "book 14")):                     # of later than all that was told
                lied = soak_books.check(["1 5 0 book invalid", f"2 6 0 {false}"], truth, snapshots_between=True)
                self.assertEqual((lied["between"], len(lied["lies"])), (1, 1), false)


class AllAtOnce(unittest.TestCase):
    """The stretch in which everything is on, with a venue that believes everything."""

    class Venue:
        def __init__(self):
            self.told, self.on = [], {}

        def control(self, line):
            self.told.append(line)
            words = line.split()
            if line == "fault off all":
                self.on = {}
            elif line.startswith("fault on "):
                self.on[words[2]] = line.split(" ", 2)[2]

        def ask(self, line, refused=None):
            if line != "fault list":
                self.told.append(line)
                return None if "session-revoked" in line and refused else ""
            return json.dumps({"active": [{"fault": text} for text in self.on.values()],
                               "injected": {"drop": 3 + len(self.told), "gap": 1}, "byTarget": {"drop *": 3, "gap *@depth*": 1}})

    def test_each_fault_of_the_catalogue_is_in_the_soak_or_in_a_drill(self):
        page = (ROOT / "tools/venue/README.md").read_text(encoding="utf-8")
        table = page.split("<!-- faults:begin -->")[1].split("<!-- faults:end -->")[0]
        names = {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")}
        stopping = {fault.split()[2] for drill in drills.DRILLS.values() for fault in drill.faults if fault.startswith("fault")}
        alone = {row[0] for row in soak_faults.CATALOGUE.values()} | {line.split()[2] for line in soak_faults.ONCE}
        self.assertEqual(names, soak_finale.KINDS | stopping)
        self.assertEqual(soak_finale.KINDS, alone)
        self.assertEqual(names - soak_finale.KINDS,
                         {"overfill", "worse-price", "trade-bust", "foreign-order", "foreign-withdrawal", "key-permissions"})

    def test_all_that_last_are_on_at_once_and_all_off_again(self):
        venue, clock = self.Venue(), [100.0]
        soak_finale.time.monotonic, monotonic = lambda: clock[0], soak_finale.time.monotonic
        try:
            finale = soak_finale.Finale(venue, random.Random(1), 15.0)
            self.assertEqual(finale.busy_until(120.0), 135.0)
            finale.step()
            while finale.ended is None:
                self.assertGreater(finale.busy_until(120.0), clock[0])
                clock[0] += finale.next_pause()
                finale.step()
            self.assertEqual((finale.at_once, venue.on), (soak_finale.HAVE_LENGTH, {}))
            self.assertIn(f"fault on drop streams rate=0.000200 seed={finale_seed(venue, 'drop')}", venue.told)
            self.assertEqual({line for line in venue.told if line.startswith("fault once")} - {
                f"fault once {act}" for act in soak_finale.ACTS}, set())
            ready = {"session_ready": True, "reconciled": True, "orders_approved": 5, "instruments": [{"valid": True}]}
            for status in (ready, ready, {**ready, "orders_approved": 6, "reconciled": False},
                           {**ready, "orders_approved": 6, "instruments": [{"valid": False}]}):
                finale.watch(status)
                self.assertIsNone(finale.summary()["healed_s"])
                clock[0] += 1
            self.assertEqual(finale.busy_until(120.0), finale.ended + soak_finale.HEALED_WITHIN_S)
            finale.watch({**ready, "orders_approved": 6})
            self.assertEqual(finale.summary()["healed_s"], 4.0)
            self.assertEqual(finale.busy_until(120.0), finale.ended + 4.0 + soak_finale.CALM_S)
            self.assertEqual(finale.injected, {"drop": len(venue.told)}, "what was struck before is not counted")
        finally:
            soak_finale.time.monotonic = monotonic

    def test_a_stretch_that_was_not_full_spared_most_or_left_the_engine_down_fails_one_claim(self):
        good = {"at_once": 32, "kinds_with_a_length": 32, "kinds": 35, "injected": dict.fromkeys("abcdefghijkl", 1), "healed_s": 3.0}
        self.assertTrue(all(held for _, held in soak.judge({**GOOD, "all_at_once": good})))
        for change in ({"at_once": 31}, {"injected": dict.fromkeys("abcdefghijk", 1)}, {"healed_s": None}):
            judged = soak.judge({**GOOD, "all_at_once": {**good, **change}})
            self.assertEqual(len([claim for claim, held in judged if not held]), 1, change)


def finale_seed(venue, name):
    line, = (line for line in venue.told if line.startswith(f"fault on {name} "))
    return line.split("seed=")[1].split()[0]


class Verdict(unittest.TestCase):
    def test_a_good_run_passes_and_each_bad_figure_fails_one_claim(self):
        self.assertTrue(all(held for _, held in soak.judge(GOOD)))
        self.assertTrue(all(held for _, held in soak.judge({**GOOD, "fills_by_third": [2, 0, 1]})), "of a minute")
        for change in ({"exit_codes": {"engine": -6, "venue": 0}}, {"fills_by_third": [0, 0, 0]}, {"fills_by_third": [2, 1, 0], "seconds": 300},
                       {"approved_by_third": [2, 1, 0]}, {"faults": {}},
                       {"memory": {**GOOD["memory"], "engine": {"growth_kib": soak.LEAK_KIB_MAX + 1}}},
                       {"memory": {**GOOD["memory"], "venue": {"growth_kib": 4101, "orders_meanwhile": 2}}},
                       {"disk": {"segments": 4, "segments_max": 3}}, {"disk": {"segments": 0, "segments_max": 3}},
                       {"orders": {"unaccounted": ["x"]}}, {"trades": {"unaccounted": ["x"]}},
                       {"balances_differ": ["x"]}, {"open_at_end": 1}, {"unanswered": 1}, {"breaches": 1},
                       {"books": {**GOOD["books"], "claims": 8}},
                       {"books": {**GOOD["books"], "lies": 1}}, {"unnoticed": ["gap"]},
                       {"approved_blind": 1}, {"never_struck": ["ban"]}, {"never_struck": ["a", "b"], "alone": dict.fromkeys("abcdefg")},
                       {"never_struck": ["a"], "alone": dict.fromkeys("abcdefg"), "seconds": 300},
                       {"never_at_all": ["a"] * 4}, {"never_at_all": ["a"], "seconds": 300}, {"seconds": 600, "kinds_alone": [44, 45]},
                       {"seconds": 300, "kinds_alone": [22, 45]}, {"seconds": 60, "kinds_alone": [22, 45]}, {"asked_in_vain": ["x", "y"]}, {"asked": 0, "asked_in_vain": []},
                       {"still_down": ["market"]}, {"replay": {"hash_equal": False}}):
            failed = [claim for claim, held in soak.judge({**GOOD, **change}) if not held]
            self.assertEqual(len(failed), 1, change)

    def test_a_swarm_may_break_half_of_the_books_and_no_more(self):
        for mode, invalid, expected in (("swarm", 8, []), ("all", 8, []), ("all", 9, [False]), ("each", 3, [False])):
            judged = soak.judge({**GOOD, "mode": mode, "books": {**GOOD["books"], "invalid": invalid}})
            self.assertEqual([held for _, held in judged if not held], expected, (mode, invalid))

    def test_a_fault_is_left_on_until_it_has_struck_and_one_that_has_not_is_named(self):
        told = []

        class Venue:
            strikes, sessions = 0, 0

            def control(self, line):
                told.append(line.split(" seed=")[0])

            def ask(self, line, refused=None):
                del refused
                if line.startswith("fault off"):
                    return self.control(line)
                if line == "status":
                    self.sessions += 1
                    return f'{{"wsapi":{self.sessions}}}'
                self.strikes += 1
                return f'{{"injected":{{"drop":{self.strikes // 3},"gap":1}}}}'
        each = soak_faults.Each(Venue(), 1)
        each.seconds = lambda name: 0
        soak_faults.time.sleep, sleep = lambda _: None, soak_faults.time.sleep
        try:
            each.apply("drop streams")
        finally:
            soak_faults.time.sleep = sleep
        self.assertEqual(told, ["fault on drop streams every=300", "fault off drop streams"])
        self.assertEqual(each.venue.sessions, 2, "not before both connections of orders are there")
        self.assertEqual(each.venue.strikes, 3, "asked until it had struck")
        self.assertEqual(each.never_struck(), [])
        each.STRUCK_WITHIN_S = 0
        each.apply("ban")
        self.assertEqual(each.never_struck(), ["ban"])
        self.assertEqual(each.kinds_alone(), [1, len(each.kinds)])
        self.assertNotIn("ban", each.not_alone())
        self.assertIn("gap", each.not_alone())

    def test_in_a_brisk_turn_comes_what_has_something_to_strike_and_what_has_not_struck_comes_once_more(self):
        status = {"session_ready": True, "reconciled": False, "instruments": [{"valid": True}]}
        blind = {**status, "reconciled": True, "instruments": [{"valid": False}]}
        for now, can in ((status, {"gap": True, "html rest": True, "drop wsapi": True, "lost-ack": False, "silence account": False}),
                         (blind, {"gap": False, "lost-ack": False, "drop wsapi": True, soak_faults.ONCE[1]: True}),
                         ({**status, "session_ready": False}, {"gap": True, "drop wsapi": False, "tear orders": False}),
                         ({**status, "reconciled": True}, {"lost-ack": True, "ban": True, "silence account": True}),
                         ({}, {"gap": False, "drop wsapi": False, "lost-ack": False})):
            self.assertEqual({name: soak_faults.can_strike(name, now) for name in can}, can, now)

        venue = types.SimpleNamespace(control=lambda line: None, ask=lambda line, refused=None: "{}")
        engine = types.SimpleNamespace(ask=lambda what: dict(status))
        brisk = soak_faults.Brisk(venue, 1, engine)
        turns = []

        def turn(name):
            turns.append(name)
            brisk.alone[name] = None if name == "drop streams" else 0.1
        brisk.kinds = [(name, lambda name=name: turn(name)) for name in ("lost-ack", "gap", "drop streams", "ban")]
        brisk.BACK_WITHIN_S = 0.05
        told = []
        while brisk.left():
            if len(turns) == 2:
                status["reconciled"] = True
            told.append(brisk.strike())
        self.assertEqual((set(turns[:2]), set(turns[2:4]), turns[4:]),
                         ({"gap", "drop streams"}, {"lost-ack", "ban"}, ["drop streams"]))
        self.assertEqual((told.count("drop streams: not struck"), told.count("gap: struck after 0.1 s")), (2, 1))
        self.assertEqual(brisk.counts["drop streams"], 2)

    def test_what_a_brisk_turn_leaves_out_is_named_with_its_reason_and_its_doses_are_ten_times_the_patient_ones(self):
        brisk = soak_faults.Brisk(None, 1, None)
        for name, why in soak_faults.TOO_LONG.items():
            self.assertIn(f"{name} ({why})", brisk.not_alone())
            self.assertNotIn(name, [kind for kind, _ in brisk.kinds])
        self.assertEqual(len(brisk.kinds) + len(soak_faults.TOO_LONG), len(soak_faults.Each(None, 1).kinds))
        self.assertEqual([brisk.options(name) for name in ("gap", "drop wsapi", "jitter streams")],
                         ["every=15 messages=3", "every=2", "ms=40"])
        for name in list(soak_faults.HELD_S) + list(soak_faults.OF_ORDERS):
            self.assertTrue(any(name in (kind, row[0]) for kind, row in soak_faults.CATALOGUE.items()), name)

    def test_what_is_meant_for_snapshots_strikes_where_they_are_asked_for(self):
        for snapshots, target in (("rest", "rest"), ("websocket_api", "wsapi")):
            for mode, seconds in (("all", 60), ("all", 600), ("each", 60), ("swarm", 60)):
                venue = AllAtOnce.Venue()
                faults = soak_faults.chosen(mode, venue, 1, seconds, None, snapshots)
                turns = getattr(faults, "each", faults)
                self.assertTrue(turns.line("stale-snapshot", 1).startswith(f"fault on stale-snapshot {target} "), mode)
                self.assertEqual(turns.line("drop streams", 1).split()[3], "streams")
            soak_faults.chosen("all", venue, 1, 60, None, snapshots).last.step()
            line, = (line for line in venue.told if line.startswith("fault on stale-snapshot"))
            self.assertEqual(line.split()[3], target)

    def test_in_a_minute_each_has_its_turn_at_once_and_in_ten_half_of_the_time(self):
        for seconds, kind, first_s in ((60, soak_faults.Brisk, 4), (600, soak_faults.Each, 8)):
            everything = soak_faults.Everything(AllAtOnce.Venue(), 1, seconds, None)
            self.assertIs(type(everything.each), kind)
            self.assertEqual(everything.first_after_s, first_s)
        self.assertEqual(soak_faults.Everything(AllAtOnce.Venue(), 1, 60).struck_alone(), {})

    def test_fills_are_told_by_thirds_and_memory_from_the_second_quarter_to_the_last(self):
        trace = soak.Trace.__new__(soak.Trace)
        trace.fills = [0, 1, 2, 2, 2, 7]
        self.assertEqual(trace.by_third(trace.fills), [1, 1, 5])
        trace.samples = {"engine": [(1, 0), (9, 1), (10, 2), (10, 3), (10, 4), (12, 5), (30, 6), (50, 8)]}
        self.assertEqual(trace.growth_kib("engine"), (30.0, 6))

    def test_a_fault_that_was_asked_for_and_never_struck_is_named_by_target(self):
        venue = AllAtOnce.Venue()
        deck = soak_faults.Deck(venue, 1)
        self.assertEqual((deck.asked(), deck.asked_in_vain()), ([], []))
        for line in ("fault on drop streams every=3", "fault on drop rest every=3", "fault once gap *@depth*", "gap BTCUSDT",
                     "fault off drop", "silence streams on", "silence streams off", "lost-ack on", "lost-ack off",
                     "error-after-accept 2", "disconnect second", "mute orders"):
            deck.venue.control(line)
        self.assertIsNone(deck.venue.ask("fault once session-revoked second", refused="error: nobody"))
        self.assertEqual(deck.asked_in_vain(), ["disconnect second", "drop rest", "error-after-accept wsapi+rest",
                                                "gap btcusdt@depth*", "lost-ack wsapi+rest", "silence *"])
        self.assertEqual(len(deck.asked()), 8)
        self.assertIn("fault on drop rest every=3", venue.told, "it is the venue that is asked")
        everything = soak_faults.Everything(venue, 1, 60)
        everything.last.step()
        self.assertIn("fill-after-cancel account:maker", everything.asked_in_vain(), "the last part's too")
        self.assertEqual(soak_faults.Calm(None, 1).asked_in_vain(), [])

    def test_a_lap_of_the_recording_is_no_trouble(self):
        self.assertEqual(soak.without_laps({"gap": 1, "disconnected": 3}, 2), {"gap": 1, "disconnected": 1})
        self.assertEqual(soak.without_laps({"gap": 1, "disconnected": 3}, 3), {"gap": 1})
        self.assertEqual(soak.without_laps({}, 1), {})

    def test_trouble_of_which_the_journal_says_nothing_is_named(self):
        journal = soak_ledger.Journal(JOURNAL.splitlines())
        faults = {"gap BTCUSDT": 1, "stall": 1, "mute second": 1, "tear streams": 1, "disconnect orders": 2,
                  "tear second": 1, "silence streams": 1}
        self.assertEqual(soak.unnoticed(faults, {}, journal), ["gap", "mute", "second", "stall", "streams"])
        self.assertEqual(soak.unnoticed(faults, {"gap": 1, "disconnected": 1, "stalled": 1}, journal), ["mute", "second"])
        self.assertEqual(soak.unnoticed({"disconnect orders": 1}, {}, journal), [])

    def test_the_deck_is_the_seed_s_and_holds_each_kind_before_one_comes_again(self):
        def names(seed):
            class Nobody:
                def control(self, line):
                    del line
            faults = soak_faults.Deck(Nobody(), seed)
            faults.kinds = [(name, lambda: None) for name, _ in faults.kinds]
            return [faults.strike() for _ in faults.kinds]
        self.assertEqual(names(3), names(3))
        self.assertNotEqual(names(3), names(4))
        kinds = names(5)
        self.assertEqual((kinds.count("gap BTCUSDT"), len(set(kinds))), (3, len(kinds) - 2))

    def test_every_fault_of_the_swarm_is_in_the_venue_s_table_and_its_dice_are_the_seed_s(self):
        table = (pathlib.Path(soak_faults.__file__).parents[1] / "venue/README.md").read_text(encoding="utf-8")
        lines = {}
        for seed in (1, 1, 2):
            each = soak_faults.Each(None, seed)
            lines.setdefault(seed, []).append([each.line(name, 2) for name in soak_faults.CATALOGUE])
        for name in [row[0] for row in soak_faults.CATALOGUE.values()] + [line.split()[2] for line in soak_faults.ONCE]:
            self.assertIn(f"| `{name}` |", table)
        self.assertEqual(lines[1][0], lines[1][1])
        self.assertNotEqual(lines[1][0], lines[2][0])


if __name__ == "__main__":
    unittest.main()
