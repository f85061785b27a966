import json

import pytest

from connectors.sources.holdings import parse_holdings

HEADER = "portfolio_id,symbol,quantity,avg_cost,currency,target_weight"


def parse(write, inspect, *lines, header=HEADER):
    return parse_holdings(inspect(write("h.csv", [header, *lines]), "holdings"))


def documents(parsed):
    return {found.portfolio_id: json.loads(found.document) for found in parsed.documents}


def reasons(parsed):
    return [(reject.position, reject.reason) for reject in parsed.rejects]


def test_a_portfolio_is_one_document_sorted_by_symbol(write, inspect):
    parsed = parse(write, inspect, "p2,TCS,1,,,", "p1,TCS,10,3500.5,INR,0.4", "p1,INFY,-5,,,")
    assert documents(parsed) == {
        "p1": [
            {
                "symbol": "INFY",
                "quantity": -5.0,
                "avg_cost": None,
                "currency": None,
                "target_weight": None,
            },
            {
                "symbol": "TCS",
                "quantity": 10.0,
                "avg_cost": 3500.5,
                "currency": "INR",
                "target_weight": 0.4,
            },
        ],
        "p2": [
            {
                "symbol": "TCS",
                "quantity": 1.0,
                "avg_cost": None,
                "currency": None,
                "target_weight": None,
            }
        ],
    }
    assert [found.portfolio_id for found in parsed.documents] == ["p1", "p2"]
    assert parsed.rejects == []


def test_the_three_needed_columns_are_enough(write, inspect):
    parsed = parse(write, inspect, "p,TCS,1", header="portfolio,ticker,qty")
    assert documents(parsed)["p"][0]["quantity"] == 1.0


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("p,TCS,many,,,", "not_a_number"),
        ("p,TCS,nan,,,", "not_finite"),
        ("p,TCS,,,,", "missing_field"),
        ("p,,1,,,", "missing_field"),
        (",TCS,1,,,", "missing_field"),
        ("p,TCS,1,cheap,,", "not_a_number"),
        ("p,TCS,1,-3,,", "not_positive"),
        ("p,TCS,1", "wrong_column_count"),
    ],
)
def test_a_wrong_line_costs_that_line_alone(write, inspect, line, reason):
    parsed = parse(write, inspect, "p,INFY,1,,,", line)
    assert reasons(parsed) == [(3, reason)]
    assert [row["symbol"] for row in documents(parsed)["p"]] == ["INFY"]


def test_a_second_line_of_the_same_holding_is_refused(write, inspect):
    parsed = parse(write, inspect, "p,TCS,1,,,", "q,TCS,3,,,", "p,TCS,2,,,0.5")
    assert reasons(parsed) == [(4, "duplicate_holding")]
    assert documents(parsed)["p"][0]["quantity"] == 1.0


@pytest.mark.parametrize("weight", ["1.01", "-0.1", "35"])
def test_a_target_outside_of_nought_to_one_is_dropped_and_the_holding_stays(write, inspect, weight):
    parsed = parse(write, inspect, f"p,TCS,1,,,{weight}", "p,INFY,1,,,0.6")
    assert reasons(parsed) == [(2, "target_weight_out_of_range")]
    assert [row["target_weight"] for row in documents(parsed)["p"]] == [0.6, None]
    assert parsed.rejects[0].raw == f"p,TCS,1,,,{weight}"


def test_targets_of_more_than_everything_are_all_dropped(write, inspect):
    lines = ["p,A,1,,,0.6", "p,B,1,,,0.6", "p,C,1,,,", "q,A,1,,,0.6", "q,B,1,,,0.4"]
    parsed = parse(write, inspect, *lines)
    assert reasons(parsed) == [(2, "target_weight_over_100")]
    assert [row["target_weight"] for row in documents(parsed)["p"]] == [None, None, None]
    assert [row["target_weight"] for row in documents(parsed)["q"]] == [0.6, 0.4]


def test_targets_of_exactly_everything_stay_whatever_their_rounding(write, inspect):
    parsed = parse(write, inspect, *(f"p,S{at},1,,,0.1" for at in range(10)))
    assert parsed.rejects == []


def test_an_empty_file_holds_nothing(inspect, tmp_path):
    (tmp_path / "h.csv").touch()
    parsed = parse_holdings(inspect(tmp_path / "h.csv", "holdings"))
    assert parsed.documents == []
    assert reasons(parsed) == [(0, "empty_file")]


def test_the_revision_and_its_time_are_those_given(write, inspect):
    source = inspect(write("h.csv", [HEADER, "p,TCS,1,,,"]), "holdings")
    [found] = parse_holdings(source, revision=3, ts_event=17).documents
    assert (found.revision, found.ts_event) == (3, 17)
