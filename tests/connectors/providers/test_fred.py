from pathlib import Path

import pytest

from connectors.providers.fred import Fred
from connectors.providers.observations import MacroPoint
from connectors.providers.spec import Fatal, Malformed, Retryable, UnknownSymbol
from tests.connectors.providers.wire import Asked, Fails, Gives, check, files, parse

ASKED = Asked("macro", ("GDP",))
EXPECTED = {
    "rest_observations_GDP.json": Gives(
        ASKED,
        315,
        MacroPoint("GDP", -757_382_400_000_000, None, 1_730_246_400_000_000),
        MacroPoint("GDP", 1_719_792_000_000_000, 29_349.924, 1_730_246_400_000_000),
    ),
    "rest_observations_missing_value.json": Gives(
        ASKED,
        2,
        MacroPoint("GDP", 1_794_355_200_000_000, None, 1_795_132_800_000_000),
        MacroPoint("GDP", 1_794_441_600_000_000, 4.11, 1_795_132_800_000_000),
    ),
    "rest_series_GDP.json": Fails(ASKED, Malformed, "another shape"),
    "rest_error_400_key.json": Fails(ASKED, Fatal, "variable api_key"),
    "rest_error_429.json": Fails(ASKED, Retryable, "Exceeded Rate Limit", after=60.0),
}


@pytest.mark.parametrize("file", EXPECTED)
def test_file_of_the_wire(shared: Path, file: str) -> None:
    check(Fred(), shared, f"fred/{file}", EXPECTED[file])


def test_every_file_of_the_wire_is_expected(shared: Path) -> None:
    assert files(shared, "fred") == {f"fred/{file}" for file in EXPECTED}


def test_revisions_of_a_date_are_told_apart_by_when_they_were_known() -> None:
    body = (
        b'{"observations":[{"date":"2024-01-01","value":"1.5","realtime_start":"2024-04-25"},'
        b'{"date":"2024-01-01","value":"1.4","realtime_start":"2024-05-30"}]}'
    )
    first, second = parse(Fred(), ASKED, body)
    assert first.ts_event == second.ts_event
    assert (first.value, second.value) == (1.5, 1.4)
    assert second.ts_known - first.ts_known == 35 * 86_400_000_000


def test_a_value_that_is_no_number_is_not_taken_for_missing() -> None:
    body = b'{"observations":[{"date":"2024-01-01","value":"n/a","realtime_start":"2024-04-25"}]}'
    [point] = parse(Fred(), ASKED, body)
    assert point.value is not None
    assert point.value != point.value


def test_a_series_that_does_not_exist_is_an_unknown_symbol() -> None:
    body = b'{"error_code":400,"error_message":"Bad Request.  The series does not exist."}'
    with pytest.raises(UnknownSymbol, match="GDP: Bad Request"):
        parse(Fred(), ASKED, body, 400)
