import logging
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.providers.budget import USD, Budgets, Price, dollars, month_of
from connectors.providers.cost_file import FILE_NAME, Alert, CostFile, CostsUnavailable
from tests.connectors.providers.routing_fakes import SECOND, Clock


def instant(*date: int) -> int:
    return int(datetime(*date, tzinfo=UTC).timestamp()) * SECOND  # type: ignore[arg-type]


def budgets(
    home: Path, clock: Clock, alerts: list[Alert] | None = None, **prices: Price
) -> Budgets:
    raised = [] if alerts is None else alerts
    return Budgets(CostFile(home), prices, clock=clock.micros, on_alert=raised.append)


def test_calls_are_booked_up_to_the_budget_and_not_beyond(tmp_path: Path) -> None:
    found = budgets(tmp_path, Clock(), a=Price(3 * USD, 10 * USD))
    assert [found.book("a") for _ in range(5)] == [True, True, True, False, False]
    assert found.file.spent("2026-11") == {"a": 9 * USD}


def test_a_call_dearer_than_the_whole_budget_is_never_made(tmp_path: Path) -> None:
    found = budgets(tmp_path, Clock(), a=Price(3, 2), b=Price(3, 0))
    assert not found.book("a")
    assert not found.book("b")
    assert found.file.spent("2026-11") == {}


def test_what_is_free_or_unlimited_is_never_refused(tmp_path: Path) -> None:
    found = budgets(tmp_path, Clock(), dear=Price(50 * USD), free=Price(0, 0))
    assert all(found.book(name) for name in ("dear", "dear", "free", "unknown"))
    assert found.file.spent("2026-11") == {"dear": 100 * USD}


def test_a_budget_begins_anew_with_the_month_in_utc(tmp_path: Path) -> None:
    clock = Clock(instant(2026, 12, 1) - 1)
    found = budgets(tmp_path, clock, a=Price(USD, USD))
    assert found.book("a")
    assert not found.book("a")
    clock.now += 1
    assert found.month == "2026-12"
    assert found.book("a")
    assert found.file.spent("2026-11") == found.file.spent("2026-12") == {"a": USD}


@pytest.mark.parametrize(
    ("now", "month"),
    [
        (instant(2027, 1, 1) - 1, "2026-12"),
        (instant(2027, 1, 1), "2027-01"),
        (instant(2028, 2, 29, 23, 59), "2028-02"),
    ],
)
def test_months_are_calendar_months(now: int, month: str) -> None:
    assert month_of(now) == month


def test_the_spend_survives_a_restart(tmp_path: Path) -> None:
    first = budgets(tmp_path, Clock(), a=Price(USD, 3 * USD))
    first.book("a")
    first.book("a")
    first.file.close()
    second = budgets(tmp_path, Clock(), a=Price(USD, 3 * USD))
    assert second.file.spent("2026-11") == {"a": 2 * USD}
    assert [second.book("a"), second.book("a")] == [True, False]


def test_threads_with_files_of_their_own_do_not_overspend_together(tmp_path: Path) -> None:
    booked: list[bool] = []
    start = threading.Barrier(8)

    def spend() -> None:
        found = budgets(tmp_path, Clock(), a=Price(USD, 25 * USD))
        start.wait(10)
        booked.extend(found.book("a") for _ in range(5))
        found.file.close()

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(booked), sum(booked)) == (40, 25)


def test_each_mark_alerts_once_a_month_over_all_providers_and_restarts(tmp_path: Path) -> None:
    clock, alerts = Clock(), list[Alert]()
    for _ in range(3):  # restarts
        found = budgets(tmp_path, clock, alerts, a=Price(30 * USD), b=Price(20 * USD))
        for name in ("a", "b"):
            assert found.book(name)
        found.file.close()
    assert alerts == [Alert("2026-11", 100 * USD, 100 * USD, clock.now)]
    clock.now = instant(2026, 12, 24)
    found = budgets(tmp_path, clock, alerts, a=Price(600 * USD))
    found.book("a")
    found.book("a")
    assert [(one.month, one.mark_micros // USD) for one in alerts[1:]] == [
        ("2026-12", 100),
        ("2026-12", 500),
        ("2026-12", 1000),
    ]
    assert found.file.alerts("2026-12") == alerts[1:]


def test_alerts_are_logged_unless_somebody_else_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = Budgets(CostFile(tmp_path), {"a": Price(123_400_000)}, clock=Clock().micros)
    with caplog.at_level(logging.WARNING):
        found.book("a")
    assert caplog.messages == [
        "providers have cost 123.40 USD in 2026-11: the mark of 100.00 USD is reached"
    ]


def test_a_budget_that_runs_low_steers_to_what_is_cheaper(tmp_path: Path) -> None:
    found = budgets(
        tmp_path,
        Clock(),
        dear=Price(5 * USD, 50 * USD),
        middle=Price(3 * USD, 30 * USD),
        cheap=Price(USD),
    )
    order = ["dear", "middle", "cheap", "free"]
    for _ in range(7):
        found.book("dear")
    assert found.steer(order) == order
    found.book("dear")
    assert found.steer(order) == ["middle", "cheap", "free", "dear"]
    for _ in range(8):
        found.book("middle")
    assert found.steer(order) == ["cheap", "free", "middle", "dear"]
    assert found.steer(["middle", "dear"]) == ["middle", "dear"]
    assert found.steer(["dear"]) == ["dear"]


def test_a_file_that_cannot_be_used_stops_calls_that_cost_and_no_others(tmp_path: Path) -> None:
    found = budgets(tmp_path, Clock(), a=Price(USD, 2 * USD))
    found.file.close()
    with pytest.raises(CostsUnavailable, match=FILE_NAME):
        found.book("a")
    assert found.book("free")
    assert found.steer(["free", "also free"]) == ["free", "also free"]


def test_a_write_that_fails_books_nothing(tmp_path: Path) -> None:
    found = budgets(tmp_path, Clock(), a=Price(200 * USD))
    with sqlite3.connect(tmp_path / FILE_NAME) as other:
        other.execute(
            "CREATE TRIGGER full BEFORE INSERT ON alerts BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    other.close()
    with pytest.raises(CostsUnavailable, match="full"):
        found.book("a")
    assert found.file.spent("2026-11") == {}


@pytest.mark.parametrize("content", ["no database at all, but text" * 100, None])
def test_what_is_no_cost_file_is_refused_by_name(tmp_path: Path, content: str | None) -> None:
    place = tmp_path / FILE_NAME
    if content is None:
        place.mkdir()
    else:
        place.write_text(content)
    with pytest.raises(CostsUnavailable, match=FILE_NAME):
        CostFile(tmp_path)


@pytest.mark.parametrize("price", [(-1, None), (0, -1)])
def test_negative_money_is_refused(price: tuple[int, int | None]) -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        Price(*price)


def test_money_is_written_with_two_decimals_or_more() -> None:
    assert [dollars(one) for one in (0, 1, 2_000, 12_500_000)] == [
        "0.00 USD",
        "0.000001 USD",
        "0.002 USD",
        "12.50 USD",
    ]
