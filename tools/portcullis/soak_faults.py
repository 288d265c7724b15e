"""What goes wrong in a soak: a deck of connection faults, each fault of the venue's catalogue in turn, a swarm of a few,
all of them at once (soak_finale.py), or one after the other.

Everything is decided by the seed. Only faults that an honest engine survives are here; those that must stop it
(a fill beyond an order, somebody else's order) are a drill's matter (drills.py), not a soak's.
"""
import json
import random
import signal
import time

from soak_finale import CALM_S, Finale

# name -> (fault, target, options, seconds). A fault that shows only by what does not come needs its time.
CATALOGUE = {
    "drop streams": ("drop", "streams", "every=300", 2),
    "delay streams": ("delay", "streams", "rate=0.02 ms=150", 2),
    "delay wsapi": ("delay", "wsapi", "rate=0.2 ms=300", 2),
    "jitter streams": ("jitter", "streams", "ms=40", 2),
    "jitter wsapi": ("jitter", "wsapi", "ms=40", 2),
    "duplicate streams": ("duplicate", "streams", "every=100", 2),
    "reorder streams": ("reorder", "streams", "every=300", 2),
    "gap": ("gap", "*@depth*", "every=150 messages=3", 2),
    "crossed-book": ("crossed-book", "*@depth*", "every=150", 2),
    "silence streams": ("silence", "streams", "", 2),
    "silence wsapi": ("silence", "wsapi", "", 3),
    "silence account": ("silence", "account:maker", "", 4),
    "oversized": ("oversized", "streams", "every=900 bytes=100000", 2),
    "deep-nesting": ("deep-nesting", "streams", "every=900", 2),
    "invalid-utf8": ("invalid-utf8", "streams", "every=900", 2),
    "wrong-types": ("wrong-types", "streams", "every=900", 2),
    "wrong-types wsapi": ("wrong-types", "wsapi", "every=10", 2),
    "nan-numbers": ("nan-numbers", "streams", "every=900", 2),
    "long-numbers": ("long-numbers", "streams", "every=900", 2),
    "html streams": ("html", "streams", "every=900", 2),
    "html rest": ("html", "rest", "", 1),
    "disconnect streams": ("disconnect", "streams", "every=900", 2),
    "disconnect wsapi": ("disconnect", "wsapi", "every=5", 1),
    "tear streams": ("tear", "streams", "every=900", 2),
    "tear wsapi": ("tear", "wsapi", "every=5", 1),
    "drop wsapi": ("drop", "wsapi", "every=10", 2),
    "disconnect-at streams": ("disconnect-at", "streams", "every=900", 2),
    "disconnect-at wsapi": ("disconnect-at", "wsapi", "every=5", 1),
    "one-byte-writes": ("one-byte-writes", "wsapi", "", 2),
    "half-open streams": ("half-open", "streams", "every=900", 2),
    "half-open wsapi": ("half-open", "wsapi", "every=10", 2),
    "lost-ack": ("lost-ack", "wsapi", "every=4", 2),
    "error-before-accept": ("error-before-accept", "wsapi", "every=2", 2),
    "error-after-accept": ("error-after-accept", "wsapi", "every=2", 2),
    "stale-snapshot": ("stale-snapshot", "rest", "", 1),
    "ack-after-fill": ("ack-after-fill", "wsapi", "every=2 ms=300", 3),
    "duplicate-reports": ("duplicate-reports", "account:maker", "every=2", 3),
    "reorder-reports": ("reorder-reports", "account:maker", "every=3", 3),
    "fill-after-cancel": ("fill-after-cancel", "account:maker", "every=2", 3),
    "clock-skew": ("clock-skew", "venue", "ms=400", 2),
    "ban": ("ban", "venue", "", 1),
    "key-permissions": ("key-permissions", "account:maker", "", 1),
    "certificate-change": ("certificate-change", "venue", "", 2),
    "tick-size": ("tick-size", "symbol:BTCUSDT", "factor=10", 7),  # a grid is read again after 5 s at the soonest
}
STATES = ("silence", "one-byte-writes", "ban", "clock-skew", "key-permissions", "certificate-change", "tick-size")
ONCE = ("fault once session-revoked second", "fault once restart venue", "fault once restart venue lose=1")


