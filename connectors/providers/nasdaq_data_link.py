"""Nasdaq Data Link, once Quandl: time series (``FRED/GDP``) and tables (``SHARADAR/SF1:AAPL``).

Most data sets cost money (QEPx04); WIKI prices ended in 2018.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from connectors.providers.adapter import Adapter
from connectors.providers.observations import Fundamental, MacroPoint, Observation
from connectors.providers.reading import day, load, number, one_line, today
from connectors.providers.spec import (
    Auth,
    Capability,
    Context,
    Fatal,
    ProviderError,
    ProviderSpec,
    Request,
    Retryable,
    UnknownSymbol,
)

_YEARS: Final = timedelta(days=2 * 365)
_AN_HOUR: Final = 3_600.0


class NasdaqDataLink(Adapter):
    """Nasdaq Data Link's two APIs: data sets are macro series, tables are figures of companies."""

    spec = ProviderSpec(
        name="nasdaq_data_link",
        base_url="https://data.nasdaq.com/api/v3",
        capabilities=("macro", "fundamentals"),
        auth=Auth("query", "api_key"),
        rates=((300, 10.0), (2_000, 600.0), (50_000, 86_400.0)),
        keyless_rates=((20, 600.0), (50, 86_400.0)),
    )

    def requests(self, capability: Capability, symbols: Sequence[str]) -> Iterable[Request]:
        """One request per data set, or per company of a table."""
        start, wrong = str(today(self.clock()) - _YEARS), []
        for symbol in symbols:
            code, _, ticker = symbol.partition(":")
            if "/" not in code or (capability == "fundamentals") != bool(ticker):
                wrong.append(symbol)
            elif ticker:
                yield Request(f"/datatables/{quote(code)}.json", {"ticker": ticker}, (symbol,))
            else:
                path = f"/datasets/{quote(code)}/data.json"
                yield Request(path, {"start_date": start, "order": "asc"}, (symbol,))
        if wrong:
            raise UnknownSymbol(
                f"{', '.join(wrong)}: no data set (macro: DATABASE/DATASET, "
                "fundamentals: DATABASE/TABLE:TICKER)"
            )

    def follow(self, capability: Capability, body: bytes, context: Context) -> Iterable[Request]:
        """The next page of a table."""
        cursor = load(body).get("meta", {}).get("next_cursor_id")
        if cursor:
            params = {**context.request.params, "qopts.cursor_id": cursor}
            yield Request(context.request.path, params, context.request.symbols)

    def refusal(
        self, document: Any, status: int, after: float | None, context: Context
    ) -> ProviderError | None:
        """``quandl_error``: the third letter of its code tells what it is about."""
        error = document.get("quandl_error")
        if not error:
            return None
        said = one_line(f"{error['code']}: {error['message']}")
        match error["code"][2:3]:
            case "L":  # limits; that of the day is told like that of a minute
                return Retryable(said, after or _AN_HOUR)
            case "C":
                return UnknownSymbol(f"{context.symbol}: {said}")
            case "M":  # maintenance
                return Retryable(said, after)
        return Fatal(said)


def _series(document: Any, context: Context) -> list[Observation]:
    """A point per date and column; several columns are told apart by name."""
    table = document["dataset_data"]
    _, *names = table["column_names"]
    series = [f"{context.symbol}:{name}" if len(names) > 1 else context.symbol for name in names]
    return [
        MacroPoint(symbol, day(date), None if value is None else number(value))
        for date, *values in table["data"]
        for symbol, value in zip(series, values, strict=True)
    ]


def _table(document: Any, context: Context) -> list[Observation]:
    """A figure per row and numeric column, of the first date in its row."""
    table = document["datatable"]
    columns = [(column["name"], column["type"].partition("(")[0]) for column in table["columns"]]
    dates = [at for at, (_, kind) in enumerate(columns) if kind == "Date"]
    return [
        Fundamental(
            symbol=context.symbol,
            ts_event=day(row[dates[0]]),
            metric=name,
            value=number(value),
            period_end=row[dates[0]],
        )
        for row in table["data"]
        for (name, kind), value in zip(columns, row, strict=True)
        if kind not in ("Date", "String") and value is not None
    ]


NasdaqDataLink.readers = {"macro": _series, "fundamentals": _table}
