from typing import Any

import numpy as np
import orjson
import pathway as pw
import pytest

from transforms.advice.policy import BookPolicy
from transforms.book import BookTables, build_book
from transforms.market_delta import BOOK_FIELDS, no_sessions
from transforms.schemas import (
    Advice,
    AdviceChange,
    Holding,
    Instrument,
    PortfolioRisk,
    Position,
    Rejected,
)
from transforms.series import MarketDeltas

MINUTE = 60_000_000
NAMES = ["A", "B"]
FIELDS = {"close": 100.0, "count": 300.0, "session": 1.0, "rsi_14": 50.0, "bb_percent_b": 0.5,
          "adx_14": 10.0, "plus_di_14": 20.0, "minus_di_14": 10.0, "ema_200": 90.0, "atr_22": 2.0,
          "highest_close_22": 101.0, "robust_z_250": 0.1}  # fmt: skip


def bar(code: int, minute: int, op: int = 1, **own: float) -> list[float]:
    values = FIELDS | own
    return [code, minute * MINUTE, op, 0, *(values.get(name, np.nan) for name in BOOK_FIELDS)]


def tables(
    rules: Any, deltas: list[Any], holdings: list[Any], instruments: list[Any], **options: Any
) -> BookTables:
    """Deltas as (bars, time), the others as (row ..., time, diff)."""
    market = [
        (0, NAMES, np.array(bars, np.float64).reshape(-1, 4 + len(BOOK_FIELDS)), no_sessions(), [],
         0, number == len(deltas) - 1, number, 0, time, 1)
        for number, (bars, time) in enumerate(deltas)
    ]  # fmt: skip
    rows = pw.debug.table_from_rows
    return build_book(
        rows(MarketDeltas, market, is_stream=True),
        rows(Holding, holdings, is_stream=True),
        rows(Instrument, instruments, is_stream=True),
        policy=BookPolicy(rules, **options),
        currency="INR",
    )


def held(lines: dict[str, float], time: int, revision: int = 0, at: int = 0) -> tuple[Any, ...]:
    listed = [{"symbol": symbol, "quantity": units} for symbol, units in lines.items()]
    return ("p", revision, at, orjson.dumps(listed), time, 1)


def described(symbol: str, sector: str, time: int, diff: int = 1) -> tuple[Any, ...]:
    return (symbol, symbol, sector, "INR", "equity", None, 1, "NSE", time, diff)


def final(table: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pw.debug.table_to_pandas(table).to_dict("records")
    return found


MARKET = [
    ([bar(0, 1), bar(1, 1)], 2),
    ([bar(0, 2, close=400.0), bar(1, 2)], 4),
    ([bar(0, 3, close=400.0)], 6),
    ([bar(1, 2, close=900.0)], 8),
]
DOCUMENTS = [
    held({"A": 1, "B": 1, "NOPE": 2}, 2),
    held({"A": 2, "B": 1, "NOPE": 2}, 6, 1, 2 * MINUTE),
]
FACTS = [described("A", "Bank", 2), described("B", "Steel", 2)]


def test_tables_have_the_schemas_of_the_contract(rules: Any) -> None:
    made = tables(rules, MARKET, DOCUMENTS, FACTS)
    for table, schema in (
        (made.positions, Position),
        (made.risk, PortfolioRisk),
        (made.advice, Advice),
        (made.changes, AdviceChange),
        (made.rejected, Rejected),
    ):
        assert table.schema.typehints() == schema.typehints()


def test_positions_and_risk_are_those_of_the_last_instant(rules: Any) -> None:
    made = tables(rules, MARKET, DOCUMENTS, FACTS)
    rows = {row["symbol"]: row for row in final(made.positions)}
    assert rows["A"]["market_value_micros"] == 800_000_000
    assert rows["B"]["weight"] == 900 / 1700
    assert rows["B"]["cost_micros"] is None or np.isnan(rows["B"]["cost_micros"])
    [risk] = final(tables(rules, MARKET, DOCUMENTS, FACTS).risk)
    assert risk["value_micros"] == 1_700_000_000
    assert risk["sector_weights"].value == {"Bank": 0.470588235294118, "Steel": 0.529411764705882}


def test_an_unknown_symbol_is_rejected_when_the_feed_has_ended(rules: Any) -> None:
    [row] = final(tables(rules, MARKET, DOCUMENTS, FACTS).rejected)
    assert (row["source"], row["position"], row["reason"]) == ("holdings:p", 3, "unknown_symbol")


ORDERS = [
    (MARKET, DOCUMENTS, FACTS),
    (MARKET, [(*row[:4], 10 - row[4], 1) for row in DOCUMENTS], FACTS),
    ([([*MARKET[2][0], *MARKET[3][0]], 2), ([bar(0, 2, close=400.0)], 4), (MARKET[0][0], 6)],
     DOCUMENTS, [described("A", "Bank", 6), described("B", "Steel", 4)]),
    (MARKET, DOCUMENTS, [described("A", "?", 2), described("A", "?", 4, -1),
                         described("A", "Bank", 4), described("B", "Steel", 8)]),
]  # fmt: skip


@pytest.mark.parametrize("order", range(1, len(ORDERS)))
@pytest.mark.parametrize("name", ["advice", "positions", "risk", "rejected"])
def test_any_order_of_arrival_gives_the_same_tables(rules: Any, order: int, name: str) -> None:
    expected, found = (
        {repr(sorted(row.items(), key=lambda cell: cell[0])) for row in final(table)}
        for table in (getattr(tables(rules, *ORDERS[place]), name) for place in (0, order))
    )
    assert found == expected
    assert found


def test_advice_that_a_correction_takes_back_leaves_the_table(rules: Any) -> None:
    deltas = [([bar(0, 1, robust_z_250=6.0), bar(1, 1)], 2), ([bar(0, 1), bar(1, 1)], 4)]
    made = tables(rules, deltas, [held({"A": 1, "B": 1}, 2)], FACTS)
    assert "S05" not in {row["rule_id"] for row in final(made.advice)}
    log = final(tables(rules, deltas, [held({"A": 1, "B": 1}, 2)], FACTS).changes)
    changes = [row for row in sorted(log, key=lambda row: row["seq"]) if row["rule_id"] == "S05"]
    assert [(row["change"], row["cause"]) for row in changes] == [
        ("opened", "new_bar"),
        ("withdrawn", "correction A 1970-01-01T00:01Z"),
    ]


def test_evidence_is_the_same_behind_the_border(rules: Any) -> None:
    rows = final(tables(rules, MARKET, DOCUMENTS, FACTS).advice)
    weights = [
        piece for row in rows for piece in row["evidence"].value if "weight" in piece["name"]
    ]
    assert any(piece["value"] == float(f"{900 / 1700:.15g}") for piece in weights)
