"""Orders: what the engine's journal knows of each, against the venue's own ledger over REST.

The journal is read as text (`portcullis journal cat`) and folded here, independently of the engine's order
store. An order is accounted for when both sides name the same end and the same filled quantity, or when
the journal proves that it never was at the venue.
"""
from soak_books import atoms

DIGITS = "0123456789bcdfghjklmnpqrstuvwxyz"
SEQUENCE_BITS = 40
FILLED, UNKNOWN, ACCEPTED, REJECTED = 7, 7, 9, 8  # OrdStatus; RequestFate
REPLACED, AMEND = "4", "7"  # ExecType; RequestKind
TERMINAL = (4, 5, 6, FILLED)
NOT_SENT = (2, 3, 4, 5, 6, 10, 11)
VENUE_STATUS = {"NEW": 2, "PARTIALLY_FILLED": 3, "CANCELED": 4, "EXPIRED": 5, "EXPIRED_IN_MATCH": 5,
                "REJECTED": 6, "FILLED": 7}
ORDER_SESSION, ACCOUNT_FIRST, ACCOUNT_SECOND = "2", "3", "4"
SESSION_NAMES = {"1": "market", ORDER_SESSION: "orders", ACCOUNT_FIRST: "account_first",
                 ACCOUNT_SECOND: "account_second"}
READ = {"order_approved", "replace_approved", "execution_report", "account_fill", "request_outcome",
        "order_not_found", "instrument_definition", "session_state", "reconcile_step", "breach", "resync_requested"}


def id_of(client_order_id):
    """"EPOCH-SEQUENCE" of an order of ours, by its client id or by that of its cancel; nothing when it is none of ours."""
    text = client_order_id
    if len(text) != 34 or text[0] not in "pq" or any(digit not in DIGITS for digit in text[1:]):
        return None
    value = 0
    for digit in text[1:14]:
        value = value * 32 + DIGITS.index(digit)
    return f"{value >> SEQUENCE_BITS}-{value & ((1 << SEQUENCE_BITS) - 1)}"


class Journal:
    """The orders, fills and sessions of a journal, folded from its text."""

    def __init__(self, lines):
        self.early_fills = {}  # venue order -> fills that came before its owner was known
        self.orders, self.by_venue_id, self.fills = {}, {}, {}
        self.down_since, self.outages = {}, {}
        self.not_trading_since, self.reconciliations = None, []
        self.approvals, self.blind = [], []  # records; (first, last) record without account or its stream
        self.breaches, self.mutes, self.lot = 0, 0, 0
        for line in lines:
            seq, mono, kind, *words = line.split()
            if kind in READ:
                self.seq = int(seq)
                fields = dict(word.split("=", 1) for word in words if "=" in word)
                getattr(self, "on_" + kind)(int(mono), fields, words)

    def on_instrument_definition(self, _mono, fields, _words):
        self.lot = atoms(fields["lot"])

    def on_order_approved(self, _mono, fields, words):
        self.approvals.append(self.seq)
        quantity = int(words[words.index("lots") - 1]) * self.lot
        self.orders[fields["id"]] = {"qty": quantity, "status": None, "cum": 0, "traded": 0, "fate": None,
                                     "not_found": 0}

    def on_replace_approved(self, mono, fields, words):
        if "amends" not in fields:
            return self.on_order_approved(mono, fields, words)
        # In place: the same order, of less once the venue has said so.
        self.approvals.append(self.seq)
        quantity = int(words[words.index("lots") - 1]) * self.lot
        self.orders[fields["id"]].setdefault("asked", []).append(quantity)
        return None

    def on_execution_report(self, _mono, fields, words):
        order = self.orders.get(fields["id"])
        if order is None:
            return  # not ours: the core calls it a breach, which is counted
        status, cum = int(fields["status"]), atoms(fields["cum"])
        if order["status"] not in TERMINAL:
            order["status"] = status
        order["cum"] = max(order["cum"], cum)
        if fields["type"] == REPLACED and atoms(fields["qty"]) != 0:
            # Each stream tells of each amend, a late copy while the next is out: each of its own quantity.
            order["qty"] = min(order["qty"], atoms(fields["qty"]))
        if fields["order"] != "0":
            self.by_venue_id[int(fields["order"])] = fields["id"]
            for early in self.early_fills.pop(int(fields["order"]), []):
                self.on_account_fill(*early)
        if fields["type"] == "2":
            quantity = words[words.index("x") + 1]
            self.fill(fields, fields["last"], quantity)

    def on_account_fill(self, mono, fields, words):
        name = self.by_venue_id.get(int(fields["order"]), fields["id"])  # the history names no client id
        if name in self.orders:
            self.fill({**fields, "id": name}, words[words.index("x") - 1], words[words.index("x") + 1])
        else:  # the history may tell of a fill before any report has said whose order that is
            self.early_fills.setdefault(int(fields["order"]), []).append((mono, fields, words))

    def fill(self, fields, price, quantity):
        told = (fields["id"], atoms(price), atoms(quantity), atoms(fields["fee"]))
        if int(fields["trade"]) not in self.fills:
            order = self.orders[fields["id"]]  # the trades alone may fill it: no report need follow
            order["traded"] += told[2]
            order["cum"] = max(order["cum"], order["traded"])
            if order["cum"] == order["qty"]:
                order["status"] = FILLED
        known = self.fills.setdefault(int(fields["trade"]), told)
        if known != told:
            raise SystemExit(f"journal: trade {fields['trade']} is {known} and {told}")

    def on_request_outcome(self, _mono, fields, _words):
        order = self.orders.get(fields["id"])
        if order is not None and fields["kind"] in ("1", "2") and fields["fate"] != "1":
            order["fate"] = int(fields["fate"])
        elif order is not None and fields["kind"] == AMEND and order.get("asked"):
            asked = order["asked"].pop(0)  # answers come in the order of the requests
            if fields["fate"] == str(ACCEPTED):
                order["qty"] = min(order["qty"], asked)

    def on_order_not_found(self, _mono, fields, _words):
        if fields["id"] in self.orders:
            self.orders[fields["id"]]["not_found"] += 1

    def on_session_state(self, mono, fields, _words):
        session, status = fields["session"], fields["status"]
        self.mutes += status == "4"
        if status in ("1", "4"):
            self.down_since.setdefault(session, mono)
            if session in (ORDER_SESSION, ACCOUNT_FIRST) and self.not_trading_since is None:
                self.not_trading_since = (self.seq, mono)
        elif status == "3" and session in self.down_since:
            self.outages.setdefault(session, []).append(mono - self.down_since.pop(session))

    def on_reconcile_step(self, mono, fields, _words):
        if fields["phase"] == "2" and fields["only"] == "0" and self.not_trading_since is not None:
            self.reconciliations.append(mono - self.not_trading_since[1])
            self.blind.append((self.not_trading_since[0], self.seq))
            self.not_trading_since = None

    def on_breach(self, _mono, _fields, _words):
        self.breaches += 1

    def on_resync_requested(self, _mono, _fields, _words):
        pass  # the core's own wish; the reset that follows is counted with the books


