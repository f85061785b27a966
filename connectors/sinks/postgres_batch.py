"""Changes on their way to Postgres: of each key the last row, of a log every row."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Key = tuple[Any, ...]
Cells = tuple[Any, ...]


@dataclass
class Batch:
    """What one or more minibatches change, merged.

    Attributes:
        rows: table -> key -> the row in the order of the columns; None: it is gone.
        appended: append-only table -> rows without their ``seq``, in order.
    """

    rows: dict[str, dict[Key, Cells | None]] = field(default_factory=dict)
    appended: dict[str, list[Cells]] = field(default_factory=dict)

    def __len__(self) -> int:
        """How many rows it changes."""
        return sum(map(len, self.rows.values())) + sum(map(len, self.appended.values()))

    def put(self, table: str, key: Key, row: Cells | None) -> None:
        """Change the row of ``key``; what was put before is forgotten."""
        self.rows.setdefault(table, {})[key] = row

    def append(self, table: str, row: Cells) -> None:
        """Add a row to a log."""
        self.appended.setdefault(table, []).append(row)

    def merge(self, later: "Batch") -> None:
        """Take over what ``later`` changes."""
        for table, rows in later.rows.items():
            self.rows.setdefault(table, {}).update(rows)
        for table, added in later.appended.items():
            self.appended.setdefault(table, []).extend(added)

    def cleaned(self) -> "Batch":
        """The same with U+FFFD for each zero character, which no text in Postgres may hold."""
        return Batch(
            {
                table: {_clean(key): _clean(row) for key, row in rows.items()}
                for table, rows in self.rows.items()
            },
            {table: [_clean(row) for row in rows] for table, rows in self.appended.items()},
        )


@dataclass(frozen=True)
class Checkpoint:
    """States of the engine's parts as of a minibatch; ``number`` grows."""

    number: int
    payloads: Mapping[str, bytes]

    def pieces(self, size: int) -> Iterator[tuple[str, int, bytes]]:
        """(part, place, bytes): payloads cut into pieces of at most ``size`` bytes."""
        for part, state in self.payloads.items():
            for place, start in enumerate(range(0, max(len(state), 1), size)):
                yield part, place, state[start : start + size]


def _clean(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\x00", "�")
        case tuple():
            return tuple(map(_clean, value))
        case list():
            return [_clean(item) for item in value]
        case dict():
            return {_clean(key): _clean(item) for key, item in value.items()}
    return value
