from tests.serving.fakes import ALICE, NOON, Stage, bar_row


def test_quotes_of_all_symbols(stage: Stage) -> None:
    answer = stage.client.get("/v1/quotes", headers=ALICE)
    assert answer.status_code == 200
    found = answer.json()
    assert found["as_of"] == NOON
    assert [quote["symbol"] for quote in found["quotes"]] == ["INFY", "TCS"]
    assert found["quotes"][1] == {
        "symbol": "TCS",
        "name": "TCS Ltd",
        "sector": "IT",
        "currency": "INR",
        "price": 120.0,
        "size": 1.0,
        "ts_event": NOON,
    }


def test_quotes_come_in_the_order_asked_for(stage: Stage) -> None:
    answer = stage.client.get("/v1/quotes?symbols=TCS,INFY,TCS", headers=ALICE)
    assert [quote["symbol"] for quote in answer.json()["quotes"]] == ["TCS", "INFY"]


def test_an_instrument_that_has_not_traded_has_no_price(stage: Stage) -> None:
    [quote] = stage.client.get("/v1/quotes?symbols=WIPRO", headers=ALICE).json()["quotes"]
    assert quote["name"] == "Wipro"
    assert (quote["price"], quote["size"], quote["ts_event"]) == (None, None, None)


def test_an_unknown_symbol_is_404_and_named(stage: Stage) -> None:
    for path in ("quotes?symbols=TCS,NOPE", "symbols/NOPE/bars", "symbols/NOPE/indicators"):
        answer = stage.client.get(f"/v1/{path}", headers=ALICE)
        assert answer.status_code == 404
        assert answer.json()["type"] == "/problems/unknown-symbol"
        assert "NOPE" in answer.json()["detail"]


def test_the_last_bars_come_oldest_first(stage: Stage) -> None:
    stage.views.put("bars", *(bar_row("TCS", number) for number in (3, 2, 1, 0)))
    stage.views.put("bars", bar_row("TCS", 0, interval="5m"))
    answer = stage.client.get("/v1/symbols/TCS/bars?interval=1m&limit=2", headers=ALICE)
    assert answer.json() == {
        "symbol": "TCS",
        "interval": "1m",
        "bars": [bar_row("TCS", 1), bar_row("TCS", 0)],
    }


def test_a_known_symbol_without_bars_has_an_empty_list(stage: Stage) -> None:
    answer = stage.client.get("/v1/symbols/WIPRO/bars", headers=ALICE)
    assert answer.json()["bars"] == []


def test_indicators_are_the_latest_row_unless_more_are_asked_for(stage: Stage) -> None:
    rows = [
        {"symbol": "TCS", "interval": "1m", "bar_start": start, "is_final": True, "rsi_14": value}
        for start, value in ((1, None), (2, float("nan")), (3, 61.5))
    ]
    stage.views.put("indicators", *rows)
    answer = stage.client.get("/v1/symbols/TCS/indicators", headers=ALICE)
    assert answer.json() == {"symbol": "TCS", "interval": "1m", "indicators": [rows[2]]}
    answer = stage.client.get("/v1/symbols/TCS/indicators?limit=3", headers=ALICE)
    assert [row["rsi_14"] for row in answer.json()["indicators"]] == [None, None, 61.5]


def test_an_unknown_interval_is_422_and_names_the_known_ones(stage: Stage) -> None:
    answer = stage.client.get("/v1/symbols/TCS/bars?interval=7m", headers=ALICE)
    assert answer.status_code == 422
    assert answer.json()["detail"].endswith("known are 1m, 5m, 1h, 1d")


def test_limits_have_bounds(stage: Stage) -> None:
    for limit in ("0", "1001", "many"):
        answer = stage.client.get(f"/v1/symbols/TCS/bars?limit={limit}", headers=ALICE)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "query.limit"


def test_cold_views_are_503_with_retry_after(stage: Stage) -> None:
    stage.views["bars"].ready = False
    answer = stage.client.get("/v1/symbols/TCS/bars", headers=ALICE)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert answer.json()["type"] == "/problems/view-cold"
