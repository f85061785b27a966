"""Changes of a table as JSON messages, the same for every system that takes messages."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import orjson
import pathway as pw

_OPTIONS: Final = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_PASSTHROUGH_DATACLASS  # such as pw.Json


class ChangeLine(NamedTuple):
    """One change: its key, and the row with Pathway's ``diff`` (+1 or -1) and ``time``."""

    key: bytes
    value: bytes


def change_line(row: Mapping[str, Any], key: str, *, time: int, is_addition: bool) -> ChangeLine:
    """A change as a message; null where a value is missing or no number.

    Args:
        row: plain values, JSON and arrays.
        key: name of the column that holds the key of the message.
        time: of the minibatch.
        is_addition: whether the row comes or goes.
    """
    change = {**row, "diff": 1 if is_addition else -1, "time": time}
    value = orjson.dumps(change, default=_plain, option=_OPTIONS)
    return ChangeLine(str(row[key]).encode("utf-8", "backslashreplace"), value)


def _plain(value: object) -> object:
    return value.value if isinstance(value, pw.Json) else str(value)
