"""A file of holdings -> one document per portfolio.

A wrong line costs that line alone: the other holdings of its portfolio stay.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import orjson

from connectors.sources.parse import Parsed, read_rows
from connectors.sources.rejects import Reject
from connectors.sources.source import FileSource

_CHUNK_BYTES: Final = 1 << 22
_FULL: Final = 1.0 + 1e-9  # targets are decimal fractions: 0.1 + 0.2 + 0.7 is a hair above 1


@dataclass(frozen=True)
class HoldingDocument:
    """All that one portfolio owns, as a row of the ``Holding`` table.

    Attributes:
        document: JSON list, sorted by symbol, of symbol, quantity, avg_cost, currency and
            target_weight; null where the file says nothing.
    """

    portfolio_id: str
    revision: int
    ts_event: int
    document: bytes


@dataclass(frozen=True)
class ParsedHoldings:
    """What a file of holdings gives; documents are sorted by portfolio."""

    documents: list[HoldingDocument]
    rejects: list[Reject]


def parse_holdings(source: FileSource, *, revision: int = 0, ts_event: int = 0) -> ParsedHoldings:
    """Read a file of holdings.

    Of two lines for the same portfolio and symbol the first counts. A target weight outside 0 to 1
    is dropped, and so are all of a portfolio whose targets add up to more than 1; both are told.

    Args:
        source: a file of kind ``holdings``.
        revision: of the documents.
        ts_event: from when they count, microseconds UTC; 0: always.

    Raises:
        SourceError: the file has become unreadable.
    """
    file = _HoldingsFile(source.name)
    if source.empty:
        file.refuse(0, "empty_file", "")
    for parsed in read_rows(source, _CHUNK_BYTES):
        file.add(parsed)
    file.drop_targets_above_full()
    documents = [
        HoldingDocument(portfolio, revision, ts_event, _document(lines))
        for portfolio, lines in sorted(file.portfolios.items())
    ]
    return ParsedHoldings(documents, sorted(file.rejects, key=lambda reject: reject.position))


@dataclass
class _Line:
    """One holding and where it stands."""

    position: int
    text: str
    content: dict[str, object]
    target_weight: float | None


@dataclass
class _HoldingsFile:
    """The holdings of a file by portfolio and symbol."""

    name: str
    portfolios: dict[str, dict[str, _Line]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)

    def refuse(self, position: int, reason: str, text: str) -> None:
        """Refuse a line, or what it says of a target."""
        self.rejects.append(Reject(self.name, position, reason, text))

    def add(self, parsed: Parsed) -> None:
        """Take the lines of a chunk."""
        for refusal in parsed.refusals:
            self.refuse(refusal.position, refusal.reason, refusal.raw)
        for portfolio, line in _lines(parsed):
            symbol = str(line.content["symbol"])
            held = self.portfolios.setdefault(portfolio, {})
            if symbol in held:
                self.refuse(line.position, "duplicate_holding", line.text)
                continue
            held[symbol] = line
            if line.target_weight is not None and not 0.0 <= line.target_weight <= 1.0:
                self.refuse(line.position, "target_weight_out_of_range", line.text)
                line.target_weight = None

    def drop_targets_above_full(self) -> None:
        """Drop the targets of portfolios that want more than they have."""
        for held in self.portfolios.values():
            targets = [line for line in held.values() if line.target_weight]
            if sum(line.target_weight or 0.0 for line in targets) > _FULL:
                first = min(targets, key=lambda line: line.position)
                self.refuse(first.position, "target_weight_over_100", first.text)
                for line in held.values():
                    line.target_weight = None


def _lines(parsed: Parsed) -> Iterator[tuple[str, _Line]]:
    for row in parsed.rows.iter_rows(named=True):
        content = {name: row.get(name) for name in ("symbol", "quantity", "avg_cost")}
        content["currency"] = row.get("currency") or None
        text = parsed.text_of(row["line"])
        yield row["portfolio_id"], _Line(row["line"], text, content, row.get("target_weight"))


def _document(held: dict[str, _Line]) -> bytes:
    lines = [held[symbol] for symbol in sorted(held)]
    return orjson.dumps([line.content | {"target_weight": line.target_weight} for line in lines])
