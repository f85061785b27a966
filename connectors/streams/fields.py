"""Fields of a venue's message -> values of their type, or the reason why not."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

from connectors.streams.events import Event, Trade, Unread

Frame = str | bytes
Message = Mapping[str, Any]
Parse = Callable[[Frame], Sequence[Event]]

UNKNOWN: Final = "unknown_frame"
WHOLE_LIMIT: Final = 2**63 - 1  # of an Int64 column
MILLIS_LIMIT: Final = 10**14  # as milliseconds the year 5138, as microseconds March 1973
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class FieldError(ValueError):
    """A field is missing or of a wrong type; the text is the code of the reason."""


def json_parser(read: Callable[[Any], Sequence[Event]]) -> Parse:
    """A parser of frames from a reader of what JSON makes of them."""

    def parse(frame: Frame) -> Sequence[Event]:
        try:
            message = orjson.loads(frame)
        except orjson.JSONDecodeError:
            return (Unread("not_json"),)
        return read(message)

    return parse


def each(read: Callable[[Message], Sequence[Event]]) -> Callable[[Any], Sequence[Event]]:
    """A reader of arrays of messages from a reader of one."""

    def read_array(messages: Any) -> Sequence[Event]:
        if not isinstance(messages, list):
            return (Unread(UNKNOWN),)
        events: list[Event] = []
        for message in messages:
            known = isinstance(message, dict)
            events += read(message) if known else (Unread(UNKNOWN, written(message)),)
        return events

    return read_array


def trade(build: Callable[[Message], Trade], message: Any) -> Trade | Unread:
    """The trade that ``build`` makes of a message, or what is wrong with it."""
    if not isinstance(message, dict):
        return Unread(UNKNOWN, written(message))
    try:
        return build(message)
    except FieldError as error:
        return Unread(str(error), written(message))


def written(message: object) -> str:
    """A message as JSON; '' where it is nested too deeply to be written."""
    try:
        return orjson.dumps(message).decode()
    except orjson.JSONEncodeError:
        return ""


def text(message: Message, name: str) -> str:
    """A text that is not empty.

    Raises:
        FieldError: it is absent, empty or no text.
    """
    value = message.get(name)
    if isinstance(value, str) and value:
        return value
    raise FieldError("missing_field" if value is None or value == "" else "not_text")


def number(message: Message, name: str) -> float:
    """A number, or a text that spells one.

    Raises:
        FieldError: it is absent or no number.
    """
    value = message.get(name)
    if value is not True and value is not False:  # which float() takes for 1 and 0
        try:
            return float(value)  # type: ignore[arg-type]  # what is none is told here
        except (TypeError, ValueError):
            pass
    raise FieldError("missing_field" if value is None or value == "" else "not_a_number")


def whole(message: Message, name: str) -> int:
    """A whole number from 0 on that fits 63 bits.

    Raises:
        FieldError: it is absent or none.
    """
    value = message.get(name)
    if type(value) is int and 0 <= value <= WHOLE_LIMIT:
        return value
    raise FieldError("missing_field" if value is None else "not_a_number")


def epoch_micros(message: Message, name: str) -> int:
    """A time in whole milliseconds or microseconds since the epoch, in microseconds.

    No market time can be taken for the other unit: see ``MILLIS_LIMIT``.

    Raises:
        FieldError: it is absent or none.
    """
    value = message.get(name)
    if type(value) is int and 0 <= value <= WHOLE_LIMIT:
        return value * 1_000 if value < MILLIS_LIMIT else value
    raise FieldError("missing_field" if value is None else "bad_timestamp")


def iso_micros(message: Message, name: str) -> int:
    """A time as RFC 3339 writes it, with a zone, in microseconds UTC; nanoseconds are cut off.

    Raises:
        FieldError: it is absent or none.
    """
    try:
        moment = datetime.fromisoformat(text(message, name))
    except FieldError:
        raise
    except ValueError:
        raise FieldError("bad_timestamp") from None
    if moment.tzinfo is None:
        raise FieldError("bad_timestamp")
    return (moment - _EPOCH) // _MICROSECOND
