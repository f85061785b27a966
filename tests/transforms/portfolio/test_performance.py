from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import pyxirr

from transforms.portfolio.account import Closes
from transforms.portfolio.performance import account_performance
from transforms.portfolio.transactions import Transaction as T

DAY = 86_400_000_000
M = 1_000_000
NAMES = {"xirr", "twr", "contributions", "fees_ratio"}


def at(*date: int) -> int:
    return int(datetime(*date, tzinfo=UTC).timestamp()) * M


BOUGHT, SOLD, NOW = at(2023, 1, 2, 10), at(2023, 7, 3, 10), at(2024, 1, 2, 12)
ENDS = np.array([at(2023, 1, 3), at(2023, 7, 3), at(2023, 7, 4), at(2024, 1, 1)])
CLOSES: Closes = {
    "X": (ENDS, np.array([101.0, 118.0, 121.0, 130.0])),
    "Y": (ENDS, np.array([50.0, 48.0, 47.0, 45.0])),
}
ENTRIES = [
    T(BOUGHT, "buy", "X", 10.0, 100.0, fee=10 * M, currency="INR"),
    T(BOUGHT, "buy", "Y", 20.0, 50.0, currency="INR"),
    T(SOLD, "sell", "X", 5.0, 120.0, fee=6 * M, currency="INR"),
    T(SOLD + DAY, "fee", amount=4 * M),
]
WORTH = (5 * 130 + 20 * 45) * M


def test_performance_of_an_account_without_cash() -> None:
    found = account_performance(ENTRIES, CLOSES, NOW, WORTH)
    days = [datetime.fromtimestamp(ts / M, UTC).date() for ts in (BOUGHT, SOLD, SOLD + DAY, NOW)]
    assert found.xirr == pytest.approx(pyxirr.xirr(days, [-2010.0, 594.0, -4.0, 1550.0]))
    assert found.fees_ratio == pytest.approx(20 / 2600)
    assert (found.n_flows, found.cash, found.reasons) == (3, 0, {})
    first = (10 * 120 + 20 * 48 - 6) / 2010
    rest = (5 * 121 + 20 * 47) / (5 * 120 + 20 * 48)
    there = (ENDS[3] - SOLD - DAY) / (ENDS[3] - ENDS[2])  # share of the time that the fee was there
    last = 1 + (1550 - 1545 - 4) / (1545 + 4 * there)
    assert found.twr == pytest.approx(first * rest * last - 1, rel=1e-12)


def test_contributions_add_up_to_the_return_on_average_capital() -> None:
    found = account_performance(ENTRIES, CLOSES, NOW, WORTH)
    span = NOW - BOUGHT
    capital = 2010 - 594 * (NOW - SOLD) / span + 4 * (NOW - SOLD - DAY) / span
    gains = {"": -4.0, "X": -1010 + 594 + 650.0, "Y": -1000 + 900.0}
    assert found.contributions == pytest.approx({name: g / capital for name, g in gains.items()})
    assert sum(found.contributions.values()) == pytest.approx((1550 - 2010 + 594 - 4) / capital)


@pytest.mark.parametrize("included", [True, False])
def test_cash_is_added_where_the_value_leaves_it_out(included: bool) -> None:
    entries = [T(BOUGHT - DAY, "deposit", amount=3000 * M), *ENTRIES]
    cash = (3000 - 2010 + 594 - 4) * M
    value = WORTH + (cash if included else 0)
    found = account_performance(entries, CLOSES, NOW, value, cash_included=included)
    assert (found.cash, found.n_flows) == (cash, 1)
    assert found.twr == pytest.approx((1550 + 1580) / 3000 - 1)
    years = (NOW // DAY - (BOUGHT - DAY) // DAY) / 365
    assert found.xirr == pytest.approx((3130 / 3000) ** (1 / years) - 1)


def test_later_transactions_do_not_count_and_order_does_not_matter() -> None:
    later = T(NOW + 1, "buy", "X", 1.0, 1.0)
    found = account_performance([later, *reversed(ENTRIES)], CLOSES, NOW, WORTH)
    assert found == account_performance(ENTRIES, CLOSES, NOW, WORTH)


def test_nothing_can_be_told_of_no_transactions() -> None:
    found = account_performance([], CLOSES, NOW, WORTH)
    assert found.reasons == dict.fromkeys(NAMES, "no transactions")
    assert (found.xirr, found.twr, found.fees_ratio, found.contributions) == (None, None, None, {})
    assert account_performance(ENTRIES, CLOSES, BOUGHT - 1, 0).reasons == found.reasons


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([*ENTRIES, T(SOLD, "fee", amount=M, currency="USD")], "in more than one currency"),
        ([T(BOUGHT, "buy", "X", 1e10, 1.0)], "too large to add up"),
    ],
)
def test_what_cannot_be_added_up_is_not(entries: list[T], reason: str) -> None:
    found = account_performance(entries, CLOSES, NOW, WORTH)
    assert found.reasons.keys() == NAMES
    assert all(reason in text for text in found.reasons.values())


def test_each_number_has_its_own_reason() -> None:
    found = account_performance([T(BOUGHT, "deposit", amount=M)], CLOSES, BOUGHT, M)
    assert found.twr == 0.0
    assert found.reasons == {
        "xirr": "needs payments on two days",
        "fees_ratio": "nothing was bought or sold",
        "contributions": "no capital was in the account on average",
    }


def test_an_account_that_was_never_paid_into_has_no_return() -> None:
    entries = [T(SOLD, "sell", "X", 3.0, 120.0), T(SOLD, "buy", "Y", 4.5, 80.0)]
    found = account_performance(entries, CLOSES, NOW, WORTH)
    text = "no payments between the account and its owner"
    assert found.reasons == dict.fromkeys(("xirr", "twr", "contributions"), text)
    assert found.fees_ratio == 0.0


def test_real_closes_held_from_start_to_end(shared: Path) -> None:
    path = shared / "data" / "daily" / "us_20stocks_adjclose_2015_2022_wide.csv.gz"
    table = pd.read_csv(path, index_col=0)
    ends = (pd.to_datetime(table.index).astype("datetime64[us]").astype("int64") + DAY).to_numpy()
    closes = {name: (ends, table[name].to_numpy()) for name in table}
    entries = [T(int(ends[0]), "buy", name, 10.0, float(table[name].iloc[0])) for name in table]
    worth = round(10 * table.iloc[-1].sum() * M)
    found = account_performance(entries, closes, int(ends[-1]), worth)
    growth = table.iloc[-1].sum() / table.iloc[0].sum()
    assert found.twr == pytest.approx(growth - 1, rel=1e-6)
    days = (int(ends[-1]) - int(ends[0])) / DAY
    assert found.xirr == pytest.approx(growth ** (365 / days) - 1, rel=1e-6)
    assert sum(found.contributions.values()) == pytest.approx(growth - 1, rel=1e-6)
