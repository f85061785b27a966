"""Rows as they were read -> the rows that are in order, and why the others are refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from connectors.sources.layout import Layout
from connectors.sources.rules import RAW, Reading, broken_rules, of_interval, typed


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


class Screen:
    """Judges rows that were decoded all at once; what it cannot tell for sure it leaves."""

    def __init__(self, source: Layout) -> None:
        self._source = source
        self._own = of_interval(source)

    def sort_out(self, raw: pl.DataFrame) -> tuple[Judged, list[int]]:
        """Accept rows; name the lines of those that have to be looked at with care.

        Args:
            raw: ``line`` and the fields as ``readers`` gave them.
        """
        names = ["line", *self._source.fields]
        doubts = self._doubts(raw)
        try:
            rows = self._typed(raw, Reading.STRICT)
            any_doubt = pl.any_horizontal(doubt.any() for doubt in doubts)
            good, unsure = pl.collect_all([rows.select(names), rows.select(any_doubt)])
        except pl.exceptions.PolarsError:  # a time that is written otherwise than the first one
            unsure = None
        if unsure is not None and not unsure.item():
            return Judged(good, (), raw.height - good.height), []
        rows = self._typed(raw, Reading.FAST)
        doubt = pl.any_horizontal(doubts).fill_null(False)
        told = rows.select(*names, doubt=doubt).collect()
        sure, doubtful = told.filter(~pl.col("doubt")), told.filter("doubt")
        skipped = raw.height - told.height
        return Judged(sure.drop("doubt"), (), skipped), doubtful["line"].to_list()

    def _typed(self, raw: pl.DataFrame, reading: Reading) -> pl.LazyFrame:
        rows = typed(raw, self._source, reading)
        return rows if self._own is None else rows.filter(self._own)

    def _doubts(self, raw: pl.DataFrame) -> list[pl.Expr]:
        doubts = [
            *broken_rules(self._source, raw.schema).values(),
            # A value that was there and is null now: text that may be understood another way.
            *(
                pl.col(name).is_null() & pl.col(RAW + name).is_not_null()
                for name, dtype in raw.schema.items()
                if dtype == pl.String and name != "symbol"
            ),
        ]
        if "symbol" in raw.schema:
            symbol = pl.col("symbol").str
            doubts += [symbol.starts_with(" "), symbol.ends_with(" ")]
        return doubts


def judge(raw: pl.DataFrame, source: Layout, text_of: Callable[[int], str]) -> Judged:
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
    rows, own = typed(raw, source, Reading.CAREFUL), of_interval(source)
    rows = rows if own is None else rows.filter(own)
    told = rows.select("line", *source.fields, reason=reason).collect()
    good, bad = told.filter(pl.col("reason").is_null()), told.filter(pl.col("reason").is_not_null())
    refusals = [
        Refusal(line, code, text_of(line)) for line, code in bad.select("line", "reason").rows()
    ]
    return Judged(_same_ids(good.drop("reason"), source), refusals, raw.height - told.height)


def _same_ids(rows: pl.DataFrame, source: Layout) -> pl.DataFrame:
    """Ids that spell numbers as numbers, where the fast way reads them so."""
    if "trade_id" not in source.fields or source.fields["trade_id"].type != pl.Int64:
        return rows
    try:
        return rows.with_columns(pl.col("trade_id").cast(pl.Int64))
    except pl.exceptions.PolarsError:
        return rows
