"""A file of exchange rates -> rates by pair and time."""

from dataclasses import dataclass
from typing import Final

from connectors.sources.parse import read_rows
from connectors.sources.rejects import Reject
from connectors.sources.source import FileSource

_CHUNK_BYTES: Final = 1 << 22


@dataclass(frozen=True)
class FxRow:
    """A row of the ``FxRate`` table."""

    currency: str
    base: str
    ts_event: int
    rate: float


@dataclass(frozen=True)
class ParsedRates:
    """What a file of rates gives; rows are sorted by pair and time."""

    rows: list[FxRow]
    rejects: list[Reject]


def parse_fx_rates(source: FileSource) -> ParsedRates:
    """Read exchange rates; of several rates of a pair at one time the last counts.

    Args:
        source: a file of kind ``fx``: one unit of ``currency`` is worth ``rate`` units of ``base``
            from ``ts_event`` on.

    Raises:
        SourceError: the file has become unreadable.
    """
    rows: dict[tuple[str, str, int], FxRow] = {}
    rejects: list[Reject] = []
    if source.empty:
        rejects.append(Reject(source.name, 0, "empty_file", ""))
    for parsed in read_rows(source, _CHUNK_BYTES):
        rejects += [Reject(source.name, r.position, r.reason, r.raw) for r in parsed.refusals]
        for row in parsed.rows.iter_rows(named=True):
            currency, base = row["currency"].strip().upper(), row["base"].strip().upper()
            if currency == base:
                text = parsed.text_of(row["line"])
                rejects.append(Reject(source.name, row["line"], "same_currency", text))
                continue
            key = (currency, base, row["ts_event"])
            rows[key] = FxRow(*key, row["rate"])
    return ParsedRates([rows[key] for key in sorted(rows)], rejects)