def approved_within(approvals, spans):
    """Records of approvals that lie inside one of the spans of records."""
    return [seq for seq in approvals if any(first <= seq < last for first, last in spans)]


def never_arrived(order):
    """Why an order that the venue does not know is none: refused, never sent, or proven dead."""
    return order["fate"] in NOT_SENT or order["fate"] == REJECTED or \
        order["status"] == 6 or order["not_found"] >= 2


def compare_orders(journal, venue_orders):
    """Each order that one side knows and the other tells differently."""
    complaints, seen = [], set()
    for row in venue_orders:
        name = journal.by_venue_id.get(row["orderId"]) or id_of(row["clientOrderId"])
        order = journal.orders.get(name)
        if order is None:
            complaints.append(f"venue order {row['orderId']} ({row['clientOrderId']}) is not in the journal")
            continue
        seen.add(name)
        status, cum = VENUE_STATUS.get(row["status"]), atoms(row["executedQty"])
        if (status, cum) != (order["status"], order["cum"]):
            complaints.append(f"order {name}: the venue has {row['status']} filled {cum}, "
                              f"the journal status {order['status']} filled {order['cum']}")
    for name, order in journal.orders.items():
        if name not in seen and not never_arrived(order):
            complaints.append(f"order {name}: unknown to the venue, and the journal does not say why: {order}")
    return complaints


def compare_fills(journal, venue_trades):
    """Each trade that one side knows and the other tells differently: order, price, quantity, fee."""
    complaints, seen = [], set()
    for row in venue_trades:
        seen.add(row["id"])
        known = journal.fills.get(row["id"])
        told = (journal.by_venue_id.get(row["orderId"]), atoms(row["price"]), atoms(row["qty"]), atoms(row["commission"]))
        if known is None:
            complaints.append(f"trade {row['id']} is not in the journal")
        elif known != told:
            complaints.append(f"trade {row['id']}: the venue has {told}, the journal {known}")
    return complaints + [f"trade {trade} of the journal is unknown to the venue"
                         for trade in journal.fills if trade not in seen]


def compare_balances(positions, balances):
    """The engine's reckoning of each asset, against free and locked at the venue, to the last unit."""
    reckoned = {row["asset"]: row["balance"] for row in positions["positions"]}
    complaints = [] if reckoned else ["the engine has told of no asset"]
    for asset in sorted(reckoned.keys() | balances.keys()):
        told, (free, locked) = reckoned.get(asset, "0"), balances.get(asset, ("0", "0"))
        if atoms(told) != atoms(free) + atoms(locked):
            complaints.append(f"{asset}: the engine has {told}, the venue {free} + {locked}")
    return complaints
