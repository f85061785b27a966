"""The tables that feeds hold, and how a profile says what their columns are called in a file."""

import difflib
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator

from config.errors import unfit, unknown_name

Kind = Literal[
    "trades", "bars", "snapshots", "holdings", "instruments", "fx", "transactions", "actions"
]
COLUMNS: Mapping[str, tuple[str, ...]] = {  # what the left side of a `map` may name
    "trades": ("symbol", "ts_event", "price", "size", "trade_id", "venue"),
    "bars": (
        *("symbol", "ts_event", "open", "high", "low", "close", "volume"),
        *("interval", "turnover", "vwap", "trade_count", "diff", "diff_time"),
    ),
    "snapshots": (
        *("symbol", "name", "sector", "price", "change_1d_pct", "change_7d_pct"),
        *("volatility", "market_cap_cr", "ts_event"),
    ),
    "holdings": ("portfolio_id", "symbol", "quantity", "avg_cost", "currency", "target_weight"),
    "instruments": (
        *("symbol", "name", "sector", "currency", "asset_class"),
        *("market_cap", "lot_size", "exchange"),
    ),
    "fx": ("currency", "base", "ts_event", "rate"),
    "transactions": (
        *("portfolio_id", "ts_event", "kind", "symbol"),
        *("quantity", "price", "amount", "fee", "currency"),
    ),
    "actions": ("symbol", "ts_event", "ratio", "new", "old", "kind", "diff"),
}
TIME_UNITS = ("s", "ms", "us", "ns", "iso", "date")
FEEDS = ("kafka", "websocket", "redis", "postgres", "polled", "backfill")  # keys beside `type`


def split_column(target: str) -> tuple[str, str | None]:
    """Column and unit of the right side of a map: ``trade_ms:ms`` -> ``("trade_ms", "ms")``."""
    column, colon, unit = target.rpartition(":")
    return (column, unit) if colon and unit in TIME_UNITS else (target, None)


def _kind(value: object) -> str:
    kinds = tuple(COLUMNS)
    if isinstance(value, str) and value in kinds:
        return value
    if value in FEEDS:
        text = f"is the table, such as trades; {value} is a key beside it: {value}: {{...}}"
        raise unfit(text, was=f'"{value}"')
    raise unfit(f"must be one of {', '.join(kinds)}")


SourceKind = Annotated[Kind, BeforeValidator(_kind)]


def check_map(kind: str, names: Mapping[str, str], key: str) -> None:
    """Refuse a map with a column that the table does not have, or with a unit that is none.

    Args:
        kind: the table.
        names: our column -> the file's column.
        key: where the map stands.
    """
    for field, target in names.items():
        place = f"{key}.{field}"
        if field not in COLUMNS[kind]:
            raise unfit(unknown_name(field, COLUMNS[kind], kind="column"), key=place, was="")
        column, unit = split_column(target)
        if not column:
            raise unfit("must name a column of the file", key=place, was=f'"{target}"')
        if unit and field != "ts_event":
            raise unfit("takes no unit: only ts_event has one", key=place, was=f'"{target}"')
        if field == "ts_event" and unit is None and ":" in target:
            close = difflib.get_close_matches(target.rpartition(":")[2], TIME_UNITS, n=1)
            best = f", did you mean {close[0]}?" if close else ""
            text = f"has an unknown unit{best} (known: {', '.join(TIME_UNITS)})"
            raise unfit(text, key=place, was=f'"{target}"')
