"""A file while it is being read: exact numbers, one entry per line or per part of a line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from connectors.imports.imported import Finding, Kind
from connectors.imports.moments import moment
from connectors.imports.numerals import Style, number

TEXT_KEPT = 500


class BadLine(Exception):
    """A line that cannot count: ``kind`` is its code, the message says why."""

    def __init__(self, kind: str, message: str, symbol: str = "") -> None:
        super().__init__(message)
        self.kind, self.symbol = kind, symbol


@dataclass(frozen=True, slots=True)
class Lot:
    """Units of one symbol as one line states them."""

    line: int
    symbol: str
    quantity: Decimal
    avg_cost: Decimal | None = None
    currency: str = ""
    name: str = ""
    isin: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A transaction as one line states it. ``key``: what makes it one and the same; '' unknown.

    Attributes:
        quantity: positive; of a split, units afterwards for one before. added: units that a split
            added, where its line says that instead.
    """

    line: int
    ts_event: int
    kind: Kind
    symbol: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None
    amount: Decimal | None = None
    fee: Decimal | None = None
    currency: str = ""
    name: str = ""
    isin: str = ""
    key: str = ""
    added: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a file by names of its columns, lower case, letters and digits only.

    Attributes:
        line: where it stands. text: as it stands there. style: how its numbers are written.
    """

    line: int
    cells: Mapping[str, str]
    text: str
    style: Style = "point"

    def get(self, *names: str) -> str:
        """The first of these cells that is not empty; '' when all are."""
        return next((self.cells[name] for name in names if self.cells.get(name)), "")

    def need(self, *names: str) -> str:
        """As ``get``.

        Raises:
            BadLine: all are empty.
        """
        found = self.get(*names)
        if not found:
            raise BadLine("missing_field", f"there is no {names[0]}")
        return found

    def number(self, *names: str) -> Decimal | None:
        """The first of these cells that is not empty, as a number; None when all are.

        Raises:
            BadLine: it is no number.
        """
        found = self.get(*names)
        if not found:
            return None
        try:
            return number(found, self.style)
        except ValueError as error:
            raise BadLine("unreadable_number", f"{names[0]}: {error}") from None

    def need_number(self, *names: str) -> Decimal:
        """As ``number``.

        Raises:
            BadLine: all are empty, or it is no number.
        """
        self.need(*names)
        found = self.number(*names)
        assert found is not None, "the cell is not empty"
        return found

    def moment(self, *names: str, zone: str = "UTC") -> int:
        """The first of these cells that is not empty, in microseconds UTC.

        Raises:
            BadLine: all are empty, or it is no date.
        """
        found = self.need(*names)
        try:
            return moment(found, zone)
        except ValueError as error:
            raise BadLine("unreadable_date", f"{names[0]}: {error}") from None


@dataclass
class Draft:
    """What has been read so far."""

    lots: list[Lot] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)

    @property
    def lines(self) -> tuple[int, ...]:
        """Places of the records, in order."""
        return tuple(sorted(self.texts))

    def see(self, record: Record) -> None:
        """Note that there is such a line: something must come of it."""
        self.texts.setdefault(record.line, record.text[:TEXT_KEPT])

    def drop(self, line: int, kind: str, message: str, symbol: str = "") -> None:
        """Say why a line does not count."""
        text = self.texts.get(line, "")
        self.findings.append(Finding(line, kind, symbol, message, text, left_out=True))

    def note(self, line: int, kind: str, message: str, symbol: str = "") -> None:
        """Say something about a line that counts; line 0: about the file."""
        self.findings.append(Finding(line, kind, symbol, message))
