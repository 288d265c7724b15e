"""The faults of a soak by name: what each is, where it strikes, how often and for how long.

Only those that an honest engine survives; what must stop it (a fill beyond an order, somebody else's order) is a
drill's matter (drills.py). Pure data.
"""

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
    "certificate-change": ("certificate-change", "venue", "", 2),
    "tick-size": ("tick-size", "symbol:BTCUSDT", "factor=10", 7),  # a grid is read again after 5 s at the soonest
}
STATES = ("silence", "one-byte-writes", "ban", "clock-skew", "certificate-change", "tick-size")
ONCE = ("fault once session-revoked second", "fault once restart venue", "fault once restart venue lose=1")
