"""Rows as they were read -> the rows that are in order, and why the others are refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from connectors.sources.rules import broken_rules, of_interval, typed
from connectors.sources.source import FileSource


@dataclass(frozen=True)
class Refusal:
    """A row that is refused: its place in the file, why, and its text."""

    position: int
    reason: str
    raw: str


@dataclass(frozen=True)
class Judged:
    """What became of some rows.

    Attributes:
        rows: ``line`` and the fields of the source's kind, typed, in the order of the file.
        refusals: in the order of the file.
        skipped: bars of another interval.
    """

    rows: pl.DataFrame
    refusals: Sequence[Refusal]
    skipped: int


def accept_all(raw: pl.DataFrame, source: FileSource) -> Judged | None:
    """Type all rows at once; None, or ``PolarsError``, when one has to be looked at with care.

    Args:
        raw: ``line`` and the fields as ``readers`` gave them.
        source: where they come from.
    """
    rows = _own_interval(typed(raw, source, fast=True), source)
    symbol = pl.col("symbol").str
    rules = [rule.any() for rule in broken_rules(source, raw.schema).values()]
    unsure = pl.any_horizontal(
        *rules,
        # A value that was there and is null now: text that another way of reading may understand.
        *(pl.col(name).null_count() > pl.col(f"raw.{name}").null_count() for name in source.fields),
        (symbol.starts_with(" ") | symbol.ends_with(" ")).any(),
    )
    good, doubt = pl.collect_all([rows.select("line", *source.fields), rows.select(unsure)])
    if doubt.item():
        return None
    return Judged(good, (), raw.height - good.height)


def judge(raw: pl.DataFrame, source: FileSource, text_of: Callable[[int], str]) -> Judged:
    """Type row by row and say of each refused one which rule it breaks first.

    Args:
        raw: ``line`` and the fields, as text or as a typed file holds them.
        source: where they come from.
        text_of: the text of the row of a line.
    """
    rules = broken_rules(source, raw.schema)
    reason = pl.coalesce(
        *(pl.when(broken).then(pl.lit(code)) for code, broken in rules.items()),
        pl.lit(None, dtype=pl.String),
    )
    rows = _own_interval(typed(raw, source, fast=False), source)
    told = rows.select("line", *source.fields, reason=reason).collect()
    good, bad = told.filter(pl.col("reason").is_null()), told.filter(pl.col("reason").is_not_null())
    refusals = [
        Refusal(line, code, text_of(line)) for line, code in bad.select("line", "reason").rows()
    ]
    return Judged(_same_ids(good.drop("reason"), source), refusals, raw.height - told.height)


def _same_ids(rows: pl.DataFrame, source: FileSource) -> pl.DataFrame:
    """Ids that spell numbers as numbers, where the fast way reads them so."""
    if "trade_id" not in source.fields or source.fields["trade_id"].type != pl.Int64:
        return rows
    try:
        return rows.with_columns(pl.col("trade_id").cast(pl.Int64))
    except pl.exceptions.PolarsError:
        return rows


def _own_interval(rows: pl.LazyFrame, source: FileSource) -> pl.LazyFrame:
    own = of_interval(source)
    return rows if own is None else rows.filter(own)
