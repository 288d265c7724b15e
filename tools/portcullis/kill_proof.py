"""What left after a kill: the journal's send times and the venue's ledger, held against the moment of the kill.

The moment is the earlier of two: that at which the core saw the word (`kill_changed`), and that at which the switch was
down and durable and the operator was told so (his command in the journal, stamped behind the store). So a core that is
late to look is found out. What was approved is judged twice: by the order of the records without any allowance, for
behind `kill_changed` there is no approval, and by the clock, for a core that has not looked. What left is judged by the
engine's own clock, so no network lies between: a send that is later than the moment and the allowance is a breach of the
promise. One within the allowance was being written when the word fell; those are counted and told.
The venue judges the rest: each order that it stamped after the moment must be one that the journal proves to have left
before it and that was on its way. An order that the journal does not know at all counts as one that left after.
"""
import soak_ledger

# The core stamps a round's beginning, the order agent looks last and stamps after the write: between the two lie the
# round and the write, and, on a loaded machine, the time for which the kernel takes a thread off its core.
ALLOWANCE_NS = 10_000_000
NEW_ORDER, REPLACE, AMEND = "1", "2", "7"
NEW_IDS = (NEW_ORDER, REPLACE)  # an amend keeps the id that it amends
KILL, FIRM = "6", "1"  # Command and Scope of engine/events


class Sends:
    """The first kill of the firm and every send of an order, from the text of `portcullis journal cat`."""

    def __init__(self, lines):
        seen, told_ns, approved_ns, self.sent_ns, behind = None, None, [], {}, 0
        for line in lines:
            _, mono, kind, *words = line.split()
            if kind in ("order_approved", "replace_approved"):
                approved_ns.append(int(mono))
                behind += seen is not None
            if kind not in ("kill_changed", "request_outcome", "operator_command"):
                continue
            fields = dict(word.split("=", 1) for word in words if "=" in word)
            if kind == "kill_changed":
                if seen is None and fields["scope"] == FIRM and int(fields["word"]) % 2 == 1:
                    seen = int(mono), int(fields["wall"])
            elif kind == "operator_command":
                if told_ns is None and fields["command"] == KILL and fields["scope"] == FIRM:
                    told_ns = int(mono)
            elif fields["kind"] in (NEW_ORDER, REPLACE, AMEND) and int(fields["sent"]) != 0:
                # An order and its amends have one id: the last send is the one that may be late.
                self.sent_ns[fields["id"]] = max(self.sent_ns.get(fields["id"], 0), int(fields["sent"]))
        if seen is None:
            raise SystemExit("the journal holds no kill of the firm")
        self.killed_ns = seen[0] if told_ns is None else min(seen[0], told_ns)
        self.killed_wall_ns = seen[1] - (seen[0] - self.killed_ns)
        self.seen_wall_ns = seen[1]
        self.told_before_seen_ms = None if told_ns is None else (seen[0] - told_ns) / 1e6
        # Counted once where both tell: what is late by the clock before the record is added.
        self.approved_after = behind + sum(self.late(when) for when in approved_ns[:len(approved_ns) - behind])

    def late(self, sent_ns):
        return sent_ns > self.killed_ns + ALLOWANCE_NS


def prove(lines, venue_orders, asked_ms):
    """Figures of a kill that was asked for at `asked_ms` (wall); `venue_orders` as REST tells them, at the end."""
    sends = Sends(lines)
    arrived = [row for row in venue_orders if (row["time"] + 1) * 1_000_000 > sends.killed_wall_ns]  # told in whole ms
    unproven = [row["clientOrderId"] for row in arrived
                if sends.late(sends.sent_ns.get(soak_ledger.id_of(row["clientOrderId"]), float("inf")))]
    last = max(sends.sent_ns.values(), default=None)
    within = sum(sends.killed_ns < sent and not sends.late(sent) for sent in sends.sent_ns.values())
    return {"seen_by_core_ms": round(sends.seen_wall_ns / 1e6 - asked_ms, 1), "approved_after": sends.approved_after,
            "told_before_seen_ms": sends.told_before_seen_ms,
            "sent_within_allowance": within, "allowance_ms": ALLOWANCE_NS / 1e6,
            "last_send_before_ms": None if last is None else round((sends.killed_ns - last) / 1e6, 1),
            "sent_after": sum(sends.late(sent) for sent in sends.sent_ns.values()),
            "sends": len(sends.sent_ns),
            "on_the_way": len(arrived) - len(unproven), "arrived_unproven": len(unproven)}
