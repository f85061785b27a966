"""Alpaca: trades of US stocks. The free feed is IEX, 2 to 3 % of the volume.

Every frame is an array. Times are RFC 3339 with nanoseconds. Ids of trades are unique per symbol
and exchange. Corrections and cancellations are not applied: the trade stands as it was first told.
Limits: 30 symbols, 1 connection: a second one is told 406.
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
    Retry,
    Subscribed,
    Trade,
    Unread,
)
from connectors.streams.fields import (
    UNKNOWN,
    Message,
    each,
    iso_micros,
    json_parser,
    number,
    text,
    trade,
    whole,
    written,
)
from connectors.streams.venue import Credentials, Venue

_NAME: Final = "alpaca"
_OTHERS: Final = ["q", "b", "d", "u", "s", "l", "i", "c", "x"]
_ALREADY_AUTHENTICATED: Final = 403
# 401 not authenticated yet, 404 authenticated too late, 407 we are too slow, 500 theirs; 406: there
# is another connection, which may end. All others say the same the next time.
_MENDED_BY_TIME: Final = {401: 0.0, 404: 0.0, 406: 10.0, 407: 0.0, 500: 1.0}


def _read(message: Message) -> Sequence[Event]:
    kind = message.get("T")
    if kind == "t":
        return (trade(_trade, message),)
    if kind == "subscription":
        return (Subscribed(),)
    if kind == "error":
        return (_error(message),)
    said = message.get("msg") if kind == "success" else None
    if said == "connected":
        return (Greeted(),)
    if said == "authenticated":
        return (Authenticated(),)
    return () if kind in _OTHERS else (Unread(UNKNOWN, written(message)),)


def _error(message: Message) -> Event:
    code, said = message.get("code"), f"alpaca: {message.get('msg')} ({message.get('code')})"
    if code == _ALREADY_AUTHENTICATED:
        return Heartbeat()
    wait = _MENDED_BY_TIME.get(code) if isinstance(code, int) else None
    return Fatal(said) if wait is None else Retry(said, wait)


def _trade(message: Message) -> Trade:
    return Trade(
        text(message, "S"),
        iso_micros(message, "t"),
        number(message, "p"),
        number(message, "s"),
        whole(message, "i"),
        f"{_NAME}:{message.get('x')}",
    )


def _on_open(symbols: Sequence[str], credentials: Credentials) -> Sequence[str]:
    return ()


def _on_status(event: Control, symbols: Sequence[str], credentials: Credentials) -> list[str]:
    match event:
        case Greeted():
            key = {"action": "auth", "key": credentials.key, "secret": credentials.secret}
            return [written(key)]
        case Authenticated():
            return [written({"action": "subscribe", "trades": list(symbols)})]
        case _:
            return []


parse = json_parser(each(_read))
VENUE: Final = Venue(
    name=_NAME,
    url="wss://stream.data.alpaca.markets/v2/iex",
    parse=parse,
    on_open=_on_open,
    on_status=_on_status,
    max_symbols=30,
    needs=("key", "secret"),
)
