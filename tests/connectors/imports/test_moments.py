"""Dates as brokers write them."""

from datetime import UTC, datetime

import pytest

from connectors.imports.moments import moment


def micros(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * 1_000_000  # type: ignore[misc]


@pytest.mark.parametrize(
    "text", ["01-09-2021", "1/9/2021", "01.09.2021", "20210901", "2021-09-01", "2021/09/01"]
)
def test_every_way_of_writing_a_date_is_its_midnight_utc_in_any_zone(text: str) -> None:
    assert moment(text) == moment(text, "Asia/Kolkata") == micros(2021, 9, 1)


@pytest.mark.parametrize(
    ("text", "zone", "wanted"),
    [
        ("2021-09-01T00:00:00.000Z", "Asia/Kolkata", micros(2021, 9, 1)),
        ("2021-09-01T09:15:01", "Asia/Kolkata", micros(2021, 9, 1, 3, 45, 1)),
        ("20230403;095853", "America/New_York", micros(2023, 4, 3, 13, 58, 53)),
        ("2023-04-03;09:58:53", "America/New_York", micros(2023, 4, 3, 13, 58, 53)),
        ("2023-04-03, 09:58:53", "UTC", micros(2023, 4, 3, 9, 58, 53)),
        ("2023-04-03 09:58:53+05:30", "UTC", micros(2023, 4, 3, 4, 28, 53)),
        ("2023-04-03T09:58:53.5Z", "UTC", micros(2023, 4, 3, 9, 58, 53) + 500_000),
        ("2023-04-03 09:58", "UTC", micros(2023, 4, 3, 9, 58)),
    ],
)
def test_times_are_read_in_their_zone(text: str, zone: str, wanted: int) -> None:
    assert moment(text, zone) == wanted


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2021-13-01", "31-02-2021", "1021-01-01", "20210901x", "2021-09-01T25:00:00"],
)
def test_what_names_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - datetime words some of these itself
        moment(text)
