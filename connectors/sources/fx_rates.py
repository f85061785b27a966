"""A file of exchange rates -> rates by pair and time."""

from dataclasses import dataclass

from connectors.sources.rejects import Reject
from connectors.sources.small_file import SmallFile
from connectors.sources.source import FileSource


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
    file = SmallFile(source)
    for row in file.rows():
        currency, base = row["currency"].strip().upper(), row["base"].strip().upper()
        if currency == base:
            file.refuse(row["line"], "same_currency")
            continue
        key = (currency, base, row["ts_event"])
        rows[key] = FxRow(*key, row["rate"])
    return ParsedRates([rows[key] for key in sorted(rows)], file.rejects)
