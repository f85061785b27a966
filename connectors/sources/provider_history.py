"""History from providers over HTTP."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import time_ns

import polars as pl

from connectors.providers.observations import BarRow, Observation
from connectors.providers.spec import ProviderError
from connectors.sources.history import History, HistoryLost, HistorySpan
from connectors.sources.polled_rows import BAR

AskProviders = Callable[[Sequence[str]], tuple[Iterable[Observation], Mapping[str, str]]]
"""Gives what was observed, and why nothing is known yet of which symbols."""


class ProviderHistory:
    """Asks for bars.

    Args:
        ask: asks providers; may raise ``ProviderError``.
        span: whose days start at midnight of the market, whatever a provider says.
        name: what ``Rejected.source`` says of its bars.
    """

    def __init__(self, ask: AskProviders, span: HistorySpan, *, name: str = "backfill") -> None:
        self._ask, self._span, self._name = ask, span, name
        self._given = time_ns() // 1_000  # each bar has a number that no earlier life has used

    def __call__(self, symbols: Sequence[str]) -> History:
        """The bars of some symbols as providers tell them.

        Raises:
            HistoryLost: nobody could be asked.
        """
        try:
            observations, missing = self._ask(symbols)
        except ProviderError as error:
            raise HistoryLost(str(error)) from None
        bars = [one for one in observations if isinstance(one, BarRow)]
        columns: dict[str, Sequence[object]] = {
            name: [getattr(bar, name) for bar in bars] for name in BAR if name != "line"
        }
        columns["line"] = range(self._given, self._given + len(bars))
        self._given += len(bars)
        frame = pl.DataFrame(columns, schema=BAR)
        return History(self._span.from_midnight(frame), self._name, missing)
