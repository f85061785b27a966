"""Times of a feed -> integer microseconds since the epoch, UTC, as Polars expressions."""

from typing import Final

import polars as pl

from connectors.sources.columns import Unit

EARLIEST: Final = 631_152_000_000_000  # 1990-01-01: older times are a unit gone wrong, not a market
LATEST: Final = 253_402_300_799_999_999  # the last microsecond of the year 9999

_PER_UNIT: Final = {"s": 1_000_000, "ms": 1_000, "us": 1}
_ZONED: Final = "%+"  # ISO 8601 with Z or an offset, T or a blank between date and time
_NAIVE: Final = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M")
_DATES: Final = ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%d-%b-%Y")


def micros(raw: pl.Expr, dtype: pl.DataType, unit: Unit) -> pl.Expr:
    """The time in ``raw`` in microseconds UTC; null where it is none.

    Text without a zone is UTC. A date is midnight UTC of that date, whatever time and zone follow
    it: a trading date names a session, not an instant. Values beyond the year 9999 become
    ``LATEST`` + 1, so that scaling cannot overflow. Fractions are rounded to the microsecond.
    """
    if dtype.is_temporal():
        return _temporal(raw, dtype)
    if unit == "date":
        return _text_date(raw.cast(pl.String))
    if unit == "iso":
        return _text_iso(raw.cast(pl.String))
    if dtype.is_integer():
        return _whole(raw.cast(pl.Int64), unit)
    if dtype.is_float():
        return _fraction(raw.cast(pl.Float64), unit)
    text = raw.str.strip_chars()
    return pl.coalesce(
        _whole(text.cast(pl.Int64, strict=False), unit),
        _fraction(text.cast(pl.Float64, strict=False), unit),
    )


def micros_like(
    raw: pl.Expr, dtype: pl.DataType, unit: Unit, sample: str, *, strict: bool
) -> pl.Expr:
    """As ``micros`` for text written like ``sample``; other text: null, or ``strict`` an error."""
    if dtype != pl.String or unit not in ("iso", "date"):
        return micros(raw, dtype, unit)
    date = unit == "date"
    for one in _DATES if date else (_ZONED, *_NAIVE):
        if pl.select(_parsed(pl.lit(sample), one, date=date)).item() is not None:
            return _parsed(raw, one, date=date, strict=strict)
    return micros(raw, dtype, unit)


def _parsed(text: pl.Expr, one_format: str, *, date: bool, strict: bool = False) -> pl.Expr:
    if date:
        return _since_epoch(text.str.to_date(one_format, strict=strict).cast(pl.Datetime("us")))
    # Times hardly repeat: looking each up among those parsed before takes longer than parsing it.
    instant = text.str.to_datetime(one_format, strict=strict, time_unit="us", cache=False)
    return _since_epoch(instant)


def _since_epoch(instant: pl.Expr) -> pl.Expr:
    return instant.dt.epoch("us")


def _text_iso(raw: pl.Expr) -> pl.Expr:
    text = raw.str.strip_chars()
    instants = [_parsed(text, one, date=False) for one in (_ZONED, *_NAIVE)]
    return pl.coalesce(*instants, _parsed(text, _DATES[0], date=True))


def _text_date(raw: pl.Expr) -> pl.Expr:
    text = raw.str.strip_chars()
    before_time = text.str.extract(r"^(\d{4}-\d{2}-\d{2})[T ]")  # "2024-01-02 00:00:00+05:30"
    return pl.coalesce(
        _parsed(before_time, _DATES[0], date=True),
        *(_parsed(text, one, date=True) for one in _DATES),
    )


def _temporal(raw: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
        raw = raw.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return _since_epoch(raw.cast(pl.Datetime("us")))


def _whole(raw: pl.Expr, unit: Unit) -> pl.Expr:
    if unit == "ns":
        return raw // 1_000
    scale = _PER_UNIT[unit]
    return raw.clip(-(LATEST // scale) - 1, LATEST // scale + 1) * scale


def _fraction(raw: pl.Expr, unit: Unit) -> pl.Expr:
    finite = pl.when(raw.is_finite()).then(raw)
    scaled = finite / 1_000 if unit == "ns" else finite * _PER_UNIT[unit]
    return scaled.clip(-float(LATEST), LATEST + 1.0).round().cast(pl.Int64)
