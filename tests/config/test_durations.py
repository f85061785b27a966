import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.durations import ACCEPTED, PATTERN, UNITS, format_duration, parse_duration

LONGEST = timedelta.max // timedelta(milliseconds=1)


@given(st.integers(0, LONGEST))
def test_a_formatted_duration_parses_to_itself(milliseconds: int) -> None:
    span = timedelta(milliseconds=milliseconds)
    assert parse_duration(format_duration(span)) == span


@given(st.integers(0, 10**6), st.sampled_from(sorted(UNITS)))
def test_the_canonical_text_names_the_same_span_and_is_never_longer(number: int, unit: str) -> None:
    text = f"{number}{unit}"
    canonical = format_duration(parse_duration(text))
    assert parse_duration(canonical) == number * UNITS[unit]
    assert len(canonical) <= max(len(text), 2)


@given(st.text(max_size=8))
def test_text_is_a_duration_or_a_value_error_that_shows_the_form(text: str) -> None:
    if PATTERN.fullmatch(text):
        assert parse_duration(text) >= timedelta(0)
    else:
        with pytest.raises(ValueError, match=re.escape(ACCEPTED)):
            parse_duration(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("50ms", 0.05), ("2m", 120), ("1h", 3600), ("1d", 86400), ("0s", 0)]
)
def test_a_duration_has_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "2", "m", "-2m", "1.5h", "2 m", "2M", "2min", "٢m", "2m\n", "9" * 18 + "d"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a duration such as"):
        parse_duration(text)


@pytest.mark.parametrize("span", [timedelta(seconds=-1), timedelta(microseconds=1)])
def test_a_span_without_a_text_is_refused(span: timedelta) -> None:
    with pytest.raises(ValueError, match="whole milliseconds"):
        format_duration(span)


def test_the_canonical_text_uses_the_largest_unit() -> None:
    assert format_duration(timedelta(minutes=60)) == "1h"
    assert format_duration(timedelta(minutes=90)) == "90m"
