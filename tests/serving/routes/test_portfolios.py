from tests.serving.fakes import ALICE, BOB, MINUTE, NOON, Stage, advice_row, position_row, quote_row


def test_a_portfolio_is_valued_at_the_latest_prices(stage: Stage) -> None:
    stage.views.put(
        "portfolio_risk",
        {"portfolio_id": "growth", "value_micros": 1_500_000_000, "hhi": 0.5, "beta": None},
    )
    found = stage.client.get("/v1/portfolios/growth", headers=ALICE).json()
    assert (found["value"], found["pnl"], found["currency"]) == ("1700.00", "200.00", "INR")
    assert found["positions"][0] == {
        "symbol": "INFY",
        "quantity": 10.0,
        "price": 110.0,
        "ts_price": NOON,
        "market_value": "1100.00",
        "cost": "1000.00",
        "pnl": "100.00",
        "weight": 1100 / 1700,
        "sector": "IT",
        "currency": "INR",
    }
    assert found["sector_weights"] == {"IT": 1.0}
    assert found["risk"] == {
        "value": "1500.00",
        "portfolio_id": "growth",
        "hhi": 0.5,
        "beta": None,
    }


def test_a_quote_older_than_the_closed_bar_does_not_count(stage: Stage) -> None:
    stage.views.put("quotes", quote_row("INFY", 1.0, NOON - 2 * MINUTE))
    found = stage.client.get("/v1/portfolios/growth", headers=ALICE).json()
    assert found["positions"][0]["price"] == 100.0


def test_a_position_without_cost_has_no_profit(stage: Stage) -> None:
    stage.views.put("positions", position_row("INFY", 10, 100.0, cost_micros=None))
    found = stage.client.get("/v1/portfolios/growth", headers=ALICE).json()
    assert (found["positions"][0]["cost"], found["positions"][0]["pnl"]) == (None, None)
    assert found["pnl"] == "100.00"


def test_short_positions_weigh_by_magnitude(stage: Stage) -> None:
    stage.views.put("positions", position_row("TCS", -5, 100.0))
    found = stage.client.get("/v1/portfolios/growth", headers=ALICE).json()
    assert found["value"] == "500.00"
    assert [line["weight"] for line in found["positions"]] == [1100 / 1700, 600 / 1700]


def test_another_currency_counts_at_its_rate(stage: Stage) -> None:
    dollars = position_row("TCS", 5, 100.0, currency="USD", fx_rate=80.0)
    stage.views.put("positions", dollars)
    found = stage.client.get("/v1/portfolios/growth", headers=ALICE).json()
    assert (found["value"], found["currency"]) == ("49100.00", "INR")
    assert [line["weight"] for line in found["positions"]] == [1100 / 49100, 48000 / 49100]


def test_the_list_has_the_callers_portfolios_only(stage: Stage) -> None:
    stage.views.put("advice", advice_row("1"), advice_row("2", state="cleared"))
    found = stage.client.get("/v1/portfolios", headers=ALICE).json()
    assert found["portfolios"] == [
        {
            "portfolio_id": "growth",
            "currency": "INR",
            "value": "1700.00",
            "pnl": "200.00",
            "positions": 2,
            "open_advice": 1,
        },
        {
            "portfolio_id": "income",
            "currency": "INR",
            "value": "0.00",
            "pnl": None,
            "positions": 0,
            "open_advice": 0,
        },
    ]
    others = stage.client.get("/v1/portfolios", headers=BOB).json()["portfolios"]
    assert [portfolio["portfolio_id"] for portfolio in others] == ["safe"]


def test_an_empty_portfolio_has_no_weights_and_no_risk(stage: Stage) -> None:
    found = stage.client.get("/v1/portfolios/income", headers=ALICE).json()
    assert (found["value"], found["positions"], found["risk"]) == ("0.00", [], None)


def test_another_accounts_portfolio_looks_like_one_that_does_not_exist(stage: Stage) -> None:
    stage.views.put("positions", position_row("TCS", 1, 1.0, portfolio_id="safe"))
    theirs = stage.client.get("/v1/portfolios/safe", headers=ALICE)
    nobodys = stage.client.get("/v1/portfolios/none", headers=ALICE)
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json()["detail"].replace("safe", "none") == nobodys.json()["detail"]
