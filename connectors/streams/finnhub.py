"""Finnhub: trades of stocks, currencies and crypto.

Times are milliseconds. Trades have no id, come doubled and out of order; a volume of 0 is a price
without a trade. A subscription is not acknowledged, a wrong key is refused at the handshake.
Limits (free plan): 1 connection per key, about 50 symbols.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from connectors.streams.events import Event, Heartbeat, Refused, Trade, Unread
from connectors.streams.fields import (
    UNKNOWN,
    Message,
    epoch_micros,
    json_parser,
    number,
    text,
    trade,
    written,
)
from connectors.streams.venue import Credentials, Venue

_NAME: Final = "finnhub"
_OTHERS: Final = ("news", "subscribe", "unsubscribe")


def _read(message: Any) -> Sequence[Event]:
    kind = message.get("type") if isinstance(message, dict) else None
    if kind == "trade" and isinstance(message.get("data"), list):
        return _told_apart([trade(_trade, row) for row in message["data"]])
    if kind == "ping":
        return (Heartbeat(),)
    if kind == "error":
        return (Refused(f"finnhub: {message.get('msg')}"),)
    return () if kind in _OTHERS else (Unread(UNKNOWN, written(message)),)


def _trade(row: Message) -> Trade:
    return Trade(
        text(row, "s"),
        epoch_micros(row, "t"),
        number(row, "p"),
        number(row, "v"),
        None,
        _NAME,
        written(row.get("c")),
    )


def _told_apart(events: Sequence[Trade | Unread]) -> list[Event]:
    """Equal trades of one frame are several; those of two frames are one, told again."""
    times: Counter[Event] = Counter()
    apart: list[Event] = []
    for event in events:
        times[event] += 1
        if isinstance(event, Trade) and times[event] > 1:
            apart.append(event._replace(detail=f"{event.detail}#{times[event]}"))
        else:
            apart.append(event)
    return apart


def _subscribe(symbols: Sequence[str], credentials: Credentials) -> list[str]:
    return [written({"type": "subscribe", "symbol": symbol}) for symbol in symbols]


parse = json_parser(_read)
VENUE: Final = Venue(
    name=_NAME,
    url="wss://ws.finnhub.io",
    parse=parse,
    on_open=_subscribe,
    acknowledges=False,
    max_symbols=50,
    sends_per_second=25,
    needs=("key",),
    key_parameter="token",
)
