#!/usr/bin/env python3
"""portcullis-venue as somebody sees it who has read Binance's documents and nothing of ours.

No library but Python's own and the openssl program: a WebSocket of thirty lines, TLS verified against the
venue's CA, Ed25519 by `openssl pkeyutl`. It walks through every method that the engine uses, makes each
mistake that the documents give a code to, and starts the venue on recordings that lack their sidecar.
Usage: tests/peers/outsider.py PORTCULLIS_VENUE (77, which ctest reports as skipped: there is no openssl program)
"""
import base64
import json
import os
import pathlib
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import tomllib
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDING = ROOT / "tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz"
PROGRAM = None


class WebSocket:
    """RFC 6455, as much as a polite client needs."""

    def __init__(self, venue, path):
        plain = socket.create_connection(("127.0.0.1", venue.port), 5)
        self.socket = venue.tls.wrap_socket(plain, server_hostname="localhost")
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        self.file = self.socket.makefile("rb")
        status = self.file.readline().decode()
        while self.file.readline() not in (b"\r\n", b""):
            pass
        if " 101 " not in status:
            raise ConnectionError(status)

    def frame(self, opcode, payload):
        mask = os.urandom(4)
        size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + struct.pack(">H", len(payload))
        self.socket.sendall(bytes([0x80 | opcode]) + size + mask +
                            bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)))

    def read(self):
        """Opcode and payload of the next frame."""
        head = self.file.read(2)
        size = head[1] & 127
        if size > 125:
            size = int.from_bytes(self.file.read(2 if size == 126 else 8), "big")
        return head[0] & 15, self.file.read(size)

    def message(self):
        while True:
            opcode, payload = self.read()
            if opcode == 9:
                self.frame(10, payload)
            elif opcode == 1:
                return json.loads(payload)
            else:
                raise ConnectionError(f"opcode {opcode}: {payload}")

    def ask(self, method, params=None):
        """The answer to one request; events that come between are kept in `events`."""
        self.count = getattr(self, "count", 0) + 1
        self.frame(1, json.dumps({"id": self.count, "method": method, "params": params or {}}).encode())
        while True:
            message = self.message()
            if message.get("id") == self.count:
                return message
            self.events = getattr(self, "events", []) + [message]


class Venue:
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        run = pathlib.Path(self.folder.name)
        self.process = subprocess.Popen(
            [PROGRAM, "replay", RECORDING, "--dir", run, "--balance", "BTC=10", "--balance", "USDT=100000", "--loop"],
            stdout=subprocess.PIPE, text=True)
        ready = json.loads(self.process.stdout.readline())
        self.port, self.key_file = ready["port"], run / "ed25519.pem"
        self.keys = tomllib.loads((run / "keys.toml").read_text())
        self.tls = ssl.create_default_context(cafile=ready["ca_file"])

    def stop(self):
        self.process.terminate()
        code = self.process.wait(5)
        self.folder.cleanup()
        return code

    def sign(self, params):
        text = "&".join(f"{name}={params[name]}" for name in sorted(params))
        with tempfile.NamedTemporaryFile() as file:
            file.write(text.encode())
            file.flush()
            raw = subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", self.key_file, "-rawin", "-in", file.name],
                                 capture_output=True, check=True).stdout
        return {**params, "signature": base64.b64encode(raw).decode()}


def now(ahead_ms=0):
    return int(time.time() * 1000) + ahead_ms


def order(**changes):
    return {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": "60000.00",
            "quantity": "0.01000", "timestamp": now(), **changes}


def without(params, *names):
    return {name: value for name, value in params.items() if name not in names}


