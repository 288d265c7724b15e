#!/usr/bin/env python3
"""A client of python3-websockets at the venue's listener, behind which somebody sends each text back.

    client.py PORT STRICT_PORT CA_FILE

Called by tests/tools/venue_server/foreign_client_test.cpp, whose service also obeys "close CODE REASON" and pings
every 100 ms a client that must answer within 20 s, behind STRICT_PORT within 400 ms.
"""
import asyncio
import os
import ssl
import sys
import unittest

import websockets

PORT, STRICT_PORT, CA_FILE = None, None, None
MESSAGE_BYTES_MAX = 1 << 20


def connect(port=None, **options):
    return websockets.connect(f"wss://localhost:{port or PORT}/any", ssl=ssl.create_default_context(cafile=CA_FILE),
                              close_timeout=5, max_size=1 << 24, ping_interval=None, **options)


class ForeignClient(unittest.IsolatedAsyncioTestCase):
    async def echoed(self, ws, text):
        self.assertEqual(await asyncio.wait_for(ws.recv(), 10), text)

    async def closed_by_server(self, ws):
        """Code and reason of the server's close frame."""
        with self.assertRaises(websockets.ConnectionClosed):
            await asyncio.wait_for(ws.recv(), 10)
        self.assertIsNotNone(ws.close_rcvd, "it has ended without a word")
        return ws.close_rcvd.code, ws.close_rcvd.reason

    async def test_texts_of_all_lengths(self):
        async with connect() as ws:
            for size in (0, 1, 2, 124, 125, 126, 127, 250, 1440, 16384, 65534, 65535, 65536, 65537, MESSAGE_BYTES_MAX):
                text = "".join(chr(33 + i * 31 % 90) for i in range(size))
                await ws.send(text)
                await self.echoed(ws, text)
            await ws.send("\u00e9 \u20ac \U0001f3f0 \ud7ff \U0010ffff")
            await self.echoed(ws, "\u00e9 \u20ac \U0001f3f0 \ud7ff \U0010ffff")

    async def test_fragments_with_pings_between(self):
        text = "fragments with \u20ac and \U0001f3f0 " * 400

        async with connect() as ws:
            async def pieces(size):
                for at in range(0, len(text), size):
                    yield text[at:at + size]
                    await asyncio.wait_for(await ws.ping(f"after {at}"), 10)
            for size in (1000, 125, 126, len(text)):
                await ws.send(pieces(size))
                await self.echoed(ws, text)
            await ws.send(list(text))  # one code point a frame
            await self.echoed(ws, text)

    async def test_a_text_parted_within_a_code_point(self):
        whole = "a\u00e9\u20ac\U0001f3f0z".encode()
        async with connect() as ws:
            for at in range(len(whole) + 1):
                await ws.write_frame(False, 1, whole[:at])
                await ws.write_frame(True, 0, whole[at:])
                await self.echoed(ws, whole.decode())

    async def test_close_codes_in_both_directions(self):
        for code in (1000, 1001, 1003, 1007, 1008, 1009, 1011, 3000, 3999, 4000, 4999):
            with self.subTest(code=code):
                async with connect() as ws:
                    await ws.close(code, f"because {code}")
                    self.assertEqual(ws.close_rcvd.code, code)
                async with connect() as ws:
                    await ws.send(f"close {code} because {code}")
                    self.assertEqual(await self.closed_by_server(ws), (code, f"because {code}"))

    async def test_what_breaks_the_protocol_is_refused_by_its_code(self):
        def masked(first, payload, size=None):
            mask = os.urandom(4)
            size = size or bytes([0x80 | len(payload)])
            return bytes([first]) + size + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        for what, frame, code in (
                ("a frame without a mask", b"\x81\x02hi", 1002), ("a compressed frame", masked(0xc1, b"\x4a\x04\x00"), 1002),
                ("an opcode that is none", masked(0x83, b""), 1002), ("a ping in fragments", masked(0x09, b""), 1002),
                ("the end of a message that did not begin", masked(0x80, b""), 1002),
                ("a message within another", masked(0x01, b"a") + masked(0x81, b"b"), 1002),
                ("a ping of 126 bytes", masked(0x89, b"p" * 126, b"\xfe\x00\x7e"), 1002),
                ("a text that is no UTF-8", masked(0x81, b"\xc3\x28"), 1007),
                ("a text that ends within a code point", masked(0x81, b"\xe2\x82"), 1007),
                ("a fragment that cannot become UTF-8", masked(0x01, b"\xf4\x8f\xc0"), 1007),
                ("a message above the limit", masked(0x81, b"", b"\xff" + (MESSAGE_BYTES_MAX + 1).to_bytes(8, "big")), 1009)):
            with self.subTest(what):
                async with connect() as ws:
                    ws.transport.write(frame)
                    self.assertEqual((await self.closed_by_server(ws))[0], code)

    async def test_compression_and_subprotocols_are_declined(self):
        async with connect(compression="deflate", subprotocols=["json"]) as ws:
            self.assertIn("permessage-deflate", ws.request_headers["Sec-WebSocket-Extensions"])
            self.assertNotIn("Sec-WebSocket-Extensions", ws.response_headers)
            self.assertEqual((ws.extensions, ws.subprotocol), ([], None))
            await ws.send("plain " * 1000)
            await self.echoed(ws, "plain " * 1000)

    async def test_a_client_that_answers_pings_is_kept_and_one_that_does_not_is_cut(self):
        async with connect(STRICT_PORT) as ws:
            await asyncio.sleep(1)
            await ws.send("still here")
            await self.echoed(ws, "still here")
            ws.transport.pause_reading()
            await asyncio.sleep(1)
            ws.transport.resume_reading()
            with self.assertRaises(websockets.ConnectionClosed):
                await asyncio.wait_for(ws.recv(), 10)
            self.assertIsNone(ws.close_rcvd)


if __name__ == "__main__":
    PORT, STRICT_PORT, CA_FILE = sys.argv.pop(1), sys.argv.pop(1), sys.argv.pop(1)
    unittest.main()
