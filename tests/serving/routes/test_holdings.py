"""Holdings over HTTP, on fakes: begun, replaced, imported, emptied, and whose they are."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from connectors.imports.imported import KnownInstruments
from connectors.store.documents import StoredHoldings
from connectors.store.ledger import LedgerUnavailable
from serving.app import create_app
from serving.holdings import HoldingsDesk
from serving.models.holdings import HoldingsPlaced, ImportAnswer
from tests.connectors.imports.samples import TRADEBOOK, kite, kite_holding
from tests.serving.fakes import ALICE, BOB, NOON, Stage, options
from tests.serving.test_holdings import FakeStore

IMPORT = "/v1/portfolios/growth/holdings/import"
TWO = {"holdings": [{"symbol": "TCS", "quantity": 3}, {"symbol": "INFY", "quantity": -2}]}


class Shop:
    """An app with a desk over a store in memory."""

    def __init__(self, **given: Any) -> None:
        self.store, self.stage = FakeStore(), Stage(options())
        known = KnownInstruments(frozenset({"INFY", "TCS"}), {"INE009A01021": "INFY"})
        self.desk = HoldingsDesk(
            self.store,
            market=lambda: NOON - 7,
            known=known,
            **{"files": dict.fromkeys(("growth", "income", "safe"), ()), **given},
        )
        stage = self.stage
        app = create_app(
            views=stage.views,
            meter=stage.meter,
            analyst=stage.analyst,
            options=stage.options,
            hub=stage.hub,
            status=stage.status,
            holdings_desk=self.desk,
        )
        self.client = TestClient(app, raise_server_exceptions=False)

    def call(self, method: str, path: str, headers: dict[str, str] = ALICE, **body: Any) -> Any:
        return self.client.request(method, path, headers=headers, **body)


@pytest.fixture
def shop() -> Iterator[Shop]:
    found = Shop()
    with found.client:
        yield found


def test_holdings_are_replaced_from_the_markets_time_on(shop: Shop) -> None:
    answer = shop.call("PUT", "/v1/portfolios/growth", json=TWO)
    assert answer.status_code == 200
    found = answer.json()
    assert found == {
        "portfolio_id": "growth", "revision": 1, "ts_event": NOON - 7, "holdings": 2,
    }  # fmt: skip
    HoldingsPlaced.model_validate(found, strict=True)
    assert shop.store.rows == [("growth", 1, NOON - 7, ["INFY", "TCS"])]
    [line, _] = json.loads(shop.store.entries[0].holdings[0].document)
    assert line == {
        "symbol": "INFY", "quantity": -2.0, "avg_cost": None, "currency": None,
        "target_weight": None,
    }  # fmt: skip


def test_a_portfolio_is_emptied_and_stays_its_owners(shop: Shop) -> None:
    shop.call("PUT", "/v1/portfolios/growth", json=TWO)
    assert shop.call("DELETE", "/v1/portfolios/growth").json()["holdings"] == 0
    assert shop.store.rows[-1] == ("growth", 2, NOON - 6, [])
    assert shop.call("GET", "/v1/portfolios/growth").status_code == 200


def test_a_new_portfolio_is_visible_to_its_account_alone(shop: Shop) -> None:
    body = {"portfolio_id": "tech", **TWO}
    assert shop.call("GET", "/v1/portfolios/tech").status_code == 404
    answer = shop.call("POST", "/v1/portfolios", json=body)
    assert (answer.status_code, answer.json()["portfolio_id"]) == (201, "tech")
    listed = [
        one["portfolio_id"] for one in shop.call("GET", "/v1/portfolios").json()["portfolios"]
    ]
    assert listed == ["growth", "income", "tech"]
    assert shop.call("GET", "/v1/portfolios/tech").status_code == 200
    assert shop.call("POST", "/v1/portfolios/tech/advice").status_code == 200
    for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/holdings/import")):
        refused = shop.call(method, f"/v1/portfolios/tech{path}", BOB, json=TWO)
        assert (refused.status_code, refused.json()["type"]) == (404, "/problems/not-found")
    assert len(shop.store.entries) == 1


@pytest.mark.parametrize("taken", ["growth", "safe", "tech"])
def test_a_name_that_is_taken_by_anybody_is_refused(shop: Shop, taken: str) -> None:
    shop.call("POST", "/v1/portfolios", BOB, json={"portfolio_id": "tech", **TWO})
    refused = shop.call("POST", "/v1/portfolios", json={"portfolio_id": taken, **TWO})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/portfolio-exists")


def test_portfolios_of_before_are_their_accounts_unless_the_profile_gives_them_away() -> None:
    stored = [
        StoredHoldings(1, "tech", 1, 5, "[]", "alice"),
        StoredHoldings(2, "safe", 1, 5, "[]", "alice"),
    ]
    shop = Shop(holdings=stored)
    assert shop.call("GET", "/v1/portfolios/tech").status_code == 200
    assert shop.call("GET", "/v1/portfolios/tech", BOB).status_code == 404
    assert shop.call("GET", "/v1/portfolios/safe").status_code == 404
    assert shop.call("GET", "/v1/portfolios/safe", BOB).status_code == 200


MANY = [{"symbol": f"S{n}", "quantity": 1} for n in range(5_001)]


@pytest.mark.parametrize(
    ("holdings", "named"),
    [
        ([{"symbol": "A", "quantity": "many"}], "body.holdings.0.quantity"),
        ([{"symbol": "A"}], "body.holdings.0.quantity"),
        ([{"quantity": 1}], "body.holdings.0.symbol"),
        ([{"symbol": "A", "quantity": 1, "cost": 2}], "body.holdings.0.cost"),
        ([{"symbol": "A", "quantity": 1, "avg_cost": -2}], "body.holdings.0.avg_cost"),
        ([{"symbol": "A", "quantity": 1, "currency": "rupees"}], "body.holdings.0.currency"),
        ([{"symbol": "A", "quantity": 1}] * 2, "holdings.1.symbol: A is listed twice"),
        ([{"symbol": "A", "quantity": 0}], "holdings.0.quantity: is 0"),
        (
            [{"symbol": s, "quantity": 1, "target_weight": 0.6} for s in "AB"],
            "holdings.target_weight: add up to 1.2",
        ),
        (MANY, "body.holdings"),
        (None, "body.holdings"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(shop: Shop, holdings: Any, named: str) -> None:
    refused = shop.call("PUT", "/v1/portfolios/growth", json={"holdings": holdings})
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid-request")
    assert named in refused.json()["detail"]
    assert not shop.store.entries


def test_five_thousand_lines_are_taken(shop: Shop) -> None:
    answer = shop.call("PUT", "/v1/portfolios/growth", json={"holdings": MANY[:5_000]})
    assert (answer.status_code, answer.json()["holdings"]) == (200, 5_000)


@pytest.mark.parametrize("name", ["", "a b", "../x", "x" * 65])
def test_a_name_that_is_none_is_refused(shop: Shop, name: str) -> None:
    refused = shop.call("POST", "/v1/portfolios", json={"portfolio_id": name, **TWO})
    assert refused.status_code == 422
    assert "portfolio_id" in refused.json()["detail"]


def test_a_file_is_imported_reported_and_applied(shop: Shop) -> None:
    body = kite(kite_holding("INFY-BE", t1_quantity=2), kite_holding("NOPE", isin=""))
    answer = shop.call("POST", IMPORT, content=body)
    found = answer.json()
    ImportAnswer.model_validate(found, strict=True)
    assert (answer.status_code, found["format"], found["applied"]) == (200, "kite_json", True)
    assert [(one["symbol"], one["quantity"], one["lines"]) for one in found["holdings"]] == [
        ("INFY", 12.0, [1]),
        ("NOPE", 10.0, [2]),
    ]
    kinds = [(one["line"], one["kind"]) for one in found["findings"]]
    assert kinds == [(1, "symbol_mapped"), (1, "t1_quantity"), (2, "unknown_symbol")]
    assert (found["revision"], found["ts_event"], found["transactions"]) == (1, NOON - 7, 0)
    assert shop.store.rows == [("growth", 1, NOON - 7, ["INFY", "NOPE"])]


def test_trades_are_stored_beside_what_they_leave(shop: Shop) -> None:
    found = shop.call("POST", IMPORT, content=TRADEBOOK).json()
    assert found["transactions"] == 4
    [entry] = shop.store.entries
    [booked] = entry.transactions
    assert [line["kind"] for line in json.loads(booked.document)] == ["buy", "buy", "sell", "sell"]
    assert booked.revision == entry.holdings[0].revision == found["revision"]


def test_a_dry_run_reports_the_same_and_changes_nothing(shop: Shop) -> None:
    dry = shop.call("POST", f"{IMPORT}?dry_run=true", content=TRADEBOOK).json()
    assert not shop.store.entries
    wet = shop.call("POST", IMPORT, content=TRADEBOOK).json()
    assert (dry["applied"], dry["revision"], dry["ts_event"]) == (False, None, None)
    for name in ("format", "holdings", "transactions", "findings"):
        assert dry[name] == wet[name]


def test_targets_outlive_an_import(shop: Shop) -> None:
    wanted = [{"symbol": s, "quantity": 1, "target_weight": 0.5} for s in ("INFY", "GOLD")]
    shop.call("PUT", "/v1/portfolios/growth", json={"holdings": wanted})
    shop.call("POST", IMPORT, content=kite(kite_holding("INFY"), kite_holding("TCS", isin="")))
    document = json.loads(shop.store.entries[-1].holdings[0].document)
    assert [(one["symbol"], one["quantity"], one["target_weight"]) for one in document] == [
        ("GOLD", 0.0, 0.5),
        ("INFY", 10.0, 0.5),
        ("TCS", 10.0, None),
    ]


def test_a_file_of_which_nothing_counts_empties_no_portfolio(shop: Shop) -> None:
    found = shop.call("POST", IMPORT, content=kite(kite_holding(quantity="ten"))).json()
    assert (found["applied"], found["holdings"]) == (False, [])
    assert found["findings"][0]["left_out"]
    assert not shop.store.entries


@pytest.mark.parametrize(
    ("query", "body", "said"),
    [
        ("", b"", "the file is empty"),
        ("", b"hello", "is of no format that is known"),
        ("", b"PK\x03\x04", "save the sheet as CSV"),
        ("?format=kite_json", TRADEBOOK.encode(), "no Kite Connect JSON"),
        ("?format=xyz", TRADEBOOK.encode(), "unknown format 'xyz'"),
        ("", b'<!DOCTYPE a [<!ENTITY b "c">]><FlexQueryResponse/>', "document type"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(
    shop: Shop, query: str, body: bytes, said: str
) -> None:
    refused = shop.call("POST", IMPORT + query, content=body)
    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (422, "/problems/unreadable-import")
    assert said in problem["detail"]


def test_a_file_of_too_many_holdings_is_refused(shop: Shop) -> None:
    items = [kite_holding(f"S{n}", isin="") for n in range(5_001)]
    refused = shop.call("POST", IMPORT, content=kite(*items))
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid-request")
    assert "at most 5000" in refused.json()["detail"]


def test_files_may_be_ten_megabytes_and_other_bodies_one(shop: Shop) -> None:
    large = kite(kite_holding("INFY"), {"filler": "x" * (2 << 20)})
    assert shop.call("POST", IMPORT, content=large).status_code == 200
    assert shop.call("POST", IMPORT, content=b" " * (11 << 20)).status_code == 413
    assert shop.call("PUT", "/v1/portfolios/growth", content=large).status_code == 413


def test_nothing_is_taken_in_while_the_disk_is_full_or_the_engine_dead(shop: Shop) -> None:
    shop.store.fault = LedgerUnavailable("disk full")
    refused = shop.call("POST", IMPORT, content=TRADEBOOK)
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/ledger-unavailable")
    shop.stage.status.state = "failed"
    for method, path, body in (
        ("PUT", "/v1/portfolios/growth", TWO),
        ("POST", "/v1/portfolios", {"portfolio_id": "x", **TWO}),
        ("DELETE", "/v1/portfolios/growth", None),
    ):
        refused = shop.call(method, path, json=body)
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/not-ready")
