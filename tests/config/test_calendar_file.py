from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from config.calendar_file import packaged_calendar

SESSION = '{date: 2026-11-08, open: "18:00", close: "19:00", source: a circular}'


def test_a_calendar_file_is_read_from_the_project(load: Callable, project: Path) -> None:
    (project / "data" / "days.yaml").write_text(f"sessions: [{SESSION}]\n")
    market = load("market: {calendar_file: data/days.yaml}").market
    [session] = market.special_days.sessions
    assert (session.date, session.hours) == (date(2026, 11, 8), ("18:00", "19:00"))
    assert market.special_days.holidays == ()


def test_a_calendar_brings_its_packaged_file_and_most_have_none(load: Callable) -> None:
    assert load().market.special_days == packaged_calendar("NSE")
    assert load("market: {name: us}").market.special_days.sessions == ()


def test_special_days_may_stand_in_the_profile_itself(load: Callable) -> None:
    market = load(f"market: {{calendar_file: {{sessions: [{SESSION}]}}}}").market
    assert len(market.special_days.sessions) == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("sessions: [{date: 2026-13-01}]", "sessions[0].date: must be a date such as 2024-11-01"),
        (f"sessions: [{SESSION}, {SESSION}]", "sessions[1].date: must be unique"),
        (
            f"sessions: [{SESSION}]\nholidays: [{{date: 2026-11-08, source: x}}]",
            "holidays[0].date: must be unique",
        ),
        (
            f"sessions: [{SESSION.replace('19:00', '17:00')}]",
            "sessions[0].close: must be after the open at 18:00, was 17:00",
        ),
        (
            f"sessions: [{SESSION.replace('a circular', '')}]",
            "sessions[0].source: must say where this is known from",
        ),
        ("session: []", "session: unknown key, did you mean sessions?"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_place(
    refuse: Callable, project: Path, text: str, line: str
) -> None:
    (project / "data" / "days.yaml").write_text(text)
    message = refuse("market: {calendar_file: data/days.yaml}")
    assert message.startswith(f"data/days.yaml: {line}")


def test_a_calendar_file_that_is_not_there_is_refused(refuse: Callable) -> None:
    assert refuse("market: {calendar_file: data/none.yaml}") == (
        "config/demo.yaml: market.calendar_file: no file at data/none.yaml; "
        "correct it or leave the key out to use the packaged file"
    )


def test_an_unknown_calendar_is_refused(refuse: Callable) -> None:
    line = refuse("market: {calendar: LSE}")
    assert line == 'config/demo.yaml: market.calendar: must be NSE, NYSE, 24x7 or none, was "LSE"'
