"""The order of trades that happened in the same microsecond.

Trades of a symbol are ordered by (ts_event, order, price). ``order`` is the trade's id as a number
where it is one, else the id's text, and of a trade without an id its line; numbers sort before
text. As long as a feed has numbers only, ``order`` is Int64; from the first text on it is String,
spelled so that code points sort as they should: ``n`` becomes ``a``, its number of digits (three),
and its digits; text becomes ``b`` and the text.
"""

import polars as pl

_DIGITS = r"^[0-9]{1,18}$"
_LONG_DIGITS = r"^[0-9]{1,999}$"


def spelled(number: int) -> str:
    """A number as an order among texts."""
    return f"a{len(str(number)):03d}{number}"


def with_order(rows: pl.DataFrame, *, textual: bool) -> tuple[pl.DataFrame, bool]:
    """Add ``order``, and make ``trade_id`` null where it is empty.

    Args:
        rows: ``line`` and perhaps ``trade_id``, an Int64 or a String.
        textual: the feed has had an id that is no number.

    Returns:
        The rows, and ``textual`` from here on.
    """
    if "trade_id" not in rows.columns:
        return rows.with_columns(order=pl.col("line")), False
    rows = _tidy(rows)
    trade_id = pl.col("trade_id")
    textual = textual or rows["trade_id"].dtype == pl.String or _negative(rows["trade_id"])
    if not textual:
        return rows.with_columns(order=pl.coalesce(trade_id, "line")), False
    text = trade_id.cast(pl.String)
    digits = text.str.strip_chars_start("0")
    number = pl.when(text.str.contains(_LONG_DIGITS)).then(
        pl.when(digits == "").then(pl.lit("0")).otherwise(digits)
    )
    spelling = pl.coalesce(_spelled(number), "b" + text, _spelled(pl.col("line").cast(pl.String)))
    return rows.with_columns(order=spelling), True


def _tidy(rows: pl.DataFrame) -> pl.DataFrame:
    if rows["trade_id"].dtype != pl.String:
        return rows
    text = pl.col("trade_id").str.strip_chars()
    rows = rows.with_columns(trade_id=pl.when(text != "").then(text))
    if rows.select(pl.col("trade_id").str.contains(_DIGITS).all()).item():
        return rows.with_columns(pl.col("trade_id").cast(pl.Int64))
    return rows


def _negative(ids: pl.Series) -> bool:
    return bool((ids < 0).any())


def _spelled(digits: pl.Expr) -> pl.Expr:
    length = digits.str.len_bytes().cast(pl.String).str.zfill(3)
    return "a" + length + digits
