"""What goes wrong in a soak: a deck of connection faults, each fault of the venue's catalogue in turn, a swarm of a few,
all of them at once (soak_finale.py), or one after the other.

Everything is decided by the seed. Only faults that an honest engine survives are here; those that must stop it
(a fill beyond an order, somebody else's order) are a drill's matter (drills.py), not a soak's.
"""
import json
import random
import re
import signal
import time

from soak_catalogue import CATALOGUE, ONCE, STATES
from soak_finale import CALM_S, Finale

PATIENT_S = 300  # from here on half of the time is enough for a patient turn of each kind
# In a brisk turn: what shows only by what does not come, or by what is refused meanwhile, needs its time all the same.
HELD_S = {"silence streams": 0.5, "silence wsapi": 1.2, "silence account": 2.2, "one-byte-writes": 0.5, "clock-skew": 0.5,
          "ban": 0.5, "certificate-change": 0.5, "tick-size": 0.5, "delay wsapi": 0.3,
          "half-open streams": 3.2}
# Not in a brisk turn, and why not.
TOO_LONG = {"stall": "four seconds of a venue that stands still", "mute orders": "three seconds, as silence wsapi",
            "mute second": "three seconds, as silence account",
            "half-open wsapi": "found out after twelve seconds of silence, in which no order could strike"}
# What strikes only what an engine says that trades.
OF_ORDERS = ("lost-ack", "error-before-accept", "error-after-accept", "ack-after-fill", "duplicate-reports", "reorder-reports",
             "fill-after-cancel", "tick-size", "ban")


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

    first_after_s = CALM_S
    snapshots_at = "rest"  # or wsapi: where what is meant for them strikes

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
        """How many kinds have struck alone, and of how many."""
        return None

    def struck_alone(self):
        """Of each that had its turn alone: after how many seconds it struck, or None."""
        return {}

    def not_alone(self):
        """Kinds that have had no turn alone, and why not where it is known beforehand."""
        return []

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
    LOOK_S = 0.2
    ACT_S = 1.5  # of what happens at once and has no length

    def __init__(self, venue, seed):
        super().__init__(venue, seed)
        self.alone = {}  # name -> seconds until it struck, or None

    def next_pause(self):
        return self.random.uniform(2.0, 4.0)

    def all_kinds(self):
        alone = [kind for kind in super().all_kinds()
                 if kind[0].startswith(("mute", "stall", "disconnect all", "tear orders"))]
        return [(name, lambda name=name, act=act: self.do(name, act)) for name, act in alone] + [
            (name, lambda name=name: self.apply(name)) for name in CATALOGUE] + [
            (line, lambda line=line: self.once(line)) for line in ONCE]

    def left(self):
        return len(self.alone) < len(self.kinds)

    def struck(self, fault):
        return self.injected().get(fault, 0)

    def target(self, name):
        target = CATALOGUE[name][1]
        return self.snapshots_at if target == "rest" else target

    def seconds(self, name):
        """How long it is on at least."""
        return CATALOGUE[name][3]

    def within(self, name):
        """How long it is on at most, if nothing that it fits comes."""
        return self.seconds(name) + self.STRUCK_WITHIN_S

    def options(self, name):
        return CATALOGUE[name][2]

    def do(self, name, act):
        """What the deck does: it strikes by being done."""
        act()
        self.alone[name] = 0.0

    def once(self, line):
        self.wait_for_sessions()
        done = self.venue.ask(line, refused="error: nobody is logged on there")
        time.sleep(self.ACT_S)
        self.alone[line] = None if done is None else 0.0

    def apply(self, name):
        """On for its seconds, and longer if no message that it fits has come."""
        fault, target = CATALOGUE[name][0], self.target(name)
        self.wait_for_sessions()
        before, begun, after = self.struck(fault), time.monotonic(), None
        self.venue.control(self.line(name, self.within(name)))
        if CATALOGUE[name][1] == "rest":
            self.venue.control("gap BTCUSDT")  # so that a snapshot is asked for
        if fault == "certificate-change":
            self.venue.control("disconnect all")  # so that it is met
        while True:
            now = time.monotonic() - begun
            if after is None and self.struck(fault) != before:
                after = now
            if now >= (self.within(name) if after is None else self.seconds(name)):
                break
            time.sleep(self.LOOK_S)
        self.alone[name] = after
        self.venue.ask(f"fault off {fault} {target}", refused=f"error: {fault} is not on there")  # its time may be over

    def wait_for_sessions(self):
        """Nothing strikes an engine that is not there: both its connections of orders are back from the fault before."""
        until = time.monotonic() + self.BACK_WITHIN_S
        while json.loads(self.venue.ask("status"))["wsapi"] < 2 and time.monotonic() < until:
            time.sleep(self.LOOK_S)

    def line(self, name, seconds):
        fault, target, options = CATALOGUE[name][0], self.target(name), self.options(name)
        dice = "" if fault in STATES else f" seed={self.random.randrange(1 << 31)}"
        return f"fault on {fault} {target}{' ' + options if options else ''}{dice} for={int(seconds * 1000)}ms"

    def struck_alone(self):
        return self.alone

    def not_alone(self):
        return sorted(name for name, _ in self.kinds if name not in self.alone)

    def never_struck(self):
        """Faults that were on alone and that no message met, as the venue counts them."""
        return sorted(name for name, after in self.alone.items() if after is None)

    def kinds_alone(self):
        return [len(self.alone) - len(self.never_struck()), len(self.kinds)]


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


