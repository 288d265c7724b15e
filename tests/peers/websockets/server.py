#!/usr/bin/env python3
"""A server of python3-websockets, for our transport to be held to: what it does is in the path that it is asked for.

    server.py CERTIFICATE KEY    prints its port, then a line of JSON for each connection that has ended

Called by tests/gateways/net/transport_foreign_test.cpp.
"""
import asyncio
import json
import ssl
import sys
import urllib.parse

import websockets


async def echo(ws, _asked):
    """Text by text, as it came."""
    async for text in ws:
        await ws.send(text)


async def fragments(ws, asked):
    """Each text in pieces of so many code points; a ping between two of them, and no more before its answer."""
    size = int(asked["size"])

    async def pieces(text):
        for at in range(0, len(text), size):
            yield text[at:at + size]
            await asyncio.wait_for(await ws.ping(f"after {at}"), 10)
    async for text in ws:
        await ws.send(pieces(text))


async def split(ws, _asked):
    """Each text in two frames at every place, within a code point too."""
    async for text in ws:
        whole = text.encode()
        for at in range(len(whole) + 1):
            await ws.write_frame(False, 1, whole[:at])
            await ws.write_frame(True, 0, whole[at:])


async def close(ws, asked):
    """Says goodbye first."""
    await ws.close(int(asked["code"]), asked.get("reason", ""))


async def raw(ws, asked):
    """Bytes that the library would not send, and then silence."""
    ws.transport.write(bytes.fromhex(asked["hex"]))
    async for _text in ws:
        pass


ACTS = {"/echo": echo, "/fragments": fragments, "/split": split, "/close": close, "/raw": raw, "/unasked": echo,
        "/deflate": echo}


async def serve(ws):
    where = urllib.parse.urlsplit(ws.path)
    failed = ""
    try:
        await ACTS[where.path](ws, dict(urllib.parse.parse_qsl(where.query)))
    except websockets.ConnectionClosed:
        pass
    except Exception as wrong:  # pylint: disable=broad-except  # told to the test, which fails of it
        failed = repr(wrong)
    await ws.wait_closed()
    came = ws.close_rcvd
    print(json.dumps({"code": came.code if came else 1006, "reason": came.reason if came else "", "failed": failed,
                      "offered": ws.request_headers.get("Sec-WebSocket-Extensions", "")}))


def more_headers(path, _request):
    """An extension that nobody has offered, where the path asks for one."""
    return [("Sec-WebSocket-Extensions", "permessage-deflate")] if path == "/unasked" else []


async def main(certificate, key):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    async with websockets.serve(serve, "127.0.0.1", 0, ssl=tls, extra_headers=more_headers, max_size=1 << 24,
                                close_timeout=5, compression="deflate") as server:
        print(server.sockets[0].getsockname()[1])
        await asyncio.Future()


asyncio.run(main(*sys.argv[1:]))