class Asked:
    """The venue, and which faults it was asked for: `name target` as the venue counts them."""

    def __init__(self, venue):
        self._venue, self.faults = venue, set()

    def __getattr__(self, name):
        return getattr(self._venue, name)

    def control(self, line):
        self.faults |= asked_by(line)
        return self._venue.control(line)

    def ask(self, line, refused=None):
        answer = self._venue.ask(line, refused=refused)
        if answer is not None:  # what was refused is not on
            self.faults |= asked_by(line)
        return answer

    def in_vain(self):
        """What was asked for and struck nothing all the time, by name and target."""
        return sorted(self.faults - set(json.loads(self._venue.ask("fault list"))["byTarget"]))


def asked_by(line):
    """The fault that a line of the control socket asks for, as `name target`; none, if it is another command."""
    words = line.split()
    if words[0] == "fault":
        on = words[1] in ("on", "once")
        return {f"{words[2]} {'*' if words[3] == 'streams' else words[3]}"} if on else set()
    if words[0] in ("disconnect", "tear"):
        return {line}
    if words[0] == "gap":
        return {f"gap {words[1].lower()}@depth*"}
    if words[0] == "silence":
        return {"silence *"} if words[-1] == "on" else set()
    if words[0] in ("lost-ack", "error-after-accept"):
        return {f"{words[0]} wsapi+rest"} if words[1] not in ("off", "0") else set()
    return set()


class Calm:
    """No trouble at all: what the market does is enough."""

    def __init__(self, _venue, _seed):
        self.counts = {}

    def next_pause(self):
        return float("inf")

    def strike(self):
        return "calm"

    def injected(self):
        return {}

    def asked(self):
        return []

    def asked_in_vain(self):
        return []

    def never_struck(self):
        return []

    def kinds_alone(self):
        return None

    def busy_until(self):
        """A moment before which it is not done, whatever the clock says."""
        return 0.0

    def finale(self):
        return None


class Deck(Calm):
    """What the soak has always done: each kind comes before one comes again."""

    def __init__(self, venue, seed):
        super().__init__(venue, seed)
        self.venue, self.random = Asked(venue), random.Random(seed)
        self.deck = []
        self.kinds = self.all_kinds()

    def all_kinds(self):
        lines = ["gap BTCUSDT"] * 3 + [f"{verb} {which}" for verb in ("disconnect", "tear")
                                       for which in ("streams", "orders", "second", "all")]
        return [(line, lambda line=line: self.venue.control(line)) for line in lines] + [
            ("mute orders", lambda: self.wait_out("mute orders", 3.0)),
            ("mute second", lambda: self.wait_out("mute second", 3.0)),
            ("error-after-accept 2", lambda: self.venue.control("error-after-accept 2")),
            ("lost-ack", lambda: self.switch("lost-ack", 0.3)),
            ("silence streams", lambda: self.switch("silence streams", 1.5)),
            ("stall", self.stall)]

    def switch(self, what, seconds):
        self.venue.control(f"{what} on")
        time.sleep(seconds)
        self.venue.control(f"{what} off")

    def wait_out(self, line, seconds):
        """A fault that shows only by what does not come needs time to be found out."""
        self.venue.control(line)
        time.sleep(seconds)

    def stall(self):
        """Connected, and mute: not even a ping is answered."""
        self.venue.process.send_signal(signal.SIGSTOP)
        time.sleep(4.0)
        self.venue.process.send_signal(signal.SIGCONT)

    def next_pause(self):
        return self.random.uniform(1.0, 3.0)

    def strike(self):
        if not self.deck:
            self.deck = list(self.kinds)
            self.random.shuffle(self.deck)
        name, act = self.deck.pop()
        act()
        self.counts[name] = self.counts.get(name, 0) + 1
        return name

    def injected(self):
        """How often each fault has struck, as the venue counts it."""
        return json.loads(self.venue.ask("fault list"))["injected"]

    def asked(self):
        """Faults that were asked for, by whichever part, by name and target."""
        return sorted(self.venue.faults)

    def asked_in_vain(self):
        """Those of them that never struck."""
        return self.venue.in_vain()


