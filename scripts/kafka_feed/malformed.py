"""Messages that no reader should accept, mixed into good ones: the same for the same seed."""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

YEAR_2100: Final = 4_102_444_800_000_000  # microseconds
PRICE: Final = {"trades": "price", "bars": "close", "snapshots": "price"}


def _changed(**fields: object) -> Callable[[dict[str, Any], str], bytes]:
    """The message with other values; ``price`` stands for the price of its kind."""

    def change(row: dict[str, Any], price: str) -> bytes:
        return orjson.dumps(
            row | {price if key == "price" else key: value for key, value in fields.items()}
        )

    return change


def _without_price(row: dict[str, Any], price: str) -> bytes:
    return orjson.dumps({key: value for key, value in row.items() if key != price})


WAYS: Final[Mapping[str, Callable[[dict[str, Any], str], bytes | None]]] = {
    "not_json": lambda row, price: b"symbol=" + str(row["symbol"]).encode(),
    "missing_field": _without_price,
    "wrong_type": _changed(price={"amount": 1}),
    "negative_price": _changed(price=-1.5),
    "tombstone": lambda row, price: None,
    "empty": lambda row, price: b"",
    "not_utf8": lambda row, price: orjson.dumps(row).replace(b'"symbol"', b'"symbol\xff\xfe"'),
    "array": lambda row, price: orjson.dumps(list(row.values())),
    "far_future": _changed(ts_event=YEAR_2100),
    "truncated": lambda row, price: orjson.dumps(row)[:-7],
}


class Malformed:
    """Makes malformed messages out of good ones.

    Attributes:
        made: how many, by what is wrong with them.
    """

    def __init__(self, kind: str, percent: float, seed: int) -> None:
        """Make one for ``percent`` of a hundred good messages of a kind, on average."""
        self.made: Counter[str] = Counter()
        self._price, self._share = PRICE[kind], percent / 100.0
        self._random, self._ways = random.Random(seed), tuple(WAYS)

    def after(self, value: bytes) -> list[bytes | None]:
        """What to send after this good message: nothing, or one malformed message."""
        if self._random.random() >= self._share:
            return []
        way = self._random.choice(self._ways)
        self.made[way] += 1
        return [WAYS[way](orjson.loads(value), self._price)]
