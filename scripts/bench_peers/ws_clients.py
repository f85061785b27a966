"""What becomes of a venue's frames: ``python -m scripts.bench_peers.ws_clients WAY URL TRADES``.

``bare`` reads them with aiohttp and parses them with orjson, no more. ``rows`` is Yieldflow's feed:
trades as rows, none twice, no hole unnoticed. ``bars`` goes on to partial bars and latest prices.
Prints the seconds from connecting to the last trade, and those of a processor from before to after.
"""

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

import aiohttp
import orjson

from connectors.sources.latest import Price
from connectors.sources.live_feed import Rows
from connectors.sources.live_market import LiveMarket, LiveSource
from connectors.sources.live_parser import FeedRules
from connectors.sources.market_reader import Part, ReadingRules
from connectors.sources.marks import Marks
from connectors.sources.progress import FeedProgress
from connectors.sources.rejects import Reject
from connectors.sources.stop import FeedStopped, StopToken
from connectors.sources.websocket import WebSocketFeed
from scripts.bench_peers.ws_venue import SYMBOLS

PATIENCE = aiohttp.ClientWSTimeout(ws_close=0.5)  # the venue never says goodbye
NAMES = [f"S{symbol:03}USDT" for symbol in range(SYMBOLS)]


def bare(url: str, trades: int) -> float:
    """Parse every frame; look only whether it is the last trade."""

    async def read() -> float:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(url, timeout=PATIENCE) as socket,
        ):
            await socket.send_str("subscribe")
            found = 0
            async for message in socket:
                if orjson.loads(message.data).get("data", {}).get("e") == "trade":
                    found += 1
                    if found == trades:
                        end = time.perf_counter()
                        await socket.close()
                        return end
        raise SystemExit(f"{found} of {trades} trades")

    return asyncio.run(read())


def rows(url: str, trades: int) -> float:
    """Take rows as they come."""
    feed = WebSocketFeed("binance", NAMES, url=url)
    feed.open(None)
    found = 0
    while found < trades:
        received = feed.receive(1.0)
        if received is not None and received.messages is not None:
            assert isinstance(received.messages, Rows)
            found += received.messages.frame.height
    end = time.perf_counter()
    feed.close()
    check(found, trades, feed)
    return end


def check(found: int, trades: int, feed: WebSocketFeed) -> None:
    """Stop when trades were lost, doubled or refused."""
    counters = feed.status().counters
    if found != trades or counters["duplicates"] or counters["gaps"] or counters["rejected"]:
        raise SystemExit(f"{found} of {trades} trades, {counters}")


class BarsOutlet:
    """Counts what a live market has put into bars, and stops it after the last trade."""

    def __init__(self, trades: int, progress: FeedProgress, stop: StopToken) -> None:
        self._trades, self._progress, self._stop = trades, progress, stop
        self.symbols: set[str] = set()
        self.end = 0.0

    def part(self, part: Part) -> None:
        """Stop when all trades are in parts."""
        if self._progress.snapshot().rows_in >= self._trades:
            self.end = time.perf_counter()
            self._stop.set()

    def prices(self, prices: Sequence[Price]) -> None:
        """Note whose prices were told."""
        self.symbols.update(price.symbol for price in prices)

    def rejects(self, rejects: Sequence[Reject]) -> None:
        """Stop: nothing was to be refused."""
        raise SystemExit(f"refused: {rejects[0]}")


def bars(url: str, trades: int) -> float:
    """Read as ``yieldflow live`` does, up to partial bars and latest prices."""
    stop, progress = StopToken(), FeedProgress()
    outlet = BarsOutlet(trades, progress, stop)
    feed = WebSocketFeed("binance", NAMES, url=url)
    rules = ReadingRules(interval=timedelta(minutes=1), late_allowance=timedelta(minutes=5))
    market = LiveMarket(
        [LiveSource(feed, FeedRules("trades", feed.name, {}, venue="binance"))],
        rules=rules,
        outlet=outlet,
        progress=progress,
        stop=stop,
        flush=timedelta(milliseconds=50),
        marks=Marks(None),
    )
    with suppress(FeedStopped):
        market.run()
    feed.close()
    check(progress.snapshot().rows_in, trades, feed)
    if len(outlet.symbols) != SYMBOLS:
        raise SystemExit(f"prices of {len(outlet.symbols)} symbols, {SYMBOLS} were traded")
    return outlet.end


WAYS: dict[str, Callable[[str, int], float]] = {"bare": bare, "rows": rows, "bars": bars}

if __name__ == "__main__":
    way, url, trades = sys.argv[1:]
    began, busy = time.perf_counter(), time.process_time()
    print(WAYS[way](url, int(trades)) - began, time.process_time() - busy)