class Each(Deck):
    """Each fault of the catalogue in turn, alone, until it has struck; and the stalls and mutes of the deck."""

    STRUCK_WITHIN_S = 12  # the engine may have spent its orders of ten seconds
    BACK_WITHIN_S = 20  # of the fault before

    def __init__(self, venue, seed):
        super().__init__(venue, seed)
        self.missed, self.alone = [], 0

    def next_pause(self):
        return self.random.uniform(2.0, 4.0)

    def all_kinds(self):
        alone = [kind for kind in super().all_kinds()
                 if kind[0].startswith(("mute", "stall", "disconnect all", "tear orders"))]
        return alone + [(name, lambda name=name: self.apply(name)) for name in CATALOGUE] + [
            (line, lambda line=line: self.wait_out(line, 1.5)) for line in ONCE]

    def strike(self):
        self.alone += 1
        return super().strike()

    def struck(self, fault):
        return self.injected().get(fault, 0)

    def apply(self, name):
        """On for its seconds, and longer if no message that it fits has come."""
        fault, target, _, seconds = CATALOGUE[name]
        self.wait_for_sessions()
        before, begun = self.struck(fault), time.monotonic()
        self.venue.control(self.line(name, seconds + self.STRUCK_WITHIN_S))
        if target == "rest":
            self.venue.control("gap BTCUSDT")  # so that a snapshot is asked for
        if fault == "certificate-change":
            self.venue.control("disconnect all")  # so that it is met
        time.sleep(seconds)
        while self.struck(fault) == before and time.monotonic() < begun + self.STRUCK_WITHIN_S:
            time.sleep(0.2)
        if self.struck(fault) == before:
            self.missed.append(name)
        self.venue.control(f"fault off {fault} {target}")

    def wait_for_sessions(self):
        """Nothing strikes an engine that is not there: both its connections of orders are back from the fault before."""
        until = time.monotonic() + self.BACK_WITHIN_S
        while json.loads(self.venue.ask("status"))["wsapi"] < 2 and time.monotonic() < until:
            time.sleep(0.2)

    def line(self, name, seconds):
        fault, target, options, _ = CATALOGUE[name]
        dice = "" if fault in STATES else f" seed={self.random.randrange(1 << 31)}"
        return f"fault on {fault} {target}{' ' + options if options else ''}{dice} for={seconds}s"

    def never_struck(self):
        """Faults that were on alone and that no message met, as the venue counts them."""
        return sorted(set(self.missed))

    def kinds_alone(self):
        return [min(self.alone, len(self.kinds)), len(self.kinds)]


class Swarm(Each):
    """Three to five of them at once, again and again; not so often that the engine runs out of snapshots.

    A fifth of its share of the address's weight is theirs: 43 a minute of 25 each. A book that is lost once more waits for
    the venue's next minute.
    """

    def strike(self):
        chosen = self.random.sample(sorted(CATALOGUE), self.random.randint(3, 5))
        for name in chosen:
            self.venue.control(self.line(name, CATALOGUE[name][3]))
            self.counts[name] = self.counts.get(name, 0) + 1
        if self.random.random() < 0.3:
            line = self.random.choice(ONCE)
            # Nobody may be logged on to be revoked at this moment.
            if self.venue.ask(line, refused="error: nobody is logged on there") is not None:
                self.counts[line] = self.counts.get(line, 0) + 1
                chosen.append(line)
        time.sleep(2.0)
        return ", ".join(chosen)

    def kinds_alone(self):
        return None


class Everything(Swarm):
    """Each in turn, for half of the time at most; then the swarm; then all at once."""

    def __init__(self, venue, seed, seconds):
        super().__init__(venue, seed)
        self.last = Finale(self.venue, self.random, min(max(15.0, seconds / 10), seconds / 4))
        begun = time.monotonic()
        self.last_at = begun + seconds - CALM_S - self.last.seconds
        self.alone_until = min(begun + seconds / 2, self.last_at - seconds / 4)

    def strike(self):
        now = time.monotonic()
        if now >= self.last_at:
            self.counts["all at once"] = 1
            return self.last.step()
        if self.alone < len(self.kinds) and now < self.alone_until:
            return Each.strike(self)
        self.alone_until = 0
        return super().strike()

    def next_pause(self):
        left = self.last_at - time.monotonic()
        return self.last.next_pause() if left <= 0 else min(super().next_pause(), left)

    def kinds_alone(self):
        return Each.kinds_alone(self)

    def busy_until(self):
        return self.last.busy_until(self.last_at)

    def finale(self):
        return self.last


class AllAtOnce(Everything):
    """Nothing but the last part, as long as there is time."""

    def __init__(self, venue, seed, seconds):
        super().__init__(venue, seed, seconds)
        self.last = Finale(self.venue, self.random, seconds - 2.0 * CALM_S)
        self.last_at = 0.0

    def kinds_alone(self):
        return None


MODES = {"none": Calm, "deck": Deck, "each": Each, "swarm": Swarm, "finale": AllAtOnce, "all": Everything}


def chosen(mode, venue, seed, seconds):
    kind = MODES[mode]
    return kind(venue, seed, seconds) if issubclass(kind, Everything) else kind(venue, seed)
