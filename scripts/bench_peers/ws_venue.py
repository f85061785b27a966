"""A WebSocket venue that sends as fast as it is read: ``python -m ...ws_venue FRAMES TRADES``.

Prints its port. Every client that has said something gets the same ``FRAMES`` combined frames of
Binance, one of ``TRADES`` of them a trade, the first and the last too, and the others best prices.
They are encoded beforehand and sent in large blocks: it must not be what is measured.
"""

import asyncio
import base64
import hashlib
import random
import re
import sys

SYMBOLS = 500
FIRST = 1_723_161_255_000  # milliseconds
_BLOCK = 1 << 20
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def frames(count: int, trades: int) -> list[bytes]:
    """Texts of frames; ids of trades are consecutive per symbol."""
    chance, ids = random.Random(1), [0] * SYMBOLS
    found = []
    for at in range(count):
        symbol, price = chance.randrange(SYMBOLS), 100 + chance.random()
        name = f"S{symbol:03}USDT"
        if at % trades and at < count - 1:
            row = f'"u":{at},"s":"{name}","b":"{price:.8f}","B":"3.0","a":"{price:.8f}","A":"1.5"'
            found.append(f'{{"stream":"{name.lower()}@bookTicker","data":{{{row}}}}}'.encode())
            continue
        ids[symbol] += 1
        ts = FIRST + at // 50
        row = f'"e":"trade","E":{ts},"s":"{name}","t":{ids[symbol]},"p":"{price:.8f}","q":"0.02"'
        row += f',"T":{ts},"m":true,"M":true'
        found.append(f'{{"stream":"{name.lower()}@trade","data":{{{row}}}}}'.encode())
    return found


def framed(text: bytes) -> bytes:
    """A text as an unmasked WebSocket frame."""
    if len(text) < 126:
        return bytes((0x81, len(text))) + text
    return bytes((0x81, 126)) + len(text).to_bytes(2, "big") + text


async def serve(count: int, trades: int) -> None:
    """Serve until terminated."""
    subscribed = framed(b'{"result":null,"id":0}')
    content = subscribed + b"".join(map(framed, frames(count, trades)))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        key = re.search(rb"(?i)sec-websocket-key: *(\S+)", asked)
        assert key
        accept = base64.b64encode(hashlib.sha1(key[1] + _MAGIC).digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        await reader.read(1)  # whatever it says
        try:
            for at in range(0, len(content), _BLOCK):
                writer.write(content[at : at + _BLOCK])
                await writer.drain()
            await reader.read()
        except ConnectionError:
            pass
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(*map(int, sys.argv[1:])))