class Brisk(Each):
    """The same in a minute: each is off as soon as it has struck, and the next is the first that has something to strike now.

    Half a minute for some fifty kinds. What needs orders waits until there are some and leaves its turn to what needs a
    book; what has not struck comes once more at the end.
    """

    STRUCK_WITHIN_S = 3
    BACK_WITHIN_S = 3
    LOOK_S = 0.05
    ACT_S = 0.2

    def __init__(self, venue, seed, engine):
        super().__init__(venue, seed)
        self.engine, self.round = engine, 0

    def next_pause(self):
        return 0.0

    def all_kinds(self):
        return [kind for kind in super().all_kinds() if kind[0] not in TOO_LONG]

    def seconds(self, name):
        return HELD_S.get(name, 0.0)

    def within(self, name):
        return 1.5 if name == "ban" else super().within(name)  # the engine is told to stay away so long

    def options(self, name):
        """Nothing is on for longer than its first strike, so that may come soon."""
        return re.sub(r"every=(\d+)", lambda rate: f"every={max(2, int(rate[1]) // 10)}", super().options(name))

    def left(self):
        """Whether there is a turn to be had: each its first, and those that have not struck a second."""
        if not self.deck and self.round < 2:
            again = self.never_struck()
            self.deck = [kind for kind in self.kinds if self.round == 0 or kind[0] in again]
            self.random.shuffle(self.deck)
            self.round += 1
        return bool(self.deck)

    def strike(self):
        name, act = self.deck.pop(self.first_that_can())
        act()
        self.counts[name] = self.counts.get(name, 0) + 1
        after = self.alone[name]
        return f"{name}: {'not struck' if after is None else f'struck after {after:.1f} s'}"

    def not_alone(self):
        return super().not_alone() + [f"{name} ({why})" for name, why in TOO_LONG.items()]

    def first_that_can(self):
        until = time.monotonic() + self.BACK_WITHIN_S
        while time.monotonic() < until:
            status = self.engine.ask("status") or {}
            for index, (name, _) in enumerate(self.deck):
                if can_strike(name, status):
                    return index
            time.sleep(self.LOOK_S)
        return 0


def can_strike(name, status):
    """Whether the engine, by its own word, has something that this fault can strike."""
    fault, target = (name.split() + [""])[:2] if name not in CATALOGUE else CATALOGUE[name][:2]
    logged_on = status.get("session_ready", False)
    valid = bool(status) and all(row["valid"] for row in status["instruments"])
    if fault in OF_ORDERS or target == "account:maker":
        return logged_on and valid and status["reconciled"]
    if name in ONCE or target in ("wsapi", "orders", "all"):
        return logged_on
    return valid


class Everything(Swarm):
    """Each in turn; then the swarm; then all at once.

    In ten minutes the first has half of the time. Where that is too little for patience it is brisk, has all that the last part
    leaves, and the swarm what it leaves itself.
    """

    def __init__(self, venue, seed, seconds, engine=None, snapshots_at="rest"):
        super().__init__(venue, seed)
        self.last = Finale(self.venue, self.random, min(max(15.0, seconds / 10), seconds / 4), snapshots_at)
        begun = time.monotonic()
        self.last_at = begun + seconds - CALM_S - self.last.seconds
        self.brisk = seconds < PATIENT_S
        self.each = Brisk(self.venue, seed, engine) if self.brisk else Each(self.venue, seed)
        self.each.counts = self.counts
        self.snapshots_at = self.each.snapshots_at = snapshots_at
        self.first_after_s = CALM_S / 2 if self.brisk else CALM_S
        self.alone_until = self.last_at if self.brisk else begun + seconds / 2

    def strike(self):
        now = time.monotonic()
        if now >= self.last_at:
            self.counts["all at once"] = 1
            return self.last.step()
        if now < self.alone_until and self.each.left():
            return self.each.strike()
        self.alone_until = 0
        return super().strike()

    def next_pause(self):
        left = self.last_at - time.monotonic()
        if left <= 0:
            return self.last.next_pause()
        return min(self.each.next_pause() if self.alone_until else super().next_pause(), left)

    def never_struck(self):
        return self.each.never_struck()

    def kinds_alone(self):
        return self.each.kinds_alone()

    def struck_alone(self):
        return self.each.alone

    def not_alone(self):
        return self.each.not_alone()

    def busy_until(self):
        return self.last.busy_until(self.last_at)

    def finale(self):
        return self.last


class AllAtOnce(Everything):
    """Nothing but the last part, as long as there is time."""

    def __init__(self, venue, seed, seconds, engine=None, snapshots_at="rest"):
        super().__init__(venue, seed, seconds, engine, snapshots_at)
        self.last = Finale(self.venue, self.random, seconds - 2.0 * CALM_S, snapshots_at)
        self.last_at = 0.0

    def kinds_alone(self):
        return None


MODES = {"none": Calm, "deck": Deck, "each": Each, "swarm": Swarm, "finale": AllAtOnce, "all": Everything}


def chosen(mode, venue, seed, seconds, engine, snapshots):
    kind = MODES[mode]
    at = "rest" if snapshots == "rest" else "wsapi"
    if issubclass(kind, Everything):
        return kind(venue, seed, seconds, engine, at)
    faults = kind(venue, seed)
    faults.snapshots_at = at
    return faults
