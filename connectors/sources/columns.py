"""Which column of a file holds which field: the user's ``--map`` first, then names people use."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from connectors.sources.errors import SourceError

Kind = Literal[
    "trades", "bars", "snapshots", "holdings", "instruments", "fx", "transactions", "actions"
]
Unit = Literal["s", "ms", "us", "ns", "iso", "date"]
FieldType = Literal["text", "number", "time", "id"]


@dataclass(frozen=True)
class Mapped:
    """A column of the file, and for a time its unit; None: to be told from the values."""

    column: str
    unit: Unit | None = None


@dataclass(frozen=True)
class Field:
    """A field that a kind of file may carry.

    Attributes:
        required: the file must have a column for it.
        blank: a row may leave it empty all the same.
        synonyms: other column names it is known by, lower case, best first; ``name:unit`` where the
            name implies the unit. A field's own name always comes before its synonyms.
    """

    name: str
    type: FieldType
    required: bool = True
    synonyms: tuple[str, ...] = ()
    blank: bool = False


_SYMBOL = Field("symbol", "text", synonyms=("ticker", "sym"))
_TIMES = ("ts", "timestamp", "datetime", "time", "ts_utc:iso", "event_time:us", "date:date")
_QUANTITIES = ("qty", "quantity")


def _price(name: str, *synonyms: str) -> Field:
    return Field(name, "number", synonyms=synonyms)


def _optional(name: str, kind: FieldType, *synonyms: str) -> Field:
    return Field(name, kind, required=False, synonyms=synonyms)


FIELDS: Mapping[Kind, tuple[Field, ...]] = {
    "trades": (
        _SYMBOL,
        Field("ts_event", "time", synonyms=_TIMES),
        _price("price", "last", "last_price", "ltp"),
        Field("size", "number", synonyms=(*_QUANTITIES, "volume")),
        _optional("trade_id", "id", "tradeid"),
        _optional("venue", "text", "exchange"),
    ),
    "bars": (
        _SYMBOL,
        Field("ts_event", "time", synonyms=("bar_start:us", *_TIMES)),
        _price("open", "o"),
        _price("high", "h"),
        _price("low", "l"),
        _price("close", "c"),
        Field("volume", "number", synonyms=("vol", "v", "size", *_QUANTITIES)),
        _optional("interval", "text"),
        _optional("turnover", "number"),
        _optional("vwap", "number"),
        _optional("trade_count", "number"),
        _optional("diff", "number"),
        _optional("diff_time", "number", "time"),
    ),
    "snapshots": (
        _SYMBOL,
        Field("ts_event", "time", required=False, synonyms=_TIMES),
        _price("price", "last", "last_price", "ltp", "close"),
        _optional("name", "text", "company", "company_name"),
        _optional("sector", "text", "industry"),
        _optional("change_1d_pct", "number"),
        _optional("change_7d_pct", "number"),
        _optional("volatility", "number"),
        _optional("market_cap_cr", "number"),
    ),
    "holdings": (
        Field("portfolio_id", "text", synonyms=("portfolio",)),
        _SYMBOL,
        Field("quantity", "number", synonyms=("qty", "shares", "units", "size")),
        _optional("avg_cost", "number", "average_cost", "avg_price", "average_price"),
        _optional("currency", "text"),
        _optional("target_weight", "number"),
    ),
    "instruments": (
        _SYMBOL,
        _optional("name", "text", "company_name", "company", "security"),
        Field("sector", "text", synonyms=("gics_sector", "industry"), blank=True),
        _optional("currency", "text"),
        _optional("asset_class", "text"),
        _optional("market_cap", "number"),
        _optional("lot_size", "number"),
        _optional("exchange", "text"),
    ),
    "fx": (
        Field("currency", "text", synonyms=("from", "quote_currency")),
        Field("base", "text", synonyms=("to", "base_currency")),
        Field("ts_event", "time", synonyms=_TIMES),
        _price("rate", "fx_rate", "close"),
    ),
    "transactions": (
        Field("portfolio_id", "text", synonyms=("portfolio",)),
        Field("ts_event", "time", synonyms=_TIMES),
        Field("kind", "text", synonyms=("type", "side")),
        _optional("symbol", "text", "ticker", "sym"),
        _optional("quantity", "number", "qty", "shares", "units"),
        _optional("price", "number"),
        _optional("amount", "number"),
        _optional("fee", "number", "fees", "commission"),
        _optional("currency", "text"),
    ),
    "actions": (
        _SYMBOL,
        Field("ts_event", "time", synonyms=("ex_date", "ex", "effective_date", *_TIMES)),
        _optional("ratio", "text", "split_ratio"),
        _optional("new", "number"),
        _optional("old", "number"),
        _optional("kind", "text", "type", "action"),
        _optional("diff", "number"),
    ),
}


def parse_mapping(text: str) -> tuple[str, Mapped]:
    """Read one ``FIELD=COLUMN[:UNIT]``, e.g. ``ts_event=trade_ms:ms``.

    A colon that is not followed by a known unit belongs to the column's name.

    Raises:
        SourceError: the text has another shape, or the field is known to no kind of file.
    """
    field, equals, column = (part.strip() for part in text.partition("="))
    if not (field and equals and column):
        raise SourceError(f"--map {text!r} is not FIELD=COLUMN[:UNIT], as in ts_event=trade_ms:ms")
    known = {spec.name: spec for fields in FIELDS.values() for spec in fields}
    if field not in known:
        raise SourceError(
            f"--map {text!r}: no field `{field}` (fields: {', '.join(sorted(known))})"
        )
    name, colon, unit = column.rpartition(":")
    if not colon or unit not in get_args(Unit):
        return field, Mapped(column)
    if known[field].type != "time":
        raise SourceError(f"--map {text!r}: `{field}` is not a time, so it has no unit")
    return field, Mapped(name, _unit(unit))


def resolve_columns(
    file: str, kind: Kind, columns: Sequence[str], mapping: Mapping[str, Mapped]
) -> dict[str, Mapped]:
    """Find the column of every field of ``kind``; optional fields that are not there are left out.

    One mapping serves all files of a command: entries for fields of other kinds are ignored, and so
    is an entry whose column this file lacks when the field is found by name or is optional
    (``check_mapping_used`` tells typing errors).

    Raises:
        SourceError: a needed field has no column, or a column that is used has a namesake.
    """
    by_name = {_plain(name): name for name in reversed(columns)}
    found: dict[str, Mapped] = {}
    for field in FIELDS[kind]:
        wanted = mapping.get(field.name)
        if wanted is not None and wanted.column in columns:
            found[field.name] = wanted
        elif (known := _by_name(field, by_name)) is not None:
            found[field.name] = known
        elif field.required:
            raise SourceError(_absent(file, field.name, wanted, columns))
    twice = next((at.column for at in found.values() if columns.count(at.column) > 1), None)
    if twice is not None:
        raise SourceError(f"{file} has several columns called `{twice}`; rename all but one")
    if "diff_time" in found and ("diff" not in found or found["diff_time"] == found["ts_event"]):
        del found["diff_time"]  # `time` is the time of a change in a change log, and only there
    return found


def check_mapping_used(
    mapping: Iterable[tuple[str, Mapped]], found: Iterable[Mapping[str, Mapped]]
) -> None:
    """Refuse a mapping that no file of the command has used: most likely a typing error.

    Raises:
        SourceError: names the first such entry.
    """
    layouts = list(found)
    for field, wanted in mapping:
        if not any(layout.get(field) == wanted for layout in layouts):
            raise SourceError(
                f"--map {field}={wanted.column}: no file has a column `{wanted.column}`"
            )


def _by_name(field: Field, by_name: Mapping[str, str]) -> Mapped | None:
    for known in (field.name, *field.synonyms):
        name, _, unit = known.partition(":")
        if name in by_name:
            return Mapped(by_name[name], _unit(unit) if unit else None)
    return None


def _absent(file: str, field: str, wanted: Mapped | None, columns: Sequence[str]) -> str:
    there = f"(columns: {', '.join(columns) or 'none'})"
    if wanted is not None:
        return f"{file} has no column `{wanted.column}`, named for `{field}` {there}"
    return f"{file} has no column for `{field}` {there}; name it with --map {field}=COLUMN"


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _unit(text: str) -> Unit:
    units: dict[str, Unit] = {unit: unit for unit in get_args(Unit)}
    return units[text]
