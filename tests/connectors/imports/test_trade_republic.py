"""Trade Republic, on a real export and on a small one with decimal commas."""

from collections import Counter
from pathlib import Path

import pytest

from tests.connectors.imports.conftest import Read, held, told
from tests.connectors.imports.samples import TRADE_REPUBLIC


def test_money_shares_and_tax_are_booked(read: Read) -> None:
    found = [
        (one.line, one.kind, one.quantity, one.price, one.amount, one.fee)
        for one in read(TRADE_REPUBLIC).transactions
    ]
    assert found == [
        (2, "deposit", None, None, 1000.0, 7.0),
        (3, "buy", 0.5, 800.0, 400.0, 1.0),
        (4, "split", 10.0, None, None, None),
        (5, "sell", 2.0, 90.0, 180.0, 1.0),
        (5, "tax", None, None, 3.5, None),
        (6, "interest", None, None, 1.25, None),
        (7, "buy", 20.04, 0.9895, 19.83, None),
        (9, "sell", 20.04, None, 20.04, None),
    ]


def test_a_split_scales_quantity_and_cost(read: Read) -> None:
    netflix = held(read(TRADE_REPUBLIC))["US64110L1061"]
    assert (netflix.quantity, netflix.avg_cost, netflix.name) == (3.0, 80.0, "Netflix")


def test_the_two_lines_of_a_repaid_bond_are_one_sale(read: Read) -> None:
    imported = read(TRADE_REPUBLIC)
    assert "XS1614198262" not in held(imported)
    assert (8, "other_half") in told(imported, left_out=False)


def test_shares_that_go_without_money_are_a_sale_at_their_price_and_told(read: Read) -> None:
    text = "".join(line for line in TRADE_REPUBLIC.splitlines(True) if "a8;" not in line)
    imported = read(text)
    [sale] = [one for one in imported.transactions if one.line == 8]
    assert (sale.kind, sale.quantity, sale.price, sale.amount) == ("sell", 20.04, 1.0, None)
    assert (8, "no_cash") in told(imported, left_out=False)


def test_what_is_not_known_or_moves_nothing_is_told(read: Read) -> None:
    imported = read(TRADE_REPUBLIC)
    assert told(imported, left_out=True) == {(10, "unknown_kind"), (11, "nothing_moved")}
    assert (6, "tax_refund") in told(imported, left_out=False)


@pytest.fixture
def export(shared: Path) -> bytes:
    file = shared / "data" / "portfolio" / "traderepublic_transactions.csv"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    return file.read_bytes()


def test_the_real_export_is_read_to_the_last_line(read: Read, export: bytes) -> None:
    imported = read(export)
    assert imported.lines == tuple(range(2, 341))
    assert not told(imported, left_out=True)
    kinds = Counter(one.kind for one in imported.transactions)
    assert (kinds["buy"], kinds["sell"], kinds["split"]) == (164, 21, 1)
    assert len(imported.holdings) == 25


def test_the_real_export_leaves_what_the_account_holds(read: Read, export: bytes) -> None:
    holdings = held(read(export))
    assert holdings["US64110L1061"].quantity == 0.45566  # ten for one: 0.045566 before
    assert holdings["US64110L1061"].avg_cost == pytest.approx(87.77374950621)
    assert all(holding.quantity > 0 for holding in holdings.values())
    assert "DE0001141794" not in holdings  # repaid
    assert "DE000A0TGJ55" not in holdings  # 2 bought, 2 sold


def test_money_that_does_not_add_up_in_the_real_export_is_told(read: Read, export: bytes) -> None:
    lines = [one.line for one in read(export).findings if one.kind == "amount_mismatch"]
    assert lines == [69, 163, 168, 169, 299]  # bonds: the amount holds accrued interest
