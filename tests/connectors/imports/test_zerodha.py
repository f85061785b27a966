"""Zerodha Console, on files made from its documentation."""

from connectors.imports.moments import moment
from tests.connectors.imports.conftest import Read, held, told
from tests.connectors.imports.samples import CONSOLE, KITE_TABLE, TRADEBOOK


def test_pledged_units_count_and_indian_groups_are_read(read: Read) -> None:
    holdings = held(read(CONSOLE))
    infy, reliance = holdings["INFY"], holdings["RELIANCE"]
    assert (infy.quantity, infy.avg_cost, infy.currency) == (125.0, 1450.5, "INR")
    assert (reliance.quantity, reliance.avg_cost) == (120_000.0, 2345.678)
    assert infy.isin == "INE009A01021"


def test_every_line_of_the_statement_is_held_or_told(read: Read) -> None:
    imported = read(CONSOLE)
    assert set(held(imported)) == {"INFY", "RELIANCE", "SBIN"}
    assert told(imported, left_out=True) == {
        (1, "outside_the_table"),
        (3, "outside_the_table"),
        (7, "zero_quantity"),
        (8, "unreadable_number"),
        (10, "outside_the_table"),
    }
    assert told(imported, left_out=False) == {
        (5, "pledged_quantity"),
        (6, "discrepant"),
        (9, "unreadable_number"),
    }
    assert held(imported)["SBIN"].avg_cost is None


def test_what_is_left_out_shows_its_text(read: Read) -> None:
    [finding] = [one for one in read(CONSOLE).findings if one.line == 8]
    assert finding.text.startswith("ITC,INE154A01025,FMCG,ten")
    assert finding.symbol == "ITC"
    assert "'ten' is no number" in finding.message


def test_the_table_of_kite_is_read(read: Read) -> None:
    [holding] = read(KITE_TABLE).holdings
    assert (holding.symbol, holding.quantity, holding.avg_cost) == ("GOLDBEES", 2.0, 40.67)


def test_the_tradebook_gives_trades_and_what_they_leave(read: Read) -> None:
    imported = read(TRADEBOOK)
    infy = held(imported)["INFY"]
    assert (infy.quantity, infy.avg_cost) == (25.0, (10 * 1500 + 30 * 1600) / 40)
    assert imported.from_trades
    first = imported.transactions[0]
    assert first.ts_event == moment("2026-01-05 03:45:01")
    assert (first.kind, first.quantity, first.price) == ("buy", 10.0, 1500.0)


def test_a_trade_id_is_one_trade_of_a_day(read: Read) -> None:
    imported = read(TRADEBOOK)
    assert told(imported, left_out=True) == {(4, "duplicate_transaction"), (7, "unknown_kind")}
    assert [one.line for one in imported.transactions] == [2, 3, 5, 6]


def test_a_sale_without_its_purchase_is_a_short_position_and_told(read: Read) -> None:
    imported = read(TRADEBOOK)
    assert held(imported)["WIPRO"].quantity == -5.0
    assert told(imported, left_out=False) == {(6, "negative_quantity")}