class Outsider(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.venue = Venue()
        cls.api = WebSocket(cls.venue, "/ws-api/v3")
        cls.key = cls.venue.keys["ed25519"]["api_key"]
        cls.logged_on = cls.api.ask("session.logon", cls.venue.sign({"apiKey": cls.key, "timestamp": now()}))

    @classmethod
    def tearDownClass(cls):
        assert cls.venue.stop() == 0

    def good(self, method, params=None):
        answer = self.api.ask(method, params)
        self.assertEqual(answer["status"], 200, answer)
        return answer["result"]

    def bad(self, code, method, params, status=400):
        answer = self.api.ask(method, params)
        self.assertEqual((answer["status"], answer.get("error", {}).get("code")), (status, code), answer)
        return answer["error"]

    def test_public_methods(self):
        self.assertEqual(self.good("ping"), {})
        self.assertLess(abs(self.good("time")["serverTime"] - now()), 1000)
        info = self.good("exchangeInfo", {"symbol": "BTCUSDT"})["symbols"][0]
        filters = {row["filterType"]: row for row in info["filters"]}
        self.assertEqual((info["baseAsset"], filters["PRICE_FILTER"]["tickSize"]), ("BTC", "0.01000000"))
        self.assertIn("NOTIONAL", filters)
        self.assertEqual(sorted(info["orderTypes"]),
                         ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT",
                          "TAKE_PROFIT_LIMIT"])
        book = self.good("depth", {"symbol": "BTCUSDT", "limit": 5})
        self.assertEqual((len(book["bids"]), len(book["asks"])), (5, 5))
        self.assertLess(float(book["bids"][0][0]), float(book["asks"][0][0]))

    def trades(self, count):
        """That many of the latest trades, once the recording has come so far."""
        end = time.time() + 20
        while len(rows := self.good("trades.recent", {"symbol": "BTCUSDT", "limit": count})) < count:
            self.assertLess(time.time(), end)
            time.sleep(0.1)
        return rows

    def test_what_traded_is_told_in_many_ways(self):
        symbol = {"symbol": "BTCUSDT"}
        first, *_, last = self.trades(20)
        self.assertEqual(self.good("trades.historical", {**symbol, "fromId": first["id"], "limit": 1}), [first])
        (one,) = self.good("trades.aggregate", {**symbol, "fromId": 0, "limit": 1})
        parts = self.good("trades.historical", {**symbol, "fromId": one["f"], "limit": one["l"] - one["f"] + 1})
        self.assertAlmostEqual(sum(float(row["qty"]) for row in parts), float(one["q"]))
        bar = self.good("klines", {**symbol, "interval": "1d", "limit": 1})[0]
        day = self.good("ticker.24hr", symbol)
        self.assertEqual((bar[1], day["openPrice"], day["firstId"]), (one["p"], one["p"], one["f"]))
        self.assertGreaterEqual(day["lastId"], last["id"])
        self.assertLessEqual(float(day["lowPrice"]), float(self.good("ticker.price", symbol)["price"]) + 100)
        self.assertEqual(self.good("avgPrice", symbol)["mins"], 5)
        rates = self.good("account.commission", {**symbol, "timestamp": now()})
        self.assertEqual(rates["specialCommission"]["maker"], "0.00000000")

    def test_orders_that_wait_or_hide(self):
        self.trades(1)
        stop = self.good("order.place", order(type="STOP_LOSS_LIMIT", side="SELL", price="50000.00", stopPrice="50000.00",
                                              newOrderRespType="RESULT"))
        self.assertEqual((stop["status"], stop["workingTime"], stop["stopPrice"]), ("NEW", -1, "50000.00000000"))
        trailing = self.good("order.place", without(order(type="STOP_LOSS", side="SELL", trailingDelta=1000,
                                                          newOrderRespType="RESULT"), "timeInForce", "price"))
        self.assertEqual(trailing["trailingDelta"], 1000)
        iceberg = self.good("order.place", order(side="SELL", price="70000.00", icebergQty="0.00100"))
        self.assertEqual(iceberg["icebergQty"], "0.00100000")
        rows = self.good("openOrders.status", {"symbol": "BTCUSDT", "timestamp": now()})
        self.assertEqual([row["isWorking"] for row in rows], [False, False, True])
        self.assertEqual(len(self.good("openOrders.cancelAll", {"symbol": "BTCUSDT", "timestamp": now()})), 3)

    def test_sessions_and_rate_limits(self):
        self.assertEqual((self.logged_on["status"], self.logged_on["result"]["apiKey"]), (200, self.key))
        self.assertEqual(self.good("session.status")["apiKey"], self.key)
        kinds = {row["rateLimitType"] for row in self.api.ask("time")["rateLimits"]}
        self.assertEqual(kinds, {"REQUEST_WEIGHT"})
        second = WebSocket(self.venue, "/ws-api/v3?returnRateLimits=false")
        second.ask("session.logon", self.venue.sign({"apiKey": self.key, "timestamp": now()}))
        self.assertIsNone(second.ask("session.logout")["result"]["apiKey"])
        self.assertNotIn("rateLimits", second.ask("time"))
        refused = second.ask("account.status", {"timestamp": now()})
        self.assertNotEqual(refused["status"], 200, "logged out")

    def test_each_order_type_and_what_the_account_stream_says(self):
        second = WebSocket(self.venue, "/ws-api/v3")
        second.ask("session.logon", self.venue.sign({"apiKey": self.key, "timestamp": now()}))
        self.assertEqual(second.ask("userDataStream.subscribe")["result"], {"subscriptionId": 0})
        rows = {"resting": order(newClientOrderId="a1"), "maker": order(type="LIMIT_MAKER", price="60001.00"),
                "ioc": order(timeInForce="IOC"), "fok": order(timeInForce="FOK"),
                "ioc that takes": order(timeInForce="IOC", price="65000.00"),
                "market": order(type="MARKET", quantity="0.00100")}
        rows["maker"] = without(rows["maker"], "timeInForce")
        rows["market"] = without(rows["market"], "timeInForce", "price")
        ends = {name: self.good("order.place", {**row, "newOrderRespType": "RESULT"})["status"]
                for name, row in rows.items()}
        self.assertEqual(ends, {"resting": "NEW", "maker": "NEW", "ioc": "EXPIRED", "fok": "EXPIRED",
                                "ioc that takes": "FILLED", "market": "FILLED"})
        second.ask("ping")
        told = [(row["event"].get("x"), row["event"].get("X")) for row in second.events
                if row["event"]["e"] == "executionReport"]
        self.assertEqual(told[:3], [("NEW", "NEW"), ("NEW", "NEW"), ("NEW", "NEW")])
        self.assertIn(("EXPIRED", "EXPIRED"), told)
        self.assertIn(("TRADE", "FILLED"), told)
        self.assertIn("outboundAccountPosition", [row["event"]["e"] for row in second.events])
        self.assertEqual(self.good("order.status", {"symbol": "BTCUSDT", "origClientOrderId": "a1",
                                                    "timestamp": now()})["status"], "NEW")
        self.assertEqual(len(self.good("openOrders.status", {"symbol": "BTCUSDT", "timestamp": now()})), 2)
        self.assertGreaterEqual(len(self.good("myTrades", {"symbol": "BTCUSDT", "timestamp": now()})), 2)
        held = {row["asset"]: row for row in self.good("account.status", {"timestamp": now()})["balances"]}
        self.assertEqual(float(held["USDT"]["locked"]), 60000 * 0.01 + 60001 * 0.01)
        self.assertEqual(len(self.good("openOrders.cancelAll", {"symbol": "BTCUSDT", "timestamp": now()})), 2)

    def test_cancel_replace_and_amend(self):
        first = self.good("order.place", order(newOrderRespType="ACK"))["orderId"]
        replaced = self.good("order.cancelReplace", order(cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=first,
                                                          price="60002.00", orderRateLimitExceededMode="CANCEL_ONLY"))
        self.assertEqual((replaced["cancelResult"], replaced["newOrderResult"]), ("SUCCESS", "SUCCESS"))
        target = {"symbol": "BTCUSDT", "orderId": replaced["newOrderResponse"]["orderId"]}
        if self.good("exchangeInfo", {"symbol": "BTCUSDT"})["symbols"][0]["amendAllowed"]:
            amended = self.good("order.amend.keepPriority", {**target, "newQty": "0.00500", "timestamp": now()})
            self.assertEqual(amended["amendedOrder"]["qty"], "0.00500000")
        done = self.good("order.cancel", {**target, "newClientOrderId": "c1", "timestamp": now()})
        self.assertEqual((done["status"], done["clientOrderId"]), ("CANCELED", "c1"))
        error = self.bad(-2022, "order.cancelReplace", order(cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=first))
        self.assertEqual((error["data"]["cancelResponse"]["code"], error["data"]["newOrderResult"]),
                         (-2011, "NOT_ATTEMPTED"))

    def test_each_mistake_has_its_documented_code(self):
        self.trades(1)
        query = {"symbol": "BTCUSDT", "timestamp": now()}
        for code, method, params in (
                (-1021, "order.place", order(timestamp=now(-6000))), (-1021, "order.place", order(timestamp=now(5000))),
                (-1021, "order.place", order(timestamp=now(-500), recvWindow=100)),
                (-1102, "order.place", without(order(), "price")), (-1102, "order.place", without(order(), "timestamp")),
                (-1100, "order.place", order(quantity="x")), (-1111, "order.place", order(price="60000.123456789")),
                (-1121, "order.place", order(symbol="NOPE")), (-1117, "order.place", order(side="HOLD")),
                (-1116, "order.place", order(type="HOPE")),
                (-1102, "order.place", order(type="STOP_LOSS_LIMIT")), (-1106, "order.place", order(stopPrice="1")),
                (-1014, "order.place", order(icebergQty="0.00100", timeInForce="IOC")),
                (-1120, "klines", {"symbol": "BTCUSDT", "interval": "2m"}),
                (-2010, "order.place", order(type="STOP_LOSS_LIMIT", stopPrice="59000.00")),
                (-1115, "order.place", order(timeInForce="GTX")),
                (-1104, "order.place", order(nonsense="1")), (-1106, "order.place", order(type="LIMIT_MAKER")),
                (-1013, "order.place", order(price="60000.001")), (-1013, "order.place", order(quantity="0.000001")),
                (-1013, "order.place", order(quantity="0.00001")), (-2010, "order.place", order(quantity="9.0")),
                (-2010, "order.place", without(order(type="LIMIT_MAKER", price="65000.00"), "timeInForce")),
                (-2011, "order.cancel", {**query, "orderId": 999999}), (-2013, "order.status", {**query, "orderId": 999999}),
                (-1102, "order.cancel", query), (-1145, "order.cancel", {**query, "orderId": 1, "cancelRestrictions": "X"}),
                (-2011, "openOrders.cancelAll", query), (-1121, "depth", {"symbol": "NOPE"}),
                (-2035, "userDataStream.subscribe", {})):
            with self.subTest(code=code, method=method, params=params):
                if code == -2035:
                    self.api.ask("userDataStream.subscribe")
                self.bad(code, method, params)
        self.good("userDataStream.unsubscribe")
        self.bad(-2036, "userDataStream.unsubscribe", {})

    def test_wrong_keys_and_signatures(self):
        stranger = WebSocket(self.venue, "/ws-api/v3")
        signed = self.venue.sign({"apiKey": self.key, "timestamp": now()})
        for code, status, params in (
                (-1022, 400, {**signed, "signature": signed["signature"][::-1]}),
                (-1022, 400, {**signed, "recvWindow": 4000}), (-2014, 401, {**signed, "apiKey": "short"}),
                (-2015, 401, {**signed, "apiKey": "A" * 64}), (-1102, 400, without(signed, "signature"))):
            answer = stranger.ask("session.logon", params)
            self.assertEqual((answer["status"], answer["error"]["code"]), (status, code), params)

    def test_streams_and_pings(self):
        stream = WebSocket(self.venue, "/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@trade")
        seen = {stream.message()["stream"] for _ in range(200)}
        self.assertEqual(seen, {"btcusdt@depth@100ms", "btcusdt@bookTicker", "btcusdt@trade"})
        stream.frame(9, b"are you there")
        while (answer := stream.read())[0] != 10:
            pass
        self.assertEqual(answer[1], b"are you there")


class Sidecars(unittest.TestCase):
    def test_a_recording_without_its_filters_is_refused_by_the_name_of_the_missing_file(self):
        with tempfile.TemporaryDirectory() as folder:
            lonely = pathlib.Path(folder) / RECORDING.name
            shutil.copy(RECORDING, lonely)
            done = subprocess.run([PROGRAM, "replay", lonely, "--dir", folder + "/run"], capture_output=True,
                                  text=True, timeout=30, check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(str(lonely).replace(".tsjsonl.gz", ".filters.json"), done.stderr)
            lonely.with_name(lonely.name.replace(".tsjsonl.gz", ".filters.json")).write_text("{}")
            done = subprocess.run([PROGRAM, "replay", lonely, "--dir", folder + "/run"], capture_output=True,
                                  text=True, timeout=30, check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(".filters.json", done.stderr)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if shutil.which("openssl") is None:
        print("SKIPPED outsider (portcullis-venue by Binance's documents): no openssl program to sign with")
        sys.exit(77)
    PROGRAM = sys.argv.pop(1)
    unittest.main(warnings="ignore")
