"""Binance spot: raw and combined streams, market data only.

Times are milliseconds, or microseconds when the URL asks for them. Trade ids of a symbol are
consecutive. Only ``trade`` gives trades: ``aggTrade`` and klines say the same again.
Limits (docs of 2026-05): 5 messages/s from a client, pings and pongs too; 1,024 streams and 24 h
per connection, whose end ``serverShutdown`` announces; a ping every 20 s.
"""

from collections.abc import Sequence
from typing import Any, Final

from connectors.streams.events import Event, Fatal, Heartbeat, Shutdown, Subscribed, Trade, Unread
from connectors.streams.fields import (
    UNKNOWN,
    Message,
    each,
    epoch_micros,
    json_parser,
    number,
    text,
    trade,
    whole,
    written,
)
from connectors.streams.venue import Credentials, Venue

_NAME: Final = "binance"
_STREAMS_PER_FRAME: Final = 200
_OTHERS: Final = [
    "aggTrade",
    "blockTrade",
    "kline",
    "24hrMiniTicker",
    "24hrTicker",
    "1hTicker",
    "4hTicker",
    "1dTicker",
    "avgPrice",
    "depthUpdate",
    "referencePrice",
    "bookTicker",
]


def _read(message: Any) -> Sequence[Event]:
    if isinstance(message, dict) and "stream" in message:
        message = message.get("data")
    if isinstance(message, dict):
        return _read_one(message)
    return _read_array(message)


def _read_one(message: Message) -> Sequence[Event]:
    kind = message.get("e")
    if kind == "trade":
        return (trade(_trade, message),)
    if kind is None:
        return _unnamed(message)
    if kind == "serverShutdown":
        return (Shutdown(),)
    return () if kind in _OTHERS else (Unread(UNKNOWN, written(message)),)


def _unnamed(message: Message) -> Sequence[Event]:
    """Messages without a type: best prices, order books, answers."""
    if "u" in message or "lastUpdateId" in message:
        return ()
    if "result" in message:
        return (Subscribed() if message["result"] is None else Heartbeat(),)
    error = message.get("error", message)
    if isinstance(error, dict) and "code" in error:
        return (Fatal(f"binance refused a request: {error.get('msg')} (code {error['code']})"),)
    return (Unread(UNKNOWN, written(message)),)


def _trade(message: Message) -> Trade:
    return Trade(
        text(message, "s"),
        epoch_micros(message, "T"),
        number(message, "p"),
        number(message, "q"),
        whole(message, "t"),
        _NAME,
    )


def _subscribe(symbols: Sequence[str], credentials: Credentials) -> list[str]:
    streams = [f"{symbol.lower()}@trade" for symbol in symbols]
    return [
        written({"method": "SUBSCRIBE", "params": streams[at : at + _STREAMS_PER_FRAME], "id": at})
        for at in range(0, len(streams), _STREAMS_PER_FRAME)
    ]


_read_array = each(_read_one)
parse = json_parser(_read)
VENUE: Final = Venue(
    name=_NAME,
    url="wss://data-stream.binance.vision/stream",
    parse=parse,
    on_open=_subscribe,
    consecutive=True,
    disorder=0,
    idle_timeout=60.0,
    max_age=23.5 * 3_600,
    sends_per_second=4,
    max_symbols=1_024,
)
