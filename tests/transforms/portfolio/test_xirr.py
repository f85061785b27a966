import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import pyxirr
from hypothesis import assume, given
from hypothesis import strategies as st

from transforms.portfolio.xirr import money_weighted, utc_date

AMOUNTS = st.integers(-(10**9), 10**9).map(lambda cents: cents / 100)
PAYMENTS = st.lists(st.tuples(st.dates(date(2000, 1, 1), date(2030, 1, 1)), AMOUNTS), min_size=2)


def payments(path: Path) -> tuple[list[date], list[float]]:
    with path.open() as file:
        rows = [row for row in csv.reader(file) if row]
    return [date.fromisoformat(row[0]) for row in rows], [float(row[1]) for row in rows]


def test_published_rates(shared: Path) -> None:
    folder = shared / "vectors" / "pyxirr"
    with (folder / "expected.csv").open() as file:
        cases = [case for case in csv.DictReader(file) if case["function"] == "xirr"]
    assert len(cases) == 60
    for case in cases:
        found = money_weighted(*payments(folder / case["file"]))
        if case["expected"]:
            assert found == pytest.approx(float(case["expected"]), abs=1e-8), case["file"]
        else:
            assert found == "no rate makes these payments worth nothing together", case["file"]


def test_published_present_values(shared: Path) -> None:
    folder = shared / "vectors" / "pyxirr"
    with (folder / "expected.csv").open() as file:
        cases = [case for case in csv.DictReader(file) if case["function"] == "xnpv"]
    assert len(cases) == 3
    for case in cases:
        found = pyxirr.xnpv(float(case["rate"]), *payments(folder / case["file"]))
        assert found == pytest.approx(float(case["expected"]), abs=1e-8), case["file"]


@given(PAYMENTS)
def test_at_the_rate_found_the_payments_are_worth_nothing(listed: list[tuple[date, float]]) -> None:
    rate = money_weighted([day for day, _ in listed], [amount for _, amount in listed])
    assume(not isinstance(rate, str) and -0.99 < rate < 100.0)
    assert isinstance(rate, float)
    start = min(day for day, _ in listed)
    worth = [amount * (1 + rate) ** (-(day - start).days / 365) for day, amount in listed]
    assert sum(worth) == pytest.approx(0.0, abs=1e-6 * sum(map(abs, worth)))


DAY = date(2024, 1, 1)


@pytest.mark.parametrize("amounts", [[], [-1.0], [-1.0, -2.0], [1.0, 2.0], [0.0, 0.0], [-1.0, 0.0]])
def test_one_way_payments_have_no_rate(amounts: list[float]) -> None:
    days = [date(2024, 1, day + 1) for day in range(len(amounts))]
    assert money_weighted(days, amounts) == "needs money paid in and money received"


def test_payments_of_one_day_have_no_rate() -> None:
    assert money_weighted([DAY, DAY], [-1.0, 2.0]) == "needs payments on two days"
    later = date(2024, 5, 1)
    assert money_weighted([DAY, DAY, later], [-1.0, 2.0, 0.0]) == "needs payments on two days"


def test_a_rate_beyond_all_numbers_has_a_reason() -> None:
    found = money_weighted([DAY, date(2024, 1, 2)], [-1e-6, 1e12])
    assert found == "no rate makes these payments worth nothing together"


def test_dates_are_utc() -> None:
    ts = int(datetime(2024, 5, 1, 23, 59, 59, tzinfo=UTC).timestamp())
    assert utc_date(ts * 1_000_000 + 999_999) == date(2024, 5, 1)
    assert utc_date((ts + 1) * 1_000_000) == date(2024, 5, 2)
