"""The soak's last part: every fault that an honest engine survives, at once.

Those with a rate are on for the whole stretch, each at a rate that a few strikes of it are to be expected; so are the states that
leave everything else its way (a clock that is off, another tick, bytes that come one at a time). What would leave the others
nothing to strike (a ban, silence, keys that may not trade, another certificate) comes for a moment, again and again, and once all
of it together: then everything is on. What happens at a moment and has no length (restarts, a session revoked) happens in
between. Order and dice are the seed's. An engine that its back-off keeps away is struck by little: then the rates stay on for up to
as long again. At the end all is switched off, and the engine is waited for.
"""
import json
import time

CALM_S = 8  # before the first fault and after the last
MOMENT_S = 0.8
HEALED_WITHIN_S = 100  # a back-off of 30 s, and a book that finds the minute's weight spent waits for the next minute

# name -> (fault, target, rate for a stretch of one second, options). A stretch of N seconds has an N-th of the rate: two or three
# strikes of each in any, for a book that is lost costs 25 of the weight that an engine has in a minute.
STREAM, REQUEST, ORDER, REPORT = 0.003, 0.12, 2.4, 1.2
RATES = {
    "drop": ("streams", STREAM, ""),
    "delay": ("streams", 10 * STREAM, "ms=150"),
    "jitter": ("streams", 30 * STREAM, "ms=40"),
    "duplicate": ("streams", 10 * STREAM, ""),
    "reorder": ("streams", STREAM, ""),
    "gap": ("*@depth*", 10 * STREAM, "messages=3"),
    "crossed-book": ("*@depth*", 10 * STREAM, ""),
    "oversized": ("streams", STREAM, "bytes=100000"),
    "deep-nesting": ("streams", STREAM, ""),
    "invalid-utf8": ("streams", STREAM, ""),
    "wrong-types": ("streams", STREAM, ""),
    "nan-numbers": ("streams", STREAM, ""),
    "long-numbers": ("streams", STREAM, ""),
    "html": ("streams", STREAM, ""),
    "disconnect": ("streams", STREAM, ""),
    "tear": ("wsapi", REQUEST, ""),
    "disconnect-at": ("wsapi", REQUEST, ""),
    "half-open": ("streams", STREAM / 3, ""),
    "lost-ack": ("wsapi", ORDER, ""),
    "error-before-accept": ("wsapi", ORDER, ""),
    "error-after-accept": ("wsapi", ORDER, ""),
    "stale-snapshot": ("rest", 2.0, ""),
    "ack-after-fill": ("wsapi", ORDER, "ms=300"),
    "duplicate-reports": ("account:maker", REPORT, ""),
    "reorder-reports": ("account:maker", REPORT, ""),
    "fill-after-cancel": ("account:maker", ORDER, ""),
}
LASTING = {"one-byte-writes": ("second", ""), "clock-skew": ("venue", "ms=400"), "tick-size": ("symbol:BTCUSDT", "factor=10")}
MOMENTS = {"silence": "streams", "ban": "venue", "certificate-change": "venue"}
ACTS = ("session-revoked second", "restart venue", "restart venue lose=1")
DECK = (*MOMENTS, *ACTS, "everything")
KINDS = {*RATES, *LASTING, *MOMENTS, *(line.split()[0] for line in ACTS)}
HAVE_LENGTH = {*RATES, *LASTING, *MOMENTS}


class Finale:
    """One stretch: step() by step() until its time is over."""

    def __init__(self, venue, random, seconds, snapshots_at="rest"):
        self.venue, self.random, self.seconds, self.snapshots_at = venue, random, seconds, snapshots_at
        self.begun = self.ended = self.healed_s = self.approved = None
        self.before, self.injected, self.at_once, self.deck = {}, {}, set(), []

    def next_pause(self):
        """Two rounds of the deck in any stretch: an engine that is always cut off shows nothing but that."""
        return self.random.uniform(0.5, 1.5) * self.seconds / (2 * len(DECK)) if self.ended is None else float("inf")

    def busy_until(self, planned):
        """Not done before this moment: a stretch that begins as planned or late, and calm once the engine is back."""
        now = time.monotonic()
        if self.begun is None:
            return max(now, planned) + self.seconds
        if self.ended is None:
            return now + 1
        return self.ended + (HEALED_WITHIN_S if self.healed_s is None else self.healed_s + CALM_S)

    def watch(self, status):
        """Told each status of the engine. It is back once it is ready, its book valid, and it has ordered again."""
        if self.ended is None or self.healed_s is not None:
            return
        if self.approved is None:
            self.approved = status["orders_approved"]
        elif (status["session_ready"] and status["reconciled"] and status["orders_approved"] > self.approved
              and all(row["valid"] for row in status["instruments"])):
            self.healed_s = time.monotonic() - self.ended

    def step(self):
        if self.begun is None:
            return self.begin()
        over_s = time.monotonic() - self.begun - self.seconds
        if over_s >= 0:
            return self.end() if over_s >= self.seconds or self.most_struck() else "all at once: on until most have struck"
        if not self.deck:
            self.deck = list(DECK)
            self.random.shuffle(self.deck)
        name = self.deck.pop()
        if name in ACTS:  # nobody may be logged on to be revoked at this moment
            done = self.venue.ask(f"fault once {name}", refused="error: nobody is logged on there")
            return f"all at once: {name}" if done is not None else "all at once: nobody to revoke"
        for moment in MOMENTS if name == "everything" else (name,):
            self.venue.control(f"fault on {moment} {MOMENTS[moment]} for={int(MOMENT_S * 1000)}ms")
        if name == "certificate-change":
            self.venue.control("disconnect streams")  # so that it is met
        self.look()
        return f"all at once: {name}"

    def begin(self):
        self.begun = time.monotonic()
        self.before = self.counted()
        for name, (target, rate, options) in RATES.items():
            target = self.snapshots_at if target == "rest" else target
            self.venue.control(f"fault on {name} {target} rate={min(rate / self.seconds, 1):.6f} "
                               f"seed={self.random.randrange(1 << 31)} {options}".rstrip())
        for name, (target, options) in LASTING.items():
            self.venue.control(f"fault on {name} {target} {options}".rstrip())
        self.look()
        return f"all at once: {len(self.at_once)} kinds on for {self.seconds:.0f} s"

    def most_struck(self):
        return 2 * len(self.struck()) > len(KINDS)

    def struck(self):
        return {name: count - self.before.get(name, 0) for name, count in self.counted().items()
                if count > self.before.get(name, 0)}

    def end(self):
        self.venue.control("fault off all")
        self.ended = time.monotonic()
        self.injected = self.struck()
        return f"all off: {sum(self.injected.values())} strikes of {len(self.injected)} kinds"

    def counted(self):
        return json.loads(self.venue.ask("fault list"))["injected"]

    def look(self):
        """Which kinds are on at this moment, by the venue's word; the fullest is kept."""
        on = {row["fault"].split()[0] for row in json.loads(self.venue.ask("fault list"))["active"]}
        self.at_once = max(self.at_once, on, key=len)

    def summary(self):
        return {"seconds": round(self.seconds, 1), "kinds": len(KINDS), "kinds_with_a_length": len(HAVE_LENGTH),
                "at_once": len(self.at_once), "injected": self.injected,
                "did_not_strike": sorted(KINDS - self.injected.keys()),
                "healed_s": None if self.healed_s is None else round(self.healed_s, 1)}
