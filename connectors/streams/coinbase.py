"""Coinbase: the Exchange feed and Advanced Trade, both without a key.

Times are RFC 3339 with microseconds. Trade ids of a product are consecutive; ``sequence`` of the
Exchange feed counts what other channels carry too. Advanced Trade counts the messages of a
connection from 0 on. ``last_match`` and a ``snapshot`` tell trades of before the subscription.
Limits: subscribe within 5 s of connecting, 8 connections/s per address.
"""

from collections.abc import Sequence
from typing import Any, Final

from connectors.streams.events import (
    Event,
    Fatal,
    Heartbeat,
    Numbered,
    Subscribed,
    Trade,
    Unread,
)
from connectors.streams.fields import (
    UNKNOWN,
    FieldError,
    Message,
    iso_micros,
    json_parser,
    number,
    text,
    trade,
    whole,
    written,
)
from connectors.streams.venue import Credentials, Venue

_NAME: Final = "coinbase"
_OTHERS: Final = [
    "ticker",
    "ticker_batch",
    "snapshot",
    "l2update",
    "l2_data",
    "received",
    "open",
    "done",
    "change",
    "activate",
    "status",
    "auction",
    "rfq_match",
    "candles",
    "user",
]


def _read(message: Any) -> Sequence[Event]:
    if not isinstance(message, dict):
        return (Unread(UNKNOWN, written(message)),)
    kind = message.get("type")
    if kind == "match" or kind == "last_match":
        return (trade(_trade, message),)
    if kind == "error":
        return (Fatal(f"coinbase: {message.get('message')}: {message.get('reason')}"),)
    return _read_advanced(message) if "channel" in message else _other(kind, message)


def _read_advanced(message: Message) -> Sequence[Event]:
    try:
        first = Numbered(whole(message, "sequence_num"), iso_micros(message, "timestamp"))
    except FieldError as error:
        return (Unread(str(error), written(message)),)
    if message["channel"] == "market_trades":
        return [first, *_market_trades(message)]
    return [first, *_other(message["channel"], message)]


def _other(kind: object, message: Message) -> Sequence[Event]:
    if kind in ("heartbeat", "heartbeats"):
        return (Heartbeat(),)
    if kind == "subscriptions":
        return (Subscribed(),)
    return () if kind in _OTHERS else (Unread(UNKNOWN, written(message)),)


def _market_trades(message: Message) -> list[Event]:
    """The trades of a frame by id: a snapshot names the newest first."""
    rows = [row for event in _listed(message, "events") for row in _listed(event, "trades")]
    read = [trade(_advanced_trade, row) for row in rows]
    wrong = [event for event in read if isinstance(event, Unread)]
    trades = [event for event in read if isinstance(event, Trade)]
    return [*wrong, *sorted(trades, key=lambda found: (found.symbol, found.trade_id))]


def _listed(message: Any, name: str) -> list[Any]:
    found = message.get(name) if isinstance(message, dict) else None
    return found if isinstance(found, list) else []


def _trade(message: Message) -> Trade:
    return _with_id(message, whole(message, "trade_id"))


def _advanced_trade(message: Message) -> Trade:
    spelt = text(message, "trade_id")
    if not (spelt.isascii() and spelt.isdecimal() and len(spelt) < 19):
        raise FieldError("not_a_number")
    return _with_id(message, int(spelt))


def _with_id(message: Message, trade_id: int) -> Trade:
    return Trade(
        text(message, "product_id"),
        iso_micros(message, "time"),
        number(message, "price"),
        number(message, "size"),
        trade_id,
        _NAME,
    )


def _subscribe(symbols: Sequence[str], credentials: Credentials) -> list[str]:
    channels = ["matches", "heartbeat"]
    return [written({"type": "subscribe", "product_ids": symbols, "channels": channels})]


def _subscribe_advanced(symbols: Sequence[str], credentials: Credentials) -> list[str]:
    return [
        written({"type": "subscribe", "product_ids": symbols, "channel": channel})
        for channel in ("market_trades", "heartbeats")
    ]


parse = json_parser(_read)
VENUE: Final = Venue(
    name=_NAME,
    url="wss://ws-feed.exchange.coinbase.com",
    parse=parse,
    on_open=_subscribe,
    consecutive=True,
    disorder=0,
    idle_timeout=30.0,
)
ADVANCED: Final = Venue(
    name="coinbase_advanced",
    url="wss://advanced-trade-ws.coinbase.com",
    parse=parse,
    on_open=_subscribe_advanced,
    consecutive=True,
    disorder=0,
    idle_timeout=30.0,
    sends_per_second=8,
)
