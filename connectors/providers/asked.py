"""What one provider said, symbol by symbol: answered, not known there, or failed at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.providers.ab import is_price
from connectors.providers.observations import Observation, Quote
from connectors.providers.spec import CallRecord


@dataclass(frozen=True)
class Asked:
    """What came of asking one provider.

    Attributes:
        found: observations by symbol.
        denied: symbols that it does not know. What is in neither, it failed at.
    """

    found: Mapping[str, Sequence[Observation]]
    denied: frozenset[str] = frozenset()


def sorted_out(
    symbols: Sequence[str], observations: Sequence[Observation], records: Sequence[CallRecord]
) -> Asked:
    """Sort what came by symbol.

    A quote whose price is none (NaN, 0) is no answer: then the provider failed at the symbol.

    Args:
        symbols: that were asked about.
        observations: that came.
        records: of the calls; the last one about a symbol says how that ended.
    """
    found: dict[str, list[Observation]] = {symbol: [] for symbol in symbols}
    for one in observations:
        if one.symbol in found and (not isinstance(one, Quote) or is_price(one.price)):
            found[one.symbol].append(one)
    last = {symbol: record.outcome for record in records for symbol in record.symbols}
    silent = found.keys() - {one.symbol for one in observations}
    return Asked(
        {symbol: some for symbol, some in found.items() if some},
        frozenset(one for one in silent if last.get(one) in ("ok", "unknown_symbol")),
    )
