"""Exchange calendars: which dates are sessions, and when they open."""

import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from config.market import MarketSettings, preset
from pipeline.calendars import EPOCH, InferredSessions, known_sessions, session_hours


def hours_of(market: MarketSettings, day: str) -> tuple[str, str] | None:
    """Local open and close of a date that the calendar knows."""
    number = (date.fromisoformat(day) - EPOCH).days
    found = [row[1:] for row in known_sessions(market).tolist() if row[0] == number]
    if not found:
        return None
    opens, closes = (datetime.fromtimestamp(t / 1e6, market.zone).time() for t in found[0])
    return opens.isoformat("minutes"), closes.isoformat("minutes")


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        ("2024-11-01", ("18:00", "19:00")),
        ("2025-10-21", ("13:45", "14:45")),
        ("2020-11-14", ("18:15", "19:15")),
        ("2023-11-12", ("18:15", "19:15")),
        ("2024-01-20", ("09:15", "15:30")),
        ("2024-03-02", ("09:15", "12:30")),
        ("2024-05-18", ("09:15", "12:40")),
        ("2025-02-01", ("09:15", "15:30")),
        ("2026-02-01", ("09:15", "15:30")),
        ("2026-01-22", ("09:15", "15:30")),
        ("2024-01-22", None),
        ("2026-01-15", None),
        ("2026-01-26", None),
        ("2024-03-09", None),
    ],
)
def test_the_calendar_of_nse_knows_special_sessions_and_holidays(
    day: str, hours: tuple[str, str] | None
) -> None:
    assert hours_of(preset("nse"), day) == hours


def test_the_calendar_of_nyse_knows_half_days_and_holidays() -> None:
    assert hours_of(preset("us"), "2024-11-29") == ("09:30", "13:00")
    assert hours_of(preset("us"), "2024-11-27") == ("09:30", "16:00")
    assert hours_of(preset("us"), "2024-11-28") is None


def test_every_special_session_says_where_it_is_known_from() -> None:
    listed = preset("nse").special_days.sessions
    assert len(listed) >= 9
    assert all(len(session.source) > 20 for session in listed)


def test_every_traded_date_of_the_nifty_100_is_a_session_of_the_calendar(shared: Path) -> None:
    file = shared / "data" / "daily" / "nse_nifty100_daily_2020_202604.csv.gz"
    days = pl.read_csv(file).group_by("date").agg(pl.col("volume").sum())
    known = set(known_sessions(preset("nse"))[:, 0].tolist())
    unknown = {
        day: volume
        for day, volume in days.iter_rows()
        if (date.fromisoformat(day) - EPOCH).days not in known
    }
    assert unknown == {"2026-01-15": 0}  # a holiday, for which Yahoo repeats the day before
    assert len(days) > 1500


def test_a_feed_of_another_market_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    tell = InferredSessions("NSE")
    for number in [*range(50), *range(50)]:
        tell(number)
    assert len(caplog.records) == 4
    assert "is it the right one (market.calendar)?" in caplog.records[-1].getMessage()


def test_a_calendar_file_goes_before_the_calendar() -> None:
    special = {"date": "2026-11-08", "open": "18:00", "close": "19:00", "source": "a circular"}
    holiday = {"date": "2026-11-06", "source": "another circular"}
    file = {"sessions": [special], "holidays": [holiday]}
    market = MarketSettings.model_validate({"name": "nse", "calendar_file": file})
    assert hours_of(market, "2026-11-08") == ("18:00", "19:00")
    assert hours_of(market, "2026-11-06") is None
    assert hours_of(market, "2024-03-02") is None, "the packaged file is read no more"


def test_without_a_calendar_every_date_has_regular_hours() -> None:
    market = MarketSettings.model_validate({"name": "nse", "calendar": "none"})
    hours = session_hours(market)
    assert (hours.opens, hours.minutes, len(hours.known)) == (555, 375, 0)
    assert hours.on_inferred is None


def test_the_calendars_are_imported_only_when_a_market_has_one() -> None:
    code = (
        "import sys; from pipeline.calendars import session_hours; "
        "from config.market import preset; session_hours(preset('crypto')); "
        "sys.exit('pandas' in sys.modules or 'pandas_market_calendars' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
