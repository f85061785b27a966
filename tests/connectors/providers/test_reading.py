from datetime import date
from math import isnan
from zoneinfo import ZoneInfo

import pytest

from connectors.providers.reading import (
    day,
    instant,
    load,
    micros,
    number,
    one_line,
    retry_after,
    today,
)
from connectors.providers.spec import Malformed
from tests.connectors.providers.wire import RECEIVED, at


@pytest.mark.parametrize(
    ("value", "per_second", "expected"),
    [
        (1_582_641_000, 1, 1_582_641_000_000_000),
        ("1582641000", 1, 1_582_641_000_000_000),
        (1_776_105_848.0, 1, 1_776_105_848_000_000),
        (1_605_042_000_123, 1_000, 1_605_042_000_123_000),
        (1_617_901_342_969_834_111, 1_000_000_000, 1_617_901_342_969_834),
        (-86_400, 1, -86_400_000_000),
    ],
)
def test_counts_since_the_epoch_become_microseconds(
    value: float | str, per_second: int, expected: int
) -> None:
    assert micros(value, per_second) == expected


@pytest.mark.parametrize("value", ["soon", "", float("nan"), 1e300, float("inf")])
def test_what_is_no_time_is_refused(value: float | str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        micros(value, 1)


def test_times_without_a_zone_are_in_the_one_that_is_meant() -> None:
    eastern = ZoneInfo("US/Eastern")
    assert instant("2026-07-01 09:30:00", eastern) == at("2026-07-01T09:30-04:00")
    assert instant("20260101T093000", eastern) == at("2026-01-01T09:30-05:00")
    assert instant("2026-01-01T09:30:00Z", eastern) == at("2026-01-01T09:30Z")


def test_a_date_is_its_midnight_utc() -> None:
    assert day("1969-12-31") == -86_400_000_000
    assert day("2026-05-15 19:55:00") == at("2026-05-15T00:00Z")
    assert today(1_795_000_000.0) == date(2026, 11, 18)


@pytest.mark.parametrize("value", [None, True, "None", "-", "", [], {}])
def test_what_is_no_number_is_nan(value: object) -> None:
    assert isnan(number(value))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "17"}, 17.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "Wed, 18 Nov 2026 11:07:40 GMT"}, 60.0),
        ({"x-ratelimit-reset": "214"}, 214.0),
        ({"x-ratelimit-reset": str(RECEIVED // 1_000_000 + 9)}, 9.0),
        ({"retry-after": "3", "x-ratelimit-reset": "214"}, 3.0),
        ({}, None),
        ({"retry-after": "0"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "tomorrow"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "Wed, 18 Nov 2020 11:07:40 GMT"}, None),
    ],
)
def test_how_long_a_provider_wants_to_be_left_alone(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(headers, RECEIVED) == seconds


def test_what_a_provider_wrote_is_shown_on_one_short_line() -> None:
    assert one_line(b"a\n\tb\xff") == "a b\ufffd"
    assert len(one_line("long " * 100)) == 160


def test_a_document_that_is_html_says_its_title() -> None:
    with pytest.raises(Malformed, match=r"HTML instead of JSON \(Sorry\)"):
        load(b"\n <!doctype html><head><TITLE>Sorry</TITLE>")
