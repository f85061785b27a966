import polars as pl
import pytest

from connectors.sources.timestamps import LATEST, micros, micros_like

NOON = 1_704_196_800_000_000  # 2024-01-02 12:00 UTC
MIDNIGHT = 1_704_153_600_000_000


def convert(values, dtype, unit):
    frame = pl.DataFrame({"raw": pl.Series(values, dtype=dtype)})
    return frame.select(micros(pl.col("raw"), frame.schema["raw"], unit)).to_series().to_list()


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (1_704_196_800, "s"),
        (1_704_196_800_000, "ms"),
        (NOON, "us"),
        (NOON * 1000, "ns"),
    ],
)
@pytest.mark.parametrize("dtype", [pl.Int64, pl.String])
def test_whole_numbers_are_scaled_exactly(value, unit, dtype):
    assert convert([value if dtype == pl.Int64 else str(value)], dtype, unit) == [NOON]


@pytest.mark.parametrize("dtype", [pl.Float64, pl.String])
def test_fractions_of_a_second_keep_their_microseconds(dtype):
    value = 1_704_196_800.614_123
    expected = [NOON + 614_123]
    assert convert([value if dtype == pl.Float64 else str(value)], dtype, "s") == expected


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-02T12:00:00Z",
        "2024-01-02T12:00:00.000000000Z",
        "2024-01-02 12:00:00",
        "2024-01-02T12:00",
        "2024-01-02T17:30:00+05:30",
        "2024-01-02 17:30:00+0530",
        " 2024-01-02T12:00:00 ",
    ],
)
def test_iso_times_without_a_zone_are_utc(text):
    assert convert([text], pl.String, "iso") == [NOON]


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-02",
        "20240102",
        "2024/01/02",
        "02-Jan-2024",
        "02-JAN-2024",
        "2024-01-02 00:00:00+05:30",
        "2024-01-02T09:15:00",
    ],
)
def test_a_date_is_midnight_utc_whatever_follows_it(text):
    assert convert([text], pl.String, "date") == [MIDNIGHT]


@pytest.mark.parametrize("unit", ["s", "us", "iso", "date"])
@pytest.mark.parametrize("text", ["", "soon", "2024-13-01", "nan", "2024-01-02x"])
def test_what_is_no_time_is_null(text, unit):
    assert convert([text], pl.String, unit) == [None]


@pytest.mark.parametrize("value", [2**62, 10**18])
def test_times_beyond_reason_do_not_overflow(value):
    assert convert([value], pl.Int64, "s") == [LATEST + 1]
    assert convert([float(value)], pl.Float64, "s") == [LATEST + 1]
    assert convert([str(value) * 3], pl.String, "s") == [LATEST + 1]


def test_typed_times_of_parquet_are_taken_as_they_are():
    import datetime as dt

    zoned = dt.datetime(2024, 1, 2, 17, 30, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30)))
    noon = [dt.datetime(2024, 1, 2, 12)]  # noqa: DTZ001
    assert convert(noon, pl.Datetime("ms"), "us") == [NOON]
    assert convert([zoned], pl.Datetime("ns", "Asia/Kolkata"), "us") == [NOON]
    assert convert([dt.date(2024, 1, 2)], pl.Date, "date") == [MIDNIGHT]


@pytest.mark.parametrize(
    ("sample", "unit"),
    [("2024-01-02T12:00:00.614Z", "iso"), ("2024-01-02 12:00:00", "iso"), ("02-Jan-2024", "date")],
)
def test_the_fast_way_reads_what_looks_like_the_sample_and_nothing_else(sample, unit):
    fast, strict = (
        micros_like(pl.col("raw"), pl.String(), unit, sample, strict=strict)
        for strict in (False, True)
    )
    frame = pl.DataFrame({"raw": [sample, None]})
    expected = convert([sample, None], pl.String, unit)
    assert frame.select(fast).to_series().to_list() == expected
    assert frame.select(strict).to_series().to_list() == expected
    for other in ("2024-01-02", "20240102", "2024-01-02T12:00", "soon"):
        frame = pl.DataFrame({"raw": [sample, other]})
        assert frame.select(fast).to_series().to_list() == [expected[0], None]
        with pytest.raises(pl.exceptions.PolarsError):
            frame.select(strict)
