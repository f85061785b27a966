"""Interactive Brokers, on statements made from the Flex Queries reference."""

import pytest

from connectors.imports.imported import ImportRefused
from connectors.imports.moments import moment
from tests.connectors.imports.conftest import Read, held, told
from tests.connectors.imports.samples import FLEX, FLEX_CSV


def line_of(start: str) -> int:
    """Where a line of the sample begins so."""
    [found] = [n for n, text in enumerate(FLEX.splitlines(), 1) if start in text]
    return found


def test_the_sum_of_a_position_counts_not_its_lots(read: Read) -> None:
    imported = read(FLEX)
    vti = held(imported)["VTI"]
    assert (vti.quantity, vti.avg_cost, vti.currency) == (17.0, 204.4061, "USD")
    assert vti.name == "VANGUARD TOTAL STOCK MKT"
    lots = {(line_of(f'costBasisPrice="{cost}"'), "detail_of_others") for cost in ("204", "204.98")}
    assert lots <= told(imported, left_out=True)


def test_lots_without_a_sum_are_merged_and_told(read: Read) -> None:
    imported = read(FLEX)
    itx = held(imported)["ITX"]
    assert (itx.quantity, itx.avg_cost, itx.currency) == (10.0, 36.0, "EUR")
    assert (itx.lines[0], "split_lots") in told(imported, left_out=False)


def test_short_positions_contracts_and_missing_currencies_are_kept_and_told(read: Read) -> None:
    imported = read(FLEX)
    option = held(imported)["AAPL 270115C00200000"]
    assert option.quantity == -2.0
    assert held(imported)["XYZ"].currency == ""
    assert {
        (option.lines[0], "negative_quantity"),
        (option.lines[0], "contracts"),
        (line_of('symbol="XYZ"'), "missing_currency"),
    } <= told(imported, left_out=False)


def test_trades_and_cash_become_transactions_of_ours(read: Read) -> None:
    found = [
        (one.kind, one.symbol, one.quantity, one.amount, one.fee) for one in read(FLEX).transactions
    ]
    assert found == [
        ("buy", "VTI", 17.0, 3473.9041, 1.0),
        ("sell", "MSFT", 2.0, 800.0, 1.0),
        ("tax", "MSFT", None, 1.5, None),
        ("dividend", "VTI", None, 12.5, None),
        ("tax", "VTI", None, 1.88, None),
        ("withdrawal", "", None, 250.0, None),
        ("split", "VTI", 4.0, None, None),
    ]


def test_times_are_those_of_new_york(read: Read) -> None:
    first = read(FLEX).transactions[0]
    assert first.ts_event == moment("2026-01-05 14:58:53")


def test_lines_that_move_nothing_of_ours_are_told(read: Read) -> None:
    imported = read(FLEX)
    assert told(imported, left_out=True) >= {
        (line_of("<Order"), "detail_of_others"),
        (line_of("<SymbolSummary"), "detail_of_others"),
        (line_of('symbol="EUR.USD"'), "currency_conversion"),
        (line_of("Price Adjustments"), "unknown_kind"),
        (line_of("MERGED INTO"), "corporate_action"),
    }


def test_net_cash_that_does_not_add_up_is_told(read: Read) -> None:
    [finding] = [one for one in read(FLEX).findings if one.kind == "amount_mismatch"]
    assert (finding.symbol, finding.line) == ("MSFT", line_of('symbol="MSFT"'))
    assert "netCash 900 is not proceeds less commission and tax, 797.5" in finding.message


def test_sections_that_are_not_read_are_told_once(read: Read) -> None:
    text = FLEX.replace(
        "<OpenPositions>",
        '<CashReport><CashReportCurrency currency="USD" />\n<CashReportCurrency currency="EUR" />'
        "</CashReport>\n<OpenPositions>",
    )
    [finding] = [one for one in read(text).findings if one.kind == "section_not_read"]
    assert "CashReport: 2 lines" in finding.message


def test_orders_count_where_no_executions_are_told(read: Read) -> None:
    text = FLEX.replace('levelOfDetail="EXECUTION"', 'levelOfDetail="CLOSED_LOT"')
    imported = read(text)
    assert [one.line for one in imported.transactions if one.kind == "buy"] == [line_of("<Order")]


def test_a_statement_on_one_line_is_counted_by_element(read: Read) -> None:
    spread, packed = read(FLEX), read(FLEX.replace("\n", " "))
    assert packed.lines[0] == 1
    assert len(packed.lines) == len(spread.lines)
    assert [(h.symbol, h.quantity) for h in packed.holdings] == [
        (h.symbol, h.quantity) for h in spread.holdings
    ]
    assert len(packed.findings) == len(spread.findings)


def test_the_csv_of_trades_is_read(read: Read) -> None:
    imported = read(FLEX_CSV)
    vti = held(imported)["VTI"]
    assert (vti.quantity, vti.avg_cost, vti.lines) == (10.0, 204.3473, (2,))
    assert [(one.kind, one.fee) for one in imported.transactions] == [("buy", 1.0), ("sell", 1.0)]
    assert told(imported, left_out=True) == {(4, "unreadable_date")}


def test_an_error_of_the_service_is_refused(read: Read) -> None:
    with pytest.raises(ImportRefused, match="a message, not with a statement"):
        read("<FlexStatementResponse><Status>Fail</Status></FlexStatementResponse>")
