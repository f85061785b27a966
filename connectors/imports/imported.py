"""What a broker's file gives: holdings, transactions, and what there is to say of its lines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

Kind = Literal[
    "buy", "sell", "dividend", "interest", "fee", "tax", "deposit", "withdrawal", "split"
]
KINDS: tuple[Kind, ...] = get_args(Kind)


class ImportRefused(Exception):
    """The file as a whole cannot be read; one line says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one line that its owner should know.

    Attributes:
        line: 1-based place in the file: of a CSV file its line, of JSON the element, of XML the
            line of the element; 0: the file as a whole.
        kind: a code: unknown_symbol, split_lots, unreadable_number, zero_quantity ...
        symbol: as it is known here; '' when the line names none.
        message: one sentence.
        text: of the line where it was left out, at most 500 characters.
        left_out: the line does not count. Otherwise it does, and this says how.
    """

    line: int
    kind: str
    symbol: str
    message: str
    text: str = ""
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class ImportedHolding:
    """One owned symbol. ``lines``: where it stands; several when it was in several lots.

    Attributes:
        quantity: units, negative when short, never 0.
        avg_cost: price paid per unit, without fees; None when it is not known.
        currency: '' when the file does not say. isin: '' likewise.
    """

    symbol: str
    quantity: float
    avg_cost: float | None
    currency: str
    name: str
    isin: str
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ImportedTransaction:
    """One thing that happened on the account.

    Attributes:
        ts_event: microseconds UTC; a date without a time is its midnight UTC.
        symbol: '' when it concerns the account as a whole.
        quantity: units, positive; of a split, units afterwards for one unit before.
        price: per unit. amount: without the fee; None for quantity x price. fee: positive.
    """

    line: int
    ts_event: int
    kind: Kind
    symbol: str
    quantity: float | None
    price: float | None
    amount: float | None
    fee: float | None
    currency: str


@dataclass(frozen=True)
class Imported:
    """A file that was read. Every one of ``lines`` is a holding, a transaction or has a finding.

    Attributes:
        format: its name. holdings: sorted by symbol.
        transactions: in the order of the file. findings: by line.
        lines: places of the records of the file, header and blank lines not counted.
        from_trades: the holdings are the sum of the transactions; the file states none.
    """

    format: str
    holdings: tuple[ImportedHolding, ...]
    transactions: tuple[ImportedTransaction, ...]
    findings: tuple[Finding, ...]
    lines: tuple[int, ...]
    from_trades: bool = False

    @property
    def unaccounted(self) -> tuple[int, ...]:
        """Lines that came to nothing and were not told: there are none."""
        told = {line for holding in self.holdings for line in holding.lines}
        told |= {transaction.line for transaction in self.transactions}
        told |= {finding.line for finding in self.findings}
        return tuple(line for line in self.lines if line not in told)


@dataclass(frozen=True)
class KnownInstruments:
    """What symbols are called here.

    Attributes:
        symbols: that have prices or facts; empty: nothing is known, so nothing is unknown.
        by_isin: symbol of an ISIN.
    """

    symbols: frozenset[str] = frozenset()
    by_isin: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
