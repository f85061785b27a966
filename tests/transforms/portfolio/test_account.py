import numpy as np
import pytest

from transforms.portfolio.account import Account, Closes
from transforms.portfolio.transactions import Transaction as T

M = 1_000_000
CLOSES: Closes = {
    "X": (np.array([10, 20, 30]), np.array([100.0, np.nan, 120.0])),
    "Y": (np.array([20, 40]), np.array([5.0, 6.0])),
}


def values(account: Account, *instants: int, before: bool = False) -> list[float]:
    return (account.values(np.array(instants), before=before) / M).tolist()


def test_positions_are_worth_their_last_close() -> None:
    account = Account([T(5, "buy", "X", 2.0, 90.0), T(15, "buy", "Y", 10.0, 4.0)], CLOSES)
    assert values(account, 4, 5, 10, 20, 30, 40) == [0, 180, 200, 250, 290, 300]
    assert values(account, 5, 15, before=True) == [0, 200]


def test_a_trade_shows_a_price_until_the_next_close() -> None:
    account = Account([T(5, "buy", "X", 1.0, 90.0), T(12, "sell", "X", 0.5, 110.0)], CLOSES)
    assert values(account, 12, 25, 30) == [55, 55, 60]
    assert values(account, 12, before=True) == [110]


def test_without_deposits_the_account_keeps_no_cash() -> None:
    account = Account(
        [T(5, "buy", "X", 1.0, 90.0, fee=M), T(8, "dividend", "X", amount=3 * M)], CLOSES
    )
    assert account.flows() == [(5, 91 * M), (8, -3 * M)]
    assert account.cash_at(100) == 0
    assert values(account, 10) == [100]


def test_with_deposits_only_they_are_flows_and_cash_is_kept() -> None:
    account = Account(
        [
            T(1, "deposit", amount=500 * M, fee=2 * M),
            T(5, "buy", "X", 1.0, 90.0, fee=M),
            T(8, "dividend", "X", amount=3 * M),
            T(9, "tax", amount=4 * M),
            T(12, "withdrawal", amount=100 * M),
        ],
        CLOSES,
    )
    assert account.flows() == [(1, 500 * M), (12, -100 * M)]
    assert account.cash_at(9) == (500 - 2 - 91 + 3 - 4) * M
    assert values(account, 10, 12) == [506, 406]


def test_flows_of_one_instant_are_one() -> None:
    account = Account([T(5, "sell", "X", 1.0, 90.0), T(5, "buy", "Y", 20.0, 5.0)], CLOSES)
    assert account.flows() == [(5, 10 * M)]
    even = Account([T(5, "sell", "X", 1.0, 90.0), T(5, "buy", "Y", 18.0, 5.0)], CLOSES)
    assert even.flows() == []


def test_a_split_counts_for_units_bought_before_it() -> None:
    closes: Closes = {"X": (np.array([10, 20, 30]), np.array([50.0, 52.0, 54.0]))}  # in new units
    account = Account(
        [
            T(5, "buy", "X", 3.0, 98.0),
            T(15, "split", "X", 2.0),
            T(25, "sell", "X", 1.0, 53.0),
        ],
        closes,
    )
    assert values(account, 5, 10, 20, 30) == [294, 300, 312, 270]
    assert values(account, 15, before=True) == [300]


def test_gains_by_symbol_add_up_to_what_the_account_won() -> None:
    entries = [
        T(1, "deposit", amount=500 * M, fee=2 * M),
        T(5, "buy", "X", 1.0, 90.0, fee=M),
        T(6, "buy", "Y", 10.0, 4.0),
        T(8, "dividend", "X", amount=3 * M),
        T(9, "interest", amount=7 * M),
        T(25, "sell", "X", 0.5, 110.0, fee=M),
    ]
    account = Account(entries, CLOSES)
    gains = account.gains(40)
    assert gains == {"X": (-91 + 3 + 54 + 60) * M, "Y": (-40 + 60) * M, "": (7 - 2) * M}
    assert sum(gains.values()) == round(values(account, 40)[0] * M) - 500 * M
    bare = Account(entries[1:], CLOSES)
    paid = sum(amount for _, amount in bare.flows())
    assert sum(bare.gains(40).values()) == round(values(bare, 40)[0] * M) - paid


def test_sessions_are_those_of_traded_symbols() -> None:
    assert Account([T(5, "buy", "X", 1.0, 1.0)], CLOSES).sessions.tolist() == [10, 20, 30]
    both = [T(5, "buy", "X", 1.0, 1.0), T(5, "buy", "Y", 1.0, 1.0)]
    assert Account(both, CLOSES).sessions.tolist() == [10, 20, 30, 40]
    assert Account([T(5, "deposit", amount=M)], CLOSES).sessions.tolist() == []


@pytest.mark.parametrize(
    ("entries", "sound"),
    [
        ([T(1, "buy", "X", 1e6, 1.0)], True),
        ([T(1, "buy", "X", 1e10, 1.0)], False),  # X closes at 120: beyond 1e11
        ([T(1, "buy", "X", 1.0, 1.0), *[T(2, "split", "X", 1e15)] * 40], False),
        ([T(1, "deposit", amount=10**17)] * 50, True),
        ([T(1, "deposit", amount=10**17)] * 51, False),
    ],
)
def test_it_is_known_whether_sums_stay_exact(entries: list[T], sound: bool) -> None:
    assert Account(entries, CLOSES).adds_up is sound
