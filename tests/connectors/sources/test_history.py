from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from connectors.sources.history import NOTHING, HistorySpan

DAY = timedelta(days=1)
NEW_YORK, KOLKATA = "America/New_York", "Asia/Kolkata"


def at(text: str, zone: str = "UTC") -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def bars(*starts: int, symbol: str = "A") -> pl.DataFrame:
    rows = [(symbol, start, float(place)) for place, start in enumerate(starts)]
    schema = {"symbol": pl.String, "ts_event": pl.Int64, "close": pl.Float64}
    return pl.DataFrame(rows, schema, orient="row")


def kept(span: HistorySpan, first: int, *starts: int) -> list[int]:
    return span.before(bars(*starts), {"A": first})["ts_event"].to_list()


def test_a_bar_is_history_when_it_was_over_at_the_first_event() -> None:
    span = HistorySpan(timedelta(hours=1), 10, NEW_YORK)
    ten, nine = at("2026-01-15T10:00"), at("2026-01-15T09:00")
    assert kept(span, ten, nine, ten) == [nine]
    assert kept(span, ten - 1, nine) == []


@pytest.mark.parametrize("start", ["00:00", "05:00", "14:30"])  # UTC: a date, midnight there, open
@pytest.mark.parametrize("first", ["05:00", "09:00", "14:30"])  # midnight there, early, open
def test_a_day_is_over_when_another_date_has_begun_however_its_start_is_told(
    start: str, first: str
) -> None:
    span = HistorySpan(DAY, 400, NEW_YORK)
    days = [at(f"2026-01-{day}T{start}") for day in (14, 15, 16)]
    assert kept(span, at(f"2026-01-16T{first}"), *days) == days[:2]


def test_the_evening_belongs_to_the_date_of_the_market() -> None:
    span = HistorySpan(DAY, 400, NEW_YORK)
    days = [at(f"2026-01-{day}T14:30") for day in (15, 16)]
    assert kept(span, at("2026-01-17T00:30"), *days) == days[:1]  # still the 16th there
    there = HistorySpan(DAY, 400, KOLKATA)
    opened = [at(f"2026-01-{day}T00:00", KOLKATA) for day in (15, 16)]
    assert kept(there, at("2026-01-15T20:00"), *opened) == opened[:1]  # already the 16th there


def test_history_goes_back_so_many_days_from_the_first_event() -> None:
    span = HistorySpan(DAY, 2, "UTC")
    days = [at(f"2026-01-{day}") for day in (12, 13, 14)]
    assert kept(span, at("2026-01-15"), *days) == days[1:]


def test_each_symbol_has_its_own_first_event_and_others_have_no_history() -> None:
    span = HistorySpan(DAY, 400, "UTC")
    days = [at(f"2026-01-{day}") for day in (15, 14)]
    found = span.before(
        pl.concat([bars(*days, symbol=name) for name in "ABC"]),
        {"A": at("2026-01-15T01:00"), "B": at("2026-01-16T01:00")},
    )
    assert found.select("symbol", "ts_event").rows() == [
        ("A", days[1]),
        ("B", days[1]),
        ("B", days[0]),
    ]
    assert found.columns == ["symbol", "ts_event", "close"]
    assert span.before(NOTHING, {"A": 1}).height == 0


def test_days_of_providers_start_at_midnight_of_the_market() -> None:
    told = [at("2026-01-15"), at("2026-01-15T05:00"), at("2026-07-15T13:30")]
    found = HistorySpan(DAY, 400, NEW_YORK).from_midnight(bars(*told))["ts_event"].to_list()
    assert found == [at(day, NEW_YORK) for day in ("2026-01-15", "2026-01-15", "2026-07-15")]
    hours = HistorySpan(timedelta(hours=1), 400, NEW_YORK)
    assert hours.from_midnight(bars(*told))["ts_event"].to_list() == told
