#!/usr/bin/env python3
"""The real engine trades on the real venue, and every websocket between them is python3-websockets'.

    relay.py FOLDER_OF_PROGRAMS    (77, which ctest reports as skipped: there is no python3-websockets)

A relay takes the engine's connections as a server, with the venue's certificate, and opens each as a client at the
venue. Market data goes on in fragments with a ping between, so that the engine's transport joins what it trades on.
"""
import asyncio
import importlib.util
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

DEBIAN = "/usr/bin/python3"  # the package is of Debian's Python, whatever else is first in the path
if importlib.util.find_spec("websockets") is None:
    probe = [DEBIAN, "-c", "import importlib.util as u, sys; sys.exit(u.find_spec('websockets') is None)"]
    if not os.path.exists(DEBIAN) or subprocess.run(probe, check=False).returncode != 0:
        print("SKIPPED foreign_relay (engine and venue over websockets by others): no python3-websockets "
              "(tools/install-deps --dev brings it)")
        sys.exit(77)
    os.execv(DEBIAN, [DEBIAN, *sys.argv])

import websockets  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools/portcullis"))
from rig import Engine, Venue  # noqa: E402

PROGRAMS = None
ORDERS_MIN, SECONDS_MAX = 40, 30


class Relay:
    """On a thread of its own. What it has seen is read once it has stopped."""

    def __init__(self, venue):
        self.venue = venue
        self.requests, self.events, self.ends = {}, {}, []
        self.fragmented = self.market = 0
        self.port, self.loop, self.done = None, asyncio.new_event_loop(), None
        self.ready = threading.Event()
        self.thread = threading.Thread(target=lambda: self.loop.run_until_complete(self.serve()))
        self.thread.start()
        assert self.ready.wait(10)

    def stop(self):
        self.loop.call_soon_threadsafe(self.done.set)
        self.thread.join()

    async def serve(self):
        self.done = asyncio.Event()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.venue.run / "server.pem", self.venue.run / "server.key")
        async with websockets.serve(self.serve_one, "127.0.0.1", 0, ssl=tls, max_size=1 << 24, ping_interval=None,
                                    close_timeout=2) as server:
            self.port = server.sockets[0].getsockname()[1]
            self.ready.set()
            await self.done.wait()

    async def serve_one(self, engine):
        there = f"wss://localhost:{self.venue.ready['port']}{engine.path}"
        async with websockets.connect(there, ssl=self.venue.tls, max_size=1 << 24, ping_interval=None,
                                      close_timeout=2) as venue:
            ways = [asyncio.ensure_future(self.requests_of(engine, venue)),
                    asyncio.ensure_future(self.answers_of(venue, engine))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        await engine.close()
        for way in ways:
            way.cancel()
        came = engine.close_rcvd
        self.ends.append((engine.path.split("?")[0], came.code if came else 1006))

    async def requests_of(self, engine, venue):
        async for text in engine:
            method = json.loads(text)["method"]
            self.requests[method] = self.requests.get(method, 0) + 1
            await venue.send(text)

    async def answers_of(self, venue, engine):
        async for text in venue:
            message = json.loads(text)
            if "stream" in message:
                self.market += 1
                await engine.send(self.parted(engine, text) if self.market % 3 == 0 else text)
            else:
                kind = message.get("event", {}).get("e", "answer")
                self.events[kind] = self.events.get(kind, 0) + 1
                await engine.send(text)

    async def parted(self, engine, text):
        yield text[:len(text) // 3]
        await asyncio.wait_for(await engine.ping(), 5)
        self.fragmented += 1
        yield text[len(text) // 3:]


class ForeignRelay(unittest.TestCase):
    def test_the_engine_trades_over_websockets_by_others(self):
        run = pathlib.Path(tempfile.mkdtemp(prefix="portcullis-relay-"))
        self.addCleanup(shutil.rmtree, run, True)
        venue = Venue(PROGRAMS, run)
        self.addCleanup(venue.stop)
        relay = Relay(venue)
        through = type("Through", (), {"ready": {**venue.ready, "port": relay.port}, "keys": venue.keys,
                                       "run": venue.run})
        try:
            engine = Engine(PROGRAMS, run, through, "pipeline", snapshots="websocket_api")
            try:
                engine.wait_for("ready", 20, lambda s: s["session_ready"] and s["reconciled"])
                end = time.monotonic() + SECONDS_MAX
                while (status := engine.ask("status"))["orders_approved"] < ORDERS_MIN and time.monotonic() < end:
                    time.sleep(0.2)
            finally:
                code = engine.stop()
        finally:
            relay.stop()
        self.assertEqual(code, 0, (run / "engine.log").read_text())
        self.assertGreaterEqual(status["orders_approved"], ORDERS_MIN)
        self.assertEqual((status["breaches"], status["killed"]), (0, False))
        self.assertEqual(venue.open_orders(), [])
        sent = relay.requests.get("order.place", 0) + relay.requests.get("order.cancelReplace", 0)
        self.assertGreaterEqual(sent, ORDERS_MIN)
        self.assertEqual(relay.requests["session.logon"], relay.requests["userDataStream.subscribe"])
        self.assertGreaterEqual(relay.events["executionReport"], ORDERS_MIN)
        self.assertGreaterEqual(relay.fragmented, 100)
        # The engine says goodbye to its sessions; the feed has nothing to say and ends with the program.
        self.assertEqual(sorted(relay.ends), [("/stream", 1006), ("/ws-api/v3", 1000), ("/ws-api/v3", 1000)])
        self.assertTrue(engine.replay()["equal"])


if __name__ == "__main__":
    PROGRAMS = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(warnings="ignore")
