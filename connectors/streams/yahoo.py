"""Yahoo: prices of anything, unofficial, as base64 of a protobuf message.

``?version=2`` wraps the message in JSON; without it the frame is the bare base64. Prices are 32-bit
floats, times milliseconds. It tells prices, not trades: no id, and no size that could be trusted
(``last_size`` of a coin is the volume of its day), so sizes are 0. It forgets a subscription that
is not sent again every 15 s.
"""

import struct
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import orjson

from connectors.streams.events import Event, Trade, Unread
from connectors.streams.fields import (
    MILLIS_LIMIT,
    UNKNOWN,
    FieldError,
    Frame,
    text,
    written,
)
from connectors.streams.venue import Credentials, Venue

_NAME: Final = "yahoo"
_VARINT, _FIXED64, _SIZED, _FIXED32 = 0, 1, 2, 5  # wire types of protobuf
Type = Literal["text", "float", "double", "int", "zigzag"]
Value = str | int | float
# number -> name, type, of the published schema
_FIELDS: Final[Mapping[int, tuple[str, Type]]] = {
    1: ("id", "text"),
    2: ("price", "float"),
    3: ("time", "zigzag"),
    4: ("currency", "text"),
    5: ("exchange", "text"),
    6: ("quote_type", "int"),
    7: ("market_hours", "int"),
    8: ("change_percent", "float"),
    9: ("day_volume", "zigzag"),
    10: ("day_high", "float"),
    11: ("day_low", "float"),
    12: ("change", "float"),
    15: ("open_price", "float"),
    16: ("previous_close", "float"),
    22: ("last_size", "zigzag"),
    27: ("price_hint", "zigzag"),
    28: ("vol_24hr", "zigzag"),
    29: ("vol_all_currencies", "zigzag"),
    30: ("from_currency", "text"),
    32: ("circulating_supply", "double"),
    33: ("market_cap", "double"),
}


def parse(frame: Frame) -> Sequence[Event]:
    """The price that a frame tells."""
    raw = frame.encode() if isinstance(frame, str) else frame
    if raw[:1] in (b"{", b"["):
        try:
            message = orjson.loads(raw)
        except orjson.JSONDecodeError:
            return (Unread("not_json"),)
        if not isinstance(message, dict) or message.get("type") != "pricing":
            return (Unread(UNKNOWN, written(message)),)
        raw = str(message.get("message", "")).encode()
    try:
        return (_trade(decode_pricing(b64decode(raw, validate=True))),)
    except Base64Error:
        return (Unread("not_base64"),)
    except FieldError as error:
        return (Unread(str(error)),)


def _trade(pricing: Mapping[str, Any]) -> Trade:
    time = pricing.get("time", 0)
    if not 0 < time < MILLIS_LIMIT:
        raise FieldError("bad_timestamp")
    volume = str(pricing.get("day_volume", ""))
    # A price that is not there is 0, as in all of protobuf 3: refused where prices are judged.
    price = pricing.get("price", 0.0)
    return Trade(text(pricing, "id"), time * 1_000, price, 0.0, None, _NAME, volume)


def decode_pricing(raw: bytes) -> dict[str, Value]:
    """The fields of a ``PricingData`` message by name; fields that it lacks are absent.

    Raises:
        FieldError: it is no such message.
    """
    found: dict[str, Value] = {}
    at = 0
    try:
        while at < len(raw):
            tag, at = _varint(raw, at)
            name, kind = _FIELDS.get(tag >> 3, ("", "int"))
            value, at = _value(raw, at, tag & 7, kind)
            if name:
                found[name] = value
    except (IndexError, struct.error, UnicodeDecodeError):
        raise FieldError("bad_protobuf") from None
    return found


def _value(raw: bytes, at: int, wire: int, kind: Type) -> tuple[Value, int]:
    """The value that begins at ``at``, and where the next field begins."""
    if wire == _VARINT and kind in ("int", "zigzag"):
        value, at = _varint(raw, at)
        return (value >> 1) ^ -(value & 1) if kind == "zigzag" else value, at
    if wire == _FIXED32 and kind in ("float", "int"):
        return struct.unpack_from("<f", raw, at)[0], at + 4
    if wire == _FIXED64 and kind in ("double", "int"):
        return struct.unpack_from("<d", raw, at)[0], at + 8
    if wire == _SIZED and kind in ("text", "int"):
        size, at = _varint(raw, at)
        if at + size > len(raw):
            raise IndexError
        part = raw[at : at + size]
        return part.decode() if kind == "text" else "", at + size
    raise FieldError("bad_protobuf")


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 64:
        byte = raw[at]
        value, at, shift = value | (byte & 0x7F) << shift, at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise IndexError


def _subscribe(symbols: Sequence[str], credentials: Credentials) -> list[str]:
    return [written({"subscribe": symbols})]


VENUE: Final = Venue(
    name=_NAME,
    url="wss://streamer.finance.yahoo.com/?version=2",
    parse=parse,
    on_open=_subscribe,
    acknowledges=False,
    resubscribe_every=15.0,
    max_symbols=500,
)
