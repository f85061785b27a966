"""Massive, until 2025-10-30 Polygon.io: trades of stocks, options and crypto, one cluster per URL.

Every frame is an array. Times of trades are milliseconds. Ids of trades are unique per symbol and
exchange; those of options have none, but a sequence number. Limits: 1 connection per cluster: a
newcomer throws the older one out, after it was told ``auth_success``.
"""

from collections.abc import Sequence
from typing import Final

from connectors.streams.events import (
    Authenticated,
    Control,
    Event,
    Fatal,
    Greeted,
    Heartbeat,
    Refused,
    Retry,
    Subscribed,
    Trade,
    Unread,
)
from connectors.streams.fields import (
    UNKNOWN,
    FieldError,
    Message,
    each,
    epoch_micros,
    json_parser,
    number,
    text,
    trade,
    written,
)
from connectors.streams.venue import Credentials, Venue

_NAME: Final = "massive"
_EVICTED_WAIT: Final = 10.0  # seconds; two clients that throw each other out get no data at all
_SYMBOL: Final = {"T": "sym", "XT": "pair"}
_OTHERS: Final = [
    "A",
    "AM",
    "Q",
    "FMV",
    "LULD",
    "NOI",
    "XA",
    "XAS",
    "XQ",
    "XL2",
    "C",
    "CA",
    "CAS",
    "V",
]


def _read(message: Message) -> Sequence[Event]:
    kind = message.get("ev")
    if kind == "T" or kind == "XT":
        return (trade(_trade, message),)
    if kind == "status":
        return (_status(message),)
    return () if kind in _OTHERS else (Unread(UNKNOWN, written(message)),)


def _status(message: Message) -> Event:
    status, said = message.get("status"), f"massive: {message.get('message')}"
    match status:
        case "connected":
            return Greeted()
        case "auth_success":
            return Authenticated()
        case "success":
            subscribed = str(message.get("message")).startswith("subscribed")
            return Subscribed() if subscribed else Heartbeat()
        case "auth_failed":
            return Fatal(said)
        case "auth_timeout":
            return Retry(said)
        case "max_connections":
            return Retry(said, _EVICTED_WAIT)
        case "error" | "not_authorized":
            return Refused(said)
        case _:
            return Unread(UNKNOWN, written(message))


def _trade(message: Message) -> Trade:
    trade_id = message.get("i")
    if trade_id is not None and not isinstance(trade_id, str | int):
        raise FieldError("not_text")
    return Trade(
        text(message, _SYMBOL[message["ev"]]),
        epoch_micros(message, "t"),
        number(message, "p"),
        number(message, "s"),
        None if trade_id is None else str(trade_id),
        f"{_NAME}:{message.get('x')}",
        str(message.get("q")),
    )


def _on_open(symbols: Sequence[str], credentials: Credentials) -> Sequence[str]:
    return ()


def _on_status(event: Control, symbols: Sequence[str], credentials: Credentials) -> list[str]:
    match event:
        case Greeted():
            return [written({"action": "auth", "params": credentials.key})]
        case Authenticated():
            return [written({"action": "subscribe", "params": ",".join(map(_channel, symbols))})]
        case _:
            return []


def _channel(symbol: str) -> str:
    """Crypto pairs are traded on ``XT`` and have a dash, which no other symbol has."""
    return f"{'XT' if '-' in symbol else 'T'}.{symbol}"


parse = json_parser(each(_read))
VENUE: Final = Venue(
    name=_NAME,
    url="wss://socket.massive.com/stocks",
    parse=parse,
    on_open=_on_open,
    on_status=_on_status,
    text_ids=True,
    max_symbols=1_000,
    needs=("key",),
)
