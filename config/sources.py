"""The feeds of a profile: which file holds which table, and what its columns are called."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from config.durations import Duration
from config.errors import unfit, unknown_name
from config.values import Frozen, Identifier, Location

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
SUFFIXES = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".parquet")
OWN_KEYS = {"interval": "bars", "venue": "trades", "volatility_unit": "snapshots"}
NOT_YET = ("kafka", "websocket", "redis", "redis_streams", "postgres", "polled")
FILE_FEEDS_ONLY = 'give "type" and "path" of a file'


def split_column(target: str) -> tuple[str, str | None]:
    """Column and unit of the right side of a map: ``trade_ms:ms`` -> ``("trade_ms", "ms")``."""
    column, colon, unit = target.rpartition(":")
    return (column, unit) if colon and unit in TIME_UNITS else (target, None)


def _kind(value: object) -> str:
    kinds = tuple(COLUMNS)
    if isinstance(value, str) and value in kinds:
        return value
    if value in NOT_YET:
        raise unfit(f"{value} feeds are not in this version; {FILE_FEEDS_ONLY}", was="")
    raise unfit(f"must be one of {', '.join(kinds)}")


def _data_file(value: object) -> object:
    if isinstance(value, str | Path) and not str(value).endswith(SUFFIXES):
        raise unfit(f"must end in {', '.join(SUFFIXES)}")
    return value


DataFile = Annotated[Location, BeforeValidator(_data_file)]
SourceKind = Annotated[Kind, BeforeValidator(_kind)]


class Fallback(Frozen):
    """What is read when the file of the source is not there.

    Attributes:
        csv_path: the file.
        type: what it holds; default: the same as the source.
        map: its columns; default: the map of the source when it holds the same.
    """

    csv_path: DataFile
    type: SourceKind | None = None
    map: dict[str, str] | None = None


class DataSource(Frozen):
    """One feed.

    Attributes:
        type: the table it holds.
        path: the file (or ``csv_path``, the same). Absolute and there after ``load_settings``.
        interval: length of one bar of a bars file; one of ``engine.intervals``.
        map: our column -> the file's column, ``ts_event`` with a unit: ``trade_ms:ms``.
        venue: of trades whose file has no such column; trade ids are unique within a venue.
        volatility_unit: what ``volatility`` of a snapshots file means.
        check: a second source: its trades or bars (of ``advice.interval``) make no bars, their
            closes are compared.
        fallback: read instead when the file is missing; that is said, not hidden.
    """

    not_yet: ClassVar = dict.fromkeys((*NOT_YET, "topic", "url", "channel"), FILE_FEEDS_ONLY)

    type: SourceKind
    path: DataFile | None = None
    csv_path: DataFile | None = None
    interval: Duration | None = None
    map: dict[str, str] = Field(default_factory=dict)
    venue: Identifier | None = None
    volatility_unit: Literal["pct_annual", "pct_daily", "fraction_annual", "fraction_daily"] = (
        "pct_annual"
    )
    check: bool = False
    fallback: Fallback | None = None

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.path and self.csv_path:
            raise unfit("is the same as path: give one of them", key="csv_path", was="")
        if not (self.path or self.csv_path or self.fallback):
            raise unfit("is required: the file to read", key="path", was="")
        kinds = {self.type, self.fallback.type if self.fallback else None}
        for key, kind in OWN_KEYS.items():
            if key in self.model_fields_set and kind not in kinds:
                raise unfit(f"belongs to type {kind}, not to {self.type}", key=key, was="")
        if self.check and not kinds <= {"trades", "bars", None}:
            raise unfit(f"belongs to type trades or bars, not to {self.type}", key="check", was="")
        if "bars" in kinds and self.interval is None:
            raise unfit('is required: the length of a bar such as "1d"', key="interval", was="")
        _check_map(self.type, self.map, "map")
        if self.fallback and self.fallback.map:
            _check_map(self.fallback.type or self.type, self.fallback.map, "fallback.map")
        return self


def _check_map(kind: str, names: Mapping[str, str], key: str) -> None:
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
