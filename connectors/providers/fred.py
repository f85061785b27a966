"""FRED, the economic series of the Federal Reserve Bank of St. Louis.

Values are texts, ``.`` is a missing one, and a value is that of its vintage: what was published
from ``realtime_start`` on. Asked without one, FRED says today's vintage.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from connectors.providers.adapter import Adapter
from connectors.providers.observations import MacroPoint, Observation
from connectors.providers.reading import day, number, one_line, today
from connectors.providers.spec import (
    Auth,
    Capability,
    Context,
    ProviderError,
    ProviderSpec,
    Request,
    UnknownSymbol,
)

_YEARS = timedelta(days=2 * 365)


class Fred(Adapter):
    """FRED's observations."""

    spec = ProviderSpec(
        name="fred",
        base_url="https://api.stlouisfed.org/fred",
        capabilities=("macro",),
        auth=Auth("query", "api_key"),
        rates=((120, 60.0),),
        needs_key=True,
        key_form="[a-z0-9]{32}",
        key_hint="it has 32 lower-case letters and digits; get a free one at fred.stlouisfed.org",
    )
    limit_wait = 60.0

    def requests(self, capability: Capability, symbols: Sequence[str]) -> Iterable[Request]:
        """The last two years of each series."""
        start = str(today(self.clock()) - _YEARS)
        for series in symbols:
            params = {"series_id": series, "file_type": "json", "observation_start": start}
            yield Request("/series/observations", params, (series,))

    def refusal(
        self, document: Any, status: int, after: float | None, context: Context
    ) -> ProviderError | None:
        """400 is said of a wrong key and of a series that does not exist."""
        said = one_line(document.get("error_message", ""))
        if "series does not exist" in said:
            return UnknownSymbol(f"{context.symbol}: {said}")
        return None


def _points(document: Any, context: Context) -> list[Observation]:
    return [
        MacroPoint(
            symbol=context.symbol,
            ts_event=day(point["date"]),
            value=None if point["value"] == "." else number(point["value"]),
            ts_known=day(point["realtime_start"]),
        )
        for point in document["observations"]
    ]


Fred.readers = {"macro": _points}
